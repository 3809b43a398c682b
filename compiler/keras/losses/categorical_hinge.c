// SPDX-License-Identifier: MIT
//   L = max(most - right + 1, 0),  most = max (1 - y) z,  right = sum y z.  Those that are most share its
//   slope.
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {LOSS_ARGS_END("categorical_hinge")};

static void math(RowMath *m) {
    Expr *wrong = MUL(SUB(C(1), Y), Z), *most = MOST(wrong), *right = SUM(MUL(Y, Z));
    Expr *loss = ONCE(ADD(SUB(most, right), C(1)));
    m->value = LESS(loss, C(0), C(0), loss);
    Expr *is_most = LESS(wrong, most, C(0), C(1)), *share = DIV(is_most, SUM(is_most));
    m->slope = LESS(loss, C(0), C(0), SUB(MUL(share, SUB(C(1), Y)), Y));
}

const LossClass loss_categorical_hinge = {
    {"CategoricalHinge", "categorical_hinge", {0}, args, sizeof(LossArgs), NULL},
    LABELS_ONE_HOT,
    NULL,
    math,
};
