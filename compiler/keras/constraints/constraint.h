// SPDX-License-Identifier: MIT
// What a constraint's file says, and all it says: its names and arguments, and what an element of an updated
// weight becomes.
#ifndef CNNC_CONSTRAINT_H
#define CNNC_CONSTRAINT_H
#include "script/value.h"
#include "step/expr.h"
#include <math.h>

struct ConstraintClass {
    ObjectClass object; // name and arguments; with norms its struct begins with NormArgs
    bool norms; // reads the norm of the elements that differ along NormArgs.axis alone
    Expr *(*rule)(Arena *a, const void *self, Expr *w, Expr *norm);
};

typedef struct NormArgs {
    Axes axis;
} NormArgs;

extern const ConstraintClass *const constraint_classes[]; // NULL-terminated, from constraints.def

// Which dimensions of a weight the norms are over. Reports and returns false where it has no such one.
bool constraint_axes(Diag *d, const Constraint *c, const Shape *shape, bool over[MAX_RANK]);

// ---- for the rules
Expr *constraint_scaled(Arena *a, Expr *w, Expr *to, Expr *norm); // w to / (1e-7 + norm)
#define CONSTRAINT_AXIS {"axis", ARG_AXES, offsetof(NormArgs, axis), .standard = "0"}
#define CONSTRAINT_NORM(name_, at_, standard_)                                                     \
    {name_, ARG_FLOAT, at_, .standard = standard_, .min = 0, .max = INFINITY}
#endif
