// SPDX-License-Identifier: MIT
//   L = 1 - 2 i / s,  i = sum y z,  s = sum y + sum z + eps;  dz = 2 (i / s - y) / s
#include "keras/losses/overlap.h"
#include "keras/rows.h"

static const Arg args[] = {OVERLAP_ARGS("dice")};

static void math(RowMath *m) {
    Expr *common = SUM(MUL(Y, Z)), *sum = SUM(ADD(Y, Z));
    Expr *all = ONCE(ADD(sum, C(KERAS_EPSILON))), *share = ONCE(DIV(common, all));
    m->value = SUB(C(1), MUL(C(2), share));
    m->slope = DIV(MUL(C(2), SUB(share, Y)), all);
}

const LossClass loss_dice = {
    .object = {"Dice", "dice", {0}, args, sizeof(OverlapArgs), NULL},
    .labels = LABELS_BIT,
    .math = math,
    .rows = overlap_rows,
};
