// SPDX-License-Identifier: MIT
// What it takes to bring what kernels read and to take away what they write: figures, which no choice of the plan
// goes by.
#ifndef CNNC_TRAFFIC_H
#define CNNC_TRAFFIC_H
#include "plan/plan.h"

typedef struct Traffic {
    double near, far; // cycles in which it comes and goes, from the second cache and from beyond
    double results; // of those from beyond: what is written of samples
} Traffic;

// Of each kernel, a sample or a step, as its other figures.
//   requires: memory
Traffic *plan_traffic(const Plan *p);
#endif
