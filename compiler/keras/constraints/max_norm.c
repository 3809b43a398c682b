// SPDX-License-Identifier: MIT
// MaxNorm: weights longer than max_value are scaled down to it.
#include "keras/constraints/constraint.h"

typedef struct MaxNorm {
    NormArgs common;
    double max;
} MaxNorm;

static const Arg args[] = {
    CONSTRAINT_NORM("max_value", offsetof(MaxNorm, max), "2"),
    CONSTRAINT_AXIS,
    {0},
};

static Expr *rule(Arena *a, const void *self, Expr *w, Expr *norm) {
    return constraint_scaled(a, w, expr_clip(a, norm, 0, ((const MaxNorm *)self)->max), norm);
}

const ConstraintClass constraint_max_norm = {
    .object = {.name = "MaxNorm", .function = "max_norm", .args = args, .size = sizeof(MaxNorm)},
    .norms = true,
    .rule = rule,
};
