// SPDX-License-Identifier: MIT
// UnitNorm: weights are scaled to a length of 1.
#include "keras/constraints/constraint.h"

static const Arg args[] = {CONSTRAINT_AXIS, {0}};

static Expr *rule(Arena *a, const void *self, Expr *w, Expr *norm) {
    (void)self; // its axis is all it has
    return constraint_scaled(a, w, expr_const(a, 1), norm);
}

const ConstraintClass constraint_unit_norm = {
    .object = {.name = "UnitNorm", .function = "unit_norm", .args = args, .size = sizeof(NormArgs)},
    .norms = true,
    .rule = rule,
};
