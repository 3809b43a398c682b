// SPDX-License-Identifier: MIT
//   logits z   L = sum y (log S - (z - m)),  dz = p - y        p = softmax z
//   p given    q = p / sum p;  L = -sum y log clip q;  through the clip and the division
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {
    LOSS_ARG_FROM_LOGITS,
    LOSS_ARG_LABEL_SMOOTHING,
    LOSS_ARG_AXIS,
    LOSS_ARGS_END("categorical_crossentropy"),
};

static void of_outputs(RowMath *m, Expr *y) {
    Expr *sum = SUM(Z), *q = DIV(Z, sum), *c = loss_clipped(m, q);
    m->value = SUM(MUL(y, NEG(LOG(c))));
    Expr *slope = loss_inside(m, q, NEG(DIV(y, c))); // by q
    m->slope = DIV(SUB(slope, SUM(MUL(slope, q))), sum);
}

static void math(RowMath *m) {
    Expr *y = loss_targets(m, 1 / (double)m->outputs);
    if (!m->logits) return of_outputs(m, y);
    m->value = SUM(loss_entropy_of_logits(m, y));
    m->slope = SUB(IN(ROW_P), y);
}

const LossClass loss_categorical_crossentropy = {
    {"CategoricalCrossentropy", "categorical_crossentropy", {0}, args, sizeof(LossArgs), NULL},
    LABELS_ONE_HOT,
    "softmax",
    math,
};
