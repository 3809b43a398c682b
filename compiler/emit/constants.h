// SPDX-License-Identifier: MIT
// The constants of an inference object.
#ifndef CNNC_CONSTANTS_H
#define CNNC_CONSTANTS_H
#include "emit/module.h"

const char *constants_gather(Arena *a, const Level *level, int n, const float *weights,
                             size_t *length);
#endif
