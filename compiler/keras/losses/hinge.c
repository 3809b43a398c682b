// SPDX-License-Identifier: MIT
//   L = mean max(t, 0),  t = 1 - y z.  Keras takes 0 for -1 where all labels of a batch are 0 or 1; here
//   each 0 is -1, which differs only for labels that are 0 beside others than 1.
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {LOSS_ARGS_END("hinge")};

static void math(RowMath *m) {
    Expr *y = loss_signs(m), *t = SUB(C(1), MUL(y, Z));
    row_mean(m, LESS(t, C(0), C(0), t), LESS(t, C(0), C(0), NEG(y)));
}

const LossClass loss_hinge = {
    {"Hinge", "hinge", {0}, args, sizeof(LossArgs), NULL},
    LABELS_BIT,
    NULL,
    math,
};
