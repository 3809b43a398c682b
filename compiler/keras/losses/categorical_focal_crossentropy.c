// SPDX-License-Identifier: MIT
//   q = p / sum p, or softmax z;  c = clip q;  L = -alpha sum y (1 - c)^gamma log c
//   s = dL/dq = alpha y (gamma (1 - c)^(gamma - 1) log c - (1 - c)^gamma / c) inside the clip
//   dp = (s - sum s q) / sum p,  dz = q (s - sum s q)
#include "keras/losses/loss.h"
#include "keras/rows.h"
#include <math.h>

typedef struct FocalArgs {
    LossArgs loss;
    double alpha, gamma;
} FocalArgs;

static const Arg args[] = {
    {"alpha", ARG_FLOAT, offsetof(FocalArgs, alpha), .standard = "0.25", .min = 0, .max = INFINITY},
    {"gamma", ARG_FLOAT, offsetof(FocalArgs, gamma), .standard = "2.0", .min = 0, .max = INFINITY},
    LOSS_ARG_FROM_LOGITS,
    LOSS_ARG_LABEL_SMOOTHING,
    LOSS_ARG_AXIS,
    LOSS_ARGS_END("categorical_focal_crossentropy"),
};

static void math(RowMath *m) {
    const FocalArgs *o = m->args;
    Expr *y = loss_targets(m, 1 / (double)m->outputs), *sum = m->logits ? C(1) : SUM(Z);
    Expr *q = m->logits ? IN(ROW_P) : DIV(Z, sum), *c = loss_clipped(m, q), *log = LOG(c);
    Expr *rest = SUB(C(1), c), *factor = loss_power(m, rest, o->gamma);
    Expr *weight = MUL(C(o->alpha), y);
    m->value = SUM(NEG(MUL(weight, MUL(factor, log))));
    Expr *slope = NEG(DIV(factor, c));
    if (o->gamma != 0) {
        Expr *less = MUL(C(o->gamma), loss_power(m, rest, o->gamma - 1));
        slope = ADD(MUL(less, log), slope);
    }
    slope = loss_inside(m, q, MUL(weight, slope));
    Expr *off = SUB(slope, SUM(MUL(slope, q)));
    m->slope = m->logits ? MUL(q, off) : DIV(off, sum);
}

const LossClass loss_categorical_focal_crossentropy = {
    .object = {"CategoricalFocalCrossentropy",
               "categorical_focal_crossentropy",
               {0},
               args,
               sizeof(FocalArgs),
               NULL},
    .labels = LABELS_ONE_HOT,
    .math = math,
};
