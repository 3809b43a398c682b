// SPDX-License-Identifier: MIT
// The list of constraints, and what several of them share.
#include "keras/constraints/constraint.h"

#define CONSTRAINT(x) extern const ConstraintClass constraint_##x;
#include "keras/constraints/constraints.def"
#undef CONSTRAINT

const ConstraintClass *const constraint_classes[] = {
#define CONSTRAINT(x) &constraint_##x,
#include "keras/constraints/constraints.def"
#undef CONSTRAINT
    NULL};

bool constraint_axes(Diag *d, const Constraint *c, const Shape *shape, bool over[MAX_RANK]) {
    for (int i = 0; i < MAX_RANK; i++) over[i] = false;
    if (!c->cls || !c->cls->norms) return true;
    return axes_resolve(d, c->loc, &((const NormArgs *)c->args)->axis, shape->rank, over);
}

Expr *constraint_scaled(Arena *a, Expr *w, Expr *to, Expr *norm) {
    Expr *by = expr_op2(a, E_ADD, expr_const(a, 1e-7), norm);
    return expr_op2(a, E_MUL, w, expr_op2(a, E_DIV, to, by));
}
