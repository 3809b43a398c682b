// SPDX-License-Identifier: MIT
// AlphaDropout: in training each unit becomes selu's lower limit m with probability `rate`, and all go through
// a x + b, which leaves mean 0 and variance 1 as they are. At inference nothing happens.
#include "keras/layers/layer.h"
#include "step/step.h"
#include <math.h>

typedef struct AlphaDropout {
    double rate;
    int64_t seed;
} AlphaDropout;

static const Arg args[] = {
    {"rate", ARG_FLOAT, offsetof(AlphaDropout, rate), .min = 0, .max = 1, .below = true},
    ARG_UNSUPPORTED("noise_shape", "None"),
    ARG_OWN_SEED(offsetof(AlphaDropout, seed)),
    {0},
};

static int build(Step *s, const Layer *l, const int *x) {
    static const double m = -1.0507009873554805 * 1.6732632423543772;
    const AlphaDropout *dropout = l->args;
    double rate = dropout->rate;
    if (s->mode != STEP_TRAIN || rate == 0) return x[0];
    double a = 1 / sqrt((1 - rate) * (1 + rate * m * m)), b = -a * m * rate;
    int mask = step_mask(s, x[0], 0, rate, dropout->seed);
    Expr *kept = expr_op2(s->arena, E_MUL, expr_const(s->arena, a), expr_in(s->arena, 0));
    kept = expr_op2(s->arena, E_ADD, kept, expr_const(s->arena, b));
    Expr *dropped = expr_const(s->arena, a * m + b);
    int y = step_map(s, x[0], expr_bit(s->arena, 1, kept, dropped), NULL);
    node_reads(s->node[s->nnode - 1], access_whole(s, mask, 1));
    return y;
}

const LayerClass layer_alpha_dropout = {
    .name = "AlphaDropout",
    .stem = "alpha_dropout",
    .size = sizeof(AlphaDropout),
    .args = args,
    .shape = layer_same_shape,
    .build = build,
};
