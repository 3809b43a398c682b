// SPDX-License-Identifier: MIT
// Of an object whose weights are kept in 16 bits: whether they can be, and what that does to what it predicts.
#ifndef CNNC_ROUNDING_H
#define CNNC_ROUNDING_H
#include "driver/job.h"

// Names a weight that cannot; with -v says how far weights move, with --case how far predictions do. weights: as
// floats, in the layout of the first level's plan.
int check_rounding(const Job *j, const Level *level, const float *weights);
#endif
