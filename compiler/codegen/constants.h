// SPDX-License-Identifier: MIT
// The constants of an inference object.
#ifndef CNNC_CONSTANTS_H
#define CNNC_CONSTANTS_H
#include "codegen/module.h"

typedef struct Constants {
    const char *bytes; // NULL without weights; each has its place all the same
    int64_t length;
    uint64_t identity; // another where something else stands anywhere, whatever the weights' values
    int64_t *at[DISPATCH_LEVELS]; // places by level and tensor
    Rounded rounded;
} Constants;

Constants constants_gather(Arena *a, const Level *level, int n, const float *weights);
// Tensor.offset of weights and of what is computed from them counts from the first constant from here on.
void constants_settle(const Constants *c, const Level *level, int n);
#endif
