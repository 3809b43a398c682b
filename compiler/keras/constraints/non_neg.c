// SPDX-License-Identifier: MIT
// NonNeg: what is below 0 becomes 0.
#include "keras/constraints/constraint.h"

static const Arg args[] = {{0}};

static Expr *rule(Arena *a, const void *self, Expr *w, Expr *norm) {
    Expr *zero = expr_const(a, 0);
    (void)self, (void)norm; // each element by itself
    return expr_less(a, w, zero, zero, w);
}

const ConstraintClass constraint_non_neg = {
    .object = {.name = "NonNeg", .function = "non_neg", .args = args, .size = 1},
    .rule = rule,
};
