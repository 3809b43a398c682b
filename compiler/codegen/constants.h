// SPDX-License-Identifier: MIT
// The constants of an inference object.
#ifndef CNNC_CONSTANTS_H
#define CNNC_CONSTANTS_H
#include "codegen/module.h"

// Their bytes; weights NULL: none, but each has its place all the same.
const char *constants_gather(Arena *a, const Level *level, int n, const float *weights,
                             size_t *length);
#endif
