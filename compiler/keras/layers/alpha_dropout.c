// SPDX-License-Identifier: MIT
// AlphaDropout: in training each unit becomes selu's lower limit m with probability `rate`, and all go through
// a x + b, which leaves mean 0 and variance 1 as they are. At inference nothing happens.
#include "keras/layers/noise.h"
#include <math.h>

typedef struct AlphaDropout {
    double rate;
    const Value *noise;
    int64_t seed;
} AlphaDropout;

static const Arg args[] = {
    {"rate", ARG_FLOAT, offsetof(AlphaDropout, rate), .min = 0, .max = 1, .below = true},
    NOISE_ARG(offsetof(AlphaDropout, noise)),
    ARG_OWN_SEED(offsetof(AlphaDropout, seed)),
    {0},
};

static bool shape(Arena *a, Diag *d, Layer *l) {
    Noise noise;
    l->out = l->in[0];
    return noise_read(a, d, l, ((const AlphaDropout *)l->args)->noise, &noise);
}

static int build(Step *s, const Layer *l, const int *x) {
    static const double m = -1.0507009873554805 * 1.6732632423543772;
    const AlphaDropout *dropout = l->args;
    double rate = dropout->rate;
    if (s->mode != STEP_TRAIN || rate == 0) return x[0];
    double a = 1 / sqrt((1 - rate) * (1 + rate * m * m)), b = -a * m * rate;
    Expr *kept = expr_op2(s->arena, E_MUL, expr_const(s->arena, a), expr_in(s->arena, 0));
    kept = expr_op2(s->arena, E_ADD, kept, expr_const(s->arena, b));
    Expr *dropped = expr_const(s->arena, a * m + b);
    Noise noise;
    noise_read(s->arena, NULL, l, dropout->noise, &noise);
    return noise_choice(s, x[0], &noise, rate, dropout->seed, kept, dropped);
}

const LayerClass layer_alpha_dropout = {
    .name = "AlphaDropout",
    .stem = "alpha_dropout",
    .size = sizeof(AlphaDropout),
    .args = args,
    .shape = shape,
    .build = build,
};
