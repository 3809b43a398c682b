// SPDX-License-Identifier: MIT
// What normalisations of a sample share: (x - mean) / sqrt(variance + epsilon), with mean and biased variance
// over some dimensions of the sample.
#ifndef CNNC_STANDARDISE_H
#define CNNC_STANDARDISE_H
#include "keras/layers/layer.h"
#include "step/step.h"

typedef struct ScaleArgs { // what LayerNormalization and GroupNormalization have
    double epsilon;
    bool center, scale;
    WeightArgs beta, gamma;
} ScaleArgs;

#define SCALE_ARGS(at_)                                                                            \
    {"epsilon",           ARG_FLOAT,    (at_) + offsetof(ScaleArgs, epsilon),                      \
     .standard = "0.001", .min = 1e-30, .max = INFINITY},                                          \
        {"center", ARG_BOOL, (at_) + offsetof(ScaleArgs, center), .standard = "True"},             \
        {"scale", ARG_BOOL, (at_) + offsetof(ScaleArgs, scale), .standard = "True"},               \
        WEIGHT_INITIALIZER("beta", (at_) + offsetof(ScaleArgs, beta), "\"zeros\""),                \
        WEIGHT_INITIALIZER("gamma", (at_) + offsetof(ScaleArgs, gamma), "\"ones\""),               \
        WEIGHT_REGULARIZER("beta", (at_) + offsetof(ScaleArgs, beta)),                             \
        WEIGHT_REGULARIZER("gamma", (at_) + offsetof(ScaleArgs, gamma)),                           \
        WEIGHT_CONSTRAINT("beta", (at_) + offsetof(ScaleArgs, beta)),                              \
        WEIGHT_CONSTRAINT("gamma", (at_) + offsetof(ScaleArgs, gamma))

void scale_weights(Layer *l, const ScaleArgs *args, Shape each); // gamma and beta, where they are
// y gamma + beta, both with an element for each index of the dimensions not in `over`.
int scale(Step *s, const Layer *l, const ScaleArgs *args, int y, const bool over[MAX_RANK]);
int standardise(Step *s, const Layer *l, int x, const bool over[MAX_RANK], double epsilon);
#endif
