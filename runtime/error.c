// SPDX-License-Identifier: 0BSD
// One line of text for whatever went wrong.
#include "error.h"
#include "io/text.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

bool cnn_fail(CnnError *error, int code, const char *format, ...) {
    char text[4 * sizeof error->text]; // so that what a long name has after it is there to be kept
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    error->code = code;
    text_foreign(error->text, sizeof error->text, text);
    return false;
}

int cnn_errno_code(int number) {
    static const int user[] = {ENOENT, EACCES, EISDIR, ENOTDIR, ELOOP, ENAMETOOLONG};
    for (unsigned i = 0; i < sizeof user / sizeof *user; i++)
        if (user[i] == number) return CNN_REFUSED;
    return CNN_SYSTEM;
}
