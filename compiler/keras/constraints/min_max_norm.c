// SPDX-License-Identifier: MIT
// MinMaxNorm: the length of weights goes the share `rate` of the way to where it is between min_value and
// max_value.
#include "keras/constraints/constraint.h"

typedef struct MinMaxNorm {
    NormArgs common;
    double min, max, rate;
} MinMaxNorm;

#define AT(field) offsetof(MinMaxNorm, field)
static const Arg args[] = {
    CONSTRAINT_NORM("min_value", AT(min), "0.0"),
    CONSTRAINT_NORM("max_value", AT(max), "1.0"),
    {"rate", ARG_FLOAT, AT(rate), .standard = "1.0", .min = 0, .max = 1},
    CONSTRAINT_AXIS,
    {0},
};
#undef AT

static Expr *rule(Arena *a, const void *self, Expr *w, Expr *norm) {
    const MinMaxNorm *c = self;
    Expr *wanted = expr_clip(a, norm, c->min, c->max);
    wanted = expr_op2(a, E_MUL, expr_const(a, c->rate), wanted);
    Expr *kept = expr_op2(a, E_MUL, expr_const(a, 1 - c->rate), norm);
    return constraint_scaled(a, w, expr_op2(a, E_ADD, wanted, kept), norm);
}

const ConstraintClass constraint_min_max_norm = {
    .object = {.name = "MinMaxNorm",
               .function = "min_max_norm",
               .args = args,
               .size = sizeof(MinMaxNorm)},
    .norms = true,
    .rule = rule,
};
