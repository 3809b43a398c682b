// SPDX-License-Identifier: MIT
// ReLU: max_value where x >= max_value, x where threshold <= x, negative_slope (x - threshold)
// below it.
#include "keras/layers/layer.h"
#include "keras/activation.h"
#include "step/step.h"
#include <math.h>

typedef struct ReLU {
    double max_value; // NaN: no upper limit
    double negative_slope, threshold;
} ReLU;

#define AT(field) offsetof(ReLU, field)
static const Arg args[] = {
    {"max_value", ARG_FLOAT_OPT, AT(max_value), .standard = "None", .min = 0, .max = INFINITY},
    {"negative_slope", ARG_FLOAT, AT(negative_slope), .standard = "0.0", .min = 0, .max = INFINITY},
    {"threshold", ARG_FLOAT, AT(threshold), .standard = "0.0", .min = 0, .max = INFINITY},
    {0},
};
#undef AT

// The common cases are rows of the activation table; the general one keeps NaN and has slope 0 at
// the threshold, as Keras has: there it is (x - threshold)^2 = 0.
static Expr *value(Step *s, const ReLU *r) {
    Arena *a = s->arena;
    Expr *x = expr_in(a, 0), *t = expr_const(a, r->threshold);
    Expr *slope = expr_const(a, r->negative_slope), *above = x;
    Expr *beyond = expr_op2(a, E_SUB, x, t);
    if (r->max_value == r->max_value) {
        Expr *most = expr_const(a, r->max_value);
        above = expr_less(a, most, x, most, x);
    } else if (r->threshold == 0 && r->negative_slope > 0) {
        return expr_less(a, t, x, x, expr_op2(a, E_MUL, slope, x)); // leaky: slope at 0 too
    }
    Expr *at = expr_op2(a, E_MUL, beyond, beyond);
    Expr *below = expr_less(a, x, t, expr_op2(a, E_MUL, slope, beyond), at);
    return expr_less(a, t, x, above, below);
}

static int build(Step *s, const Layer *l, const int *x) {
    const ReLU *r = l->args;
    bool plain = r->negative_slope == 0 && r->threshold == 0;
    if (plain && r->max_value != r->max_value)
        return step_activation(s, x[0], activation_find("relu"));
    if (plain && r->max_value == 6) return step_activation(s, x[0], activation_find("relu6"));
    return step_map(s, x[0], value(s, r), NULL);
}

const LayerClass layer_relu = {
    .name = "ReLU",
    .stem = "re_lu",
    .size = sizeof(ReLU),
    .args = args,
    .shape = layer_same_shape,
    .build = build,
    .activates = true,
};
