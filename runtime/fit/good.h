// SPDX-License-Identifier: 0BSD
// The last good state of a training: one whose weights are all finite, before a step whose loss is not.
#ifndef CNN_GOOD_H
#define CNN_GOOD_H
#include "fit/callback.h"

typedef struct Good {
    void *memory; // NULL: there was none, and nothing is kept
    float *params, *opt;
    double *sums;
    int64_t iterations, step; // step of the epoch under way
} Good;
void good_new(Good *g, const Training *t); // keeps nothing yet; freed with good_free
void good_keep(Good *g, const Training *t); // the state before t->step
void good_free(Good *g);
// The loss of t->step is not finite. Goes back to what was kept and makes its steps once more, up to the first
// that leaves a weight that is not finite, or t->step. The training is then before that step. text: what went
// wrong, with the name of a layer. False: nothing was kept.
bool good_restore(const Good *g, Training *t, void (*run_step)(void *loop), void *loop, char *text,
                  size_t size);
#endif
