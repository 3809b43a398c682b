// SPDX-License-Identifier: MIT
// GaussianNoise: in training y = x + stddev z; GaussianDropout: y = x (1 + sqrt(rate / (1 - rate)) z), with z
// normal random numbers of mean 0 and deviation 1. At inference nothing happens.
#include "keras/layers/layer.h"
#include "step/step.h"
#include <math.h>

typedef struct Gaussian {
    double amount; // stddev or rate
    int64_t seed;
} Gaussian;

static const Arg noise_args[] = {
    {"stddev", ARG_FLOAT, offsetof(Gaussian, amount), .min = 0, .max = 1},
    ARG_OWN_SEED(offsetof(Gaussian, seed)),
    {0},
};
static const Arg dropout_args[] = {
    {"rate", ARG_FLOAT, offsetof(Gaussian, amount), .min = 0, .max = 1, .below = true},
    ARG_OWN_SEED(offsetof(Gaussian, seed)),
    {0},
};

static int with_normal(Step *s, const Layer *l, int x, Expr *e) { // of x and the numbers
    int z = step_normal(s, x, ((const Gaussian *)l->args)->seed), y = step_map(s, x, e, NULL);
    node_reads(s->node[s->nnode - 1], access_whole(s, z, 1));
    return y;
}

static Expr *scaled_normal(Arena *a, double by) {
    return expr_op2(a, E_MUL, expr_const(a, by), expr_in(a, 1));
}

static int build_noise(Step *s, const Layer *l, const int *x) {
    double stddev = ((const Gaussian *)l->args)->amount;
    if (s->mode != STEP_TRAIN || stddev == 0) return x[0];
    Expr *noise = scaled_normal(s->arena, stddev);
    return with_normal(s, l, x[0], expr_op2(s->arena, E_ADD, expr_in(s->arena, 0), noise));
}

static int build_dropout(Step *s, const Layer *l, const int *x) {
    double rate = ((const Gaussian *)l->args)->amount;
    if (s->mode != STEP_TRAIN || rate == 0) return x[0];
    Expr *by = scaled_normal(s->arena, sqrt(rate / (1 - rate)));
    by = expr_op2(s->arena, E_ADD, expr_const(s->arena, 1), by);
    return with_normal(s, l, x[0], expr_op2(s->arena, E_MUL, expr_in(s->arena, 0), by));
}

const LayerClass layer_gaussian_noise = {
    .name = "GaussianNoise",
    .stem = "gaussian_noise",
    .size = sizeof(Gaussian),
    .args = noise_args,
    .shape = layer_same_shape,
    .build = build_noise,
};

const LayerClass layer_gaussian_dropout = {
    .name = "GaussianDropout",
    .stem = "gaussian_dropout",
    .size = sizeof(Gaussian),
    .args = dropout_args,
    .shape = layer_same_shape,
    .build = build_dropout,
};
