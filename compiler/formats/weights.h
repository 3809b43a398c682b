// SPDX-License-Identifier: MIT
// Weights out of a weights file, a checkpoint or a case.
#ifndef CNNC_WEIGHTS_H
#define CNNC_WEIGHTS_H
#include "support/arena.h"
#include <stdint.h>

typedef struct WeightSlot { // a weight that is wanted
    const char *name; // LAYER/VARIABLE
    int rank;
    const int64_t *dim;
    float *to;
} WeightSlot;

// Reads all of them from the file at path. Reports one line on stderr and returns the exit code, 0 if all is well.
int weights_read(Arena *a, const char *path, const WeightSlot *slot, int n);
#endif
