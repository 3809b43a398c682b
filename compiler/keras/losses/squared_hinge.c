// SPDX-License-Identifier: MIT
//   L = mean max(t, 0)^2,  t = 1 - y z, with y as hinge has it
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {LOSS_ARGS_END("squared_hinge")};

static void math(RowMath *m) {
    Expr *y = loss_signs(m), *t = SUB(C(1), MUL(y, Z)), *positive = LESS(t, C(0), C(0), t);
    row_mean(m, MUL(positive, positive), MUL(MUL(C(-2), y), positive));
}

const LossClass loss_squared_hinge = {
    {"SquaredHinge", "squared_hinge", {0}, args, sizeof(LossArgs), NULL},
    LABELS_BIT,
    NULL,
    math,
};
