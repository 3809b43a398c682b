// SPDX-License-Identifier: MIT
//   logits z   L = log S - (z[y] - m),              dz = p - onehot y      p = softmax z
//   p given    c = clip p;  L = log sum c - log c[y],  dp = (c / sum c - onehot y) / c
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {
    LOSS_ARG_FROM_LOGITS,
    ARG_UNSUPPORTED("ignore_class", "None"),
    LOSS_ARG_REDUCTION,
    LOSS_ARG_AXIS,
    LOSS_ARG_NAME("sparse_categorical_crossentropy"),
    LOSS_ARG_DTYPE,
    {0},
};

static void math(RowMath *m) {
    if (m->logits) {
        m->value = SUM(loss_entropy_of_logits(m, Y));
        m->slope = SUB(IN(ROW_P), Y);
        return;
    }
    Expr *c = loss_clipped(m, Z), *sum = SUM(c), *log_sum = ONCE(LOG(sum));
    m->value = SUM(MUL(Y, SUB(log_sum, LOG(c))));
    m->slope = loss_inside(m, Z, DIV(SUB(DIV(c, sum), Y), c));
}

const LossClass loss_sparse_categorical_crossentropy = {
    {"SparseCategoricalCrossentropy",
     "sparse_categorical_crossentropy",
     {0},
     args,
     sizeof(LossArgs),
     NULL},
    LABELS_CLASS_NUMBER,
    "softmax",
    math,
};
