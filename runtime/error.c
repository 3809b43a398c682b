// SPDX-License-Identifier: 0BSD
// One line of text for whatever went wrong.
#include "error.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

bool cnn_fail(CnnError *error, int code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    error->code = code;
    for (char *c = error->text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    return false;
}

int cnn_errno_code(int number) {
    static const int user[] = {ENOENT, EACCES, EISDIR, ENOTDIR, ELOOP, ENAMETOOLONG};
    for (unsigned i = 0; i < sizeof user / sizeof *user; i++)
        if (user[i] == number) return CNN_REFUSED;
    return CNN_SYSTEM;
}
