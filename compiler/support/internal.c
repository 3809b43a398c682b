// SPDX-License-Identifier: MIT
// See internal.h.
#include "support/internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void internal_error(const char *format, ...) {
    enum { SYSTEM = 3 };
    va_list args;
    va_start(args, format);
    fputs("cnnc: internal error: ", stderr);
    vfprintf(stderr, format, args);
    fputs("; please report it with the model\n", stderr);
    va_end(args);
    exit(SYSTEM);
}
