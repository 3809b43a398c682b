// SPDX-License-Identifier: MIT
// The text of a script, from a file or stdin, or of the cells of a notebook.
#ifndef CNNC_SOURCE_H
#define CNNC_SOURCE_H
#include "driver/options.h"

typedef struct Source {
    const char *name, *text;
    size_t length;
} Source;

ExitCode source_read(Arena *a, const char *name, Source *s); // reports what is wrong
#endif
