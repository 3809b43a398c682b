// SPDX-License-Identifier: MIT
// Patterns of Python's `re`, as far as POSIX's extended ones mean the same: whether one is found in a text.
#ifndef CNNC_PATTERN_H
#define CNNC_PATTERN_H
#include "support/arena.h"
#include <stdbool.h>

// What is wrong with a pattern, or not the same in both; or NULL.
const char *pattern_refuse(Arena *a, const char *pattern);
bool pattern_finds(const char *pattern, const char *text); // of one that is not refused
#endif
