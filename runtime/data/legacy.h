// SPDX-License-Identifier: 0BSD
// numpy's RandomState, as far as it shuffles and draws numbers. scikit-learn and Keras split data by it.
#ifndef CNN_LEGACY_H
#define CNN_LEGACY_H
#include "data/steps.h"
#include <stdbool.h>
#include <stdint.h>

enum { LEGACY_STATE = 624 };
typedef struct Legacy {
    uint32_t word[LEGACY_STATE];
    int at;
    bool has_normal; // one of two is left
    double normal;
} Legacy;

void legacy_seed(Legacy *g, uint32_t seed);
// From the settings STATE_SEED, STATE_DRAWS and what is drawn before.
void legacy_start(Legacy *g, const double *state);
void legacy_shuffle(Legacy *g, int64_t *order, int64_t n);
double legacy_normal(Legacy *g); // of mean 0 and deviation 1
double legacy_uniform(Legacy *g); // from 0 to below 1
uint32_t legacy_below(Legacy *g, uint32_t most); // from 0 to that
// As if so many were drawn.
void legacy_skip(Legacy *g, RandomKind kind, int64_t n, uint32_t most);
// The permutation of n that is drawn from such settings. From malloc. NULL: no memory.
int64_t *legacy_permutation(const double *state, int64_t n);
#endif
