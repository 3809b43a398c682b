// SPDX-License-Identifier: MIT
// What a kernel of a phase over leaves takes a sample, in cycles, with so many samples at a time: fewer where weights
// and sums go around once for more samples.
#ifndef CNNC_CYCLES_H
#define CNNC_CYCLES_H
#include "plan/plan.h"

enum { SIZES = 8 }; // of what goes together: 1, 2, 4, 8 samples, a leaf's 16, up to MANY_TOGETHER
typedef struct Cycles {
    double with[SIZES]; // a sample, by size; 0: not asked for yet, and to find a tile takes time
} Cycles;

bool plan_tiled(const Plan *p, const Kernel *k); // does the number of samples change its tile?
// Is what is shared more than the second cache can have, so that it comes from beyond it again and again?
bool plan_far(const Plan *p, const Kernel *k);
double plan_cycles(Plan *p, int kernel, int64_t samples); // a power of two, up to MANY_TOGETHER
#endif
