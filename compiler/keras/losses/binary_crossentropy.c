// SPDX-License-Identifier: MIT
//   logits z   L = mean max(z, 0) - z y + log1p e^-|z|,     dz = (sigmoid z - y) / K
//   p given    L = -mean y log c + (1 - y) log(1 - c),  c = clip p
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {
    LOSS_ARG_FROM_LOGITS,
    LOSS_ARG_LABEL_SMOOTHING,
    LOSS_ARG_AXIS,
    LOSS_ARGS_END("binary_crossentropy"),
};

static void of_logits(RowMath *m, Expr *y) {
    Expr *positive = LESS(Z, C(0), C(0), Z), *tail = LOG1P(EXP(NEG(ABS(Z))));
    Expr *sigmoid = DIV(C(1), ADD(C(1), EXP(NEG(Z))));
    row_mean(m, ADD(SUB(positive, MUL(Z, y)), tail), SUB(sigmoid, y));
}

static void math(RowMath *m) {
    Expr *y = loss_targets(m, 0.5), *n = SUB(C(1), y);
    if (m->logits) return of_logits(m, y);
    // 1 - c, but clipped itself: in float32 1 - (1 - eps) is 19 % more than eps.
    Expr *c = loss_clipped(m, Z), *rest = loss_clipped(m, SUB(C(1), Z));
    Expr *slope = loss_inside(m, Z, SUB(DIV(n, rest), DIV(y, c)));
    row_mean(m, NEG(ADD(MUL(y, LOG(c)), MUL(n, LOG(rest)))), slope);
}

const LossClass loss_binary_crossentropy = {
    {"BinaryCrossentropy", "binary_crossentropy", {"bce", "BCE"}, args, sizeof(LossArgs), NULL},
    LABELS_BIT,
    "sigmoid",
    math,
};
