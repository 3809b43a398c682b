// SPDX-License-Identifier: 0BSD
// numpy's RandomState, as far as it shuffles. scikit-learn and Keras split data by it.
#ifndef CNN_LEGACY_H
#define CNN_LEGACY_H
#include <stdint.h>

enum { LEGACY_STATE = 624 };
typedef struct Legacy {
    uint32_t word[LEGACY_STATE];
    int at;
} Legacy;

void legacy_seed(Legacy *g, uint32_t seed);
void legacy_shuffle(Legacy *g, int64_t *order, int64_t n); // order NULL: only what is drawn counts
// The permutation of n that RandomState(seed) draws after those of other lengths. From malloc. NULL: no memory.
int64_t *legacy_permutation(uint32_t seed, const double *before, int64_t nbefore, int64_t n);
#endif
