// SPDX-License-Identifier: MIT
// Which layers most of an object's memory is for, in words for people.
#ifndef CNNC_HEAVY_H
#define CNNC_HEAVY_H
#include "plan/plan.h"

const char *heavy_weights(const Plan *p); // the layer that has the most
const char *heavy_activations(const Plan *p); // where most are there at the same time, and which
#endif
