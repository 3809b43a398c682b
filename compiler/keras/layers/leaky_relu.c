// SPDX-License-Identifier: MIT
// LeakyReLU: x where it is above 0, else negative_slope x.
#include "keras/layers/layer.h"
#include "step/step.h"
#include <math.h>

typedef struct LeakyReLU {
    double slope;
} LeakyReLU;

static const Arg args[] = {
    {"negative_slope", ARG_FLOAT, offsetof(LeakyReLU, slope), .standard = "0.3", .min = 0,
     .max = INFINITY},
    {0},
};

static int build(Step *s, const Layer *l, const int *x) {
    Expr *in = expr_in(s->arena, 0),
         *slope = expr_const(s->arena, ((const LeakyReLU *)l->args)->slope);
    Expr *below = expr_op2(s->arena, E_MUL, slope, in);
    return step_map(s, x[0], expr_less(s->arena, expr_const(s->arena, 0), in, in, below), NULL);
}

const LayerClass layer_leaky_relu = {
    .name = "LeakyReLU",
    .stem = "leaky_re_lu",
    .size = sizeof(LeakyReLU),
    .args = args,
    .shape = layer_same_shape,
    .build = build,
    .activates = true,
};
