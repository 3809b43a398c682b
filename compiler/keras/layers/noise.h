// SPDX-License-Identifier: MIT
// Random choices of elements, one for each or one for several: noise_shape.
#ifndef CNNC_NOISE_H
#define CNNC_NOISE_H
#include "keras/layers/layer.h"
#include "script/value.h"
#include "step/step.h"

typedef struct Noise {
    bool together; // all samples have the same
    bool over[MAX_RANK]; // so have the indices of these dimensions
} Noise;

#define NOISE_ARG(offset_) {"noise_shape", ARG_VALUE, (offset_), .standard = "None"}
// What noise_shape says of a layer's input: for the batch and each dimension None, 1, or as many as there are.
// False: reported, where there is a Diag.
bool noise_read(Arena *a, Diag *d, const Layer *l, const Value *shape, Noise *noise);
// Of each element of x, which is their input 0, one of two expressions: `dropped` with this probability.
int noise_choice(Step *s, int x, const Noise *noise, double rate, int64_t seed, Expr *kept,
                 Expr *dropped);
#endif
