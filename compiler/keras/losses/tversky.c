// SPDX-License-Identifier: MIT
//   L = 1 - i / s,  i = sum y z,  s = i + alpha sum (1 - z) y + beta sum z (1 - y) + eps
//   dz = (i ds - y s) / s^2,  ds = y (1 - alpha) + beta (1 - y)
#include "keras/losses/overlap.h"
#include "keras/rows.h"
#include <math.h>

static const Arg args[] = {
    {"alpha", ARG_FLOAT, offsetof(OverlapArgs, alpha), .standard = "0.5", .min = 0,
     .max = INFINITY},
    {"beta", ARG_FLOAT, offsetof(OverlapArgs, beta), .standard = "0.5", .min = 0, .max = INFINITY},
    OVERLAP_ARGS("tversky")};

static void math(RowMath *m) {
    const OverlapArgs *o = m->args;
    Expr *alpha = C(o->alpha), *beta = C(o->beta), *one = C(1);
    Expr *common = SUM(MUL(Y, Z)), *missed = SUM(MUL(SUB(one, Z), Y));
    Expr *wrong = SUM(MUL(Z, SUB(one, Y)));
    Expr *off = ADD(MUL(alpha, missed), MUL(beta, wrong));
    Expr *all = ONCE(ADD(ADD(common, off), C(KERAS_EPSILON))), *share = ONCE(DIV(common, all));
    m->value = SUB(one, share);
    Expr *grows = ADD(MUL(Y, C(1 - o->alpha)), MUL(beta, SUB(one, Y)));
    m->slope = DIV(SUB(MUL(share, grows), Y), all);
}

const LossClass loss_tversky = {
    .object = {"Tversky", "tversky", {0}, args, sizeof(OverlapArgs), NULL},
    .labels = LABELS_BIT,
    .math = math,
    .rows = overlap_rows,
};
