// SPDX-License-Identifier: MIT
// What a series makes of a matrix, as nodes that are computed once a step.
#ifndef CNNC_SERIES_H
#define CNNC_SERIES_H
#include "keras/optimizers/optimizer.h"
#include "step/step.h"

// Of x, which has the shape of weight w: the tensor of p(p(... x)).
int step_series(Step *s, int w, int x, const Series *series);
#endif
