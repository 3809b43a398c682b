// SPDX-License-Identifier: MIT
// Normalization's numbers, for who writes models in other formats.
#ifndef CNNC_NORMALIZATION_H
#define CNNC_NORMALIZATION_H
#include "keras/layers/layer.h"

// Its mean or variance, one for each index of its axes, if the script gives them; NULL: they are weights.
double *normalization_numbers(Arena *a, const Layer *l, bool variance);
#endif
