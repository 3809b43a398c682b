// SPDX-License-Identifier: MIT
// The activations: one row each, with the value and its derivative as scalar expressions.
#ifndef CNNC_ACTIVATION_H
#define CNNC_ACTIVATION_H
#include <stdbool.h>

typedef struct Step Step;
typedef struct Expr Expr;
typedef struct LayerClass LayerClass;

typedef struct Activation {
    const char *name;
    bool monotone; // may move after a max
    enum { DERIVATIVE_OF_X, DERIVATIVE_OF_Y, DERIVATIVE_NONE } derivative; // what backward reads
    Expr *(*value)(Step *s, Expr *x); // NULL: no scalar function, but of the last axis
    Expr *(*slope)(Step *s, Expr *xy); // derivative in terms of x or y, see above
    int reduce; // without value: which one, a ReduceOp of step.h
    const LayerClass *layer; // a layer of these arguments stands for it; or NULL
    const void *args;
} Activation;

extern const Activation activations[]; // ended by a NULL name; the first row is linear
const Activation *activation_find(const char *name); // "swish" and "silu" alike; NULL if unknown
#endif
