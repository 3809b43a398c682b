// SPDX-License-Identifier: MIT
// What is made of a weight once a step, and what a series makes of a matrix.
#ifndef CNNC_SERIES_H
#define CNNC_SERIES_H
#include "keras/optimizers/optimizer.h"
#include "step/step.h"

Node *once_node(Step *s, Prim kind, int w); // with the layer and the place of weight w
int once_tensor(Step *s, int w, const char *what, int rank, const int64_t *dim); // "w.what"
// Of x, which has the shape of weight w: the tensor of p(p(... x)).
int step_series(Step *s, int w, int x, const Series *series);
#endif
