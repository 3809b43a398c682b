// SPDX-License-Identifier: MIT
// A script in its canonical layout.
#ifndef CNNC_LAYOUT_H
#define CNNC_LAYOUT_H
#include "support/arena.h"

// text must be one that syntax_parse() reports nothing about. *n: bytes of the result.
const char *layout_text(Arena *a, const char *text, size_t length, size_t *n);
#endif
