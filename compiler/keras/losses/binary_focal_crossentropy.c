// SPDX-License-Identifier: MIT
//   L = mean w r^gamma b,  r = y (1 - p) + (1 - y) p,  b the binary crossentropy, as binary_crossentropy.c has it;
//   w = y alpha + (1 - y) (1 - alpha) with class balancing, else 1
//   dL = w (r^gamma db + gamma r^(gamma - 1) b dr) / K,  dr/dp = 1 - 2 y,  dp/dz = p (1 - p)
// As Keras has it, from_logits is about the outputs, and p is made of them by a sigmoid. Without it b is of what the
// model's sigmoid or softmax reads, and p what that makes: of a softmax dp_j/dz_i = p_i ((i = j) - p_j).
#include "keras/losses/loss.h"
#include "keras/rows.h"
#include <math.h>

typedef struct FocalArgs {
    LossArgs loss;
    double alpha, gamma;
    bool balanced;
} FocalArgs;

static const Arg args[] = {
    {"apply_class_balancing", ARG_BOOL, offsetof(FocalArgs, balanced), .standard = "False"},
    {"alpha", ARG_FLOAT, offsetof(FocalArgs, alpha), .standard = "0.25", .min = 0, .max = 1},
    {"gamma", ARG_FLOAT, offsetof(FocalArgs, gamma), .standard = "2.0", .min = 0, .max = INFINITY},
    LOSS_ARG_FROM_LOGITS,
    LOSS_ARG_LABEL_SMOOTHING,
    LOSS_ARG_AXIS,
    LOSS_ARGS_END("binary_focal_crossentropy"),
};

typedef struct Entropy { // the crossentropy b, p and 1 - p, and the slopes of b and p by z
    Expr *b, *p, *rest, *db, *dp;
} Entropy;

static Expr *sigmoid(RowMath *m, Expr *z) {
    return DIV(C(1), ADD(C(1), EXP(NEG(z))));
}

static Entropy of_logits(RowMath *m, Expr *y) {
    Expr *positive = LESS(Z, C(0), C(0), Z), *tail = LOG1P(EXP(NEG(ABS(Z))));
    Expr *p = sigmoid(m, Z), *rest = sigmoid(m, NEG(Z));
    return (Entropy){ADD(SUB(positive, MUL(Z, y)), tail), p, rest, SUB(p, y), MUL(p, rest)};
}

static Entropy of_softmax(RowMath *m, Expr *y) {
    Entropy e = of_logits(m, y);
    e.p = IN(ROW_P), e.rest = SUB(C(1), e.p), e.dp = e.p;
    return e;
}

static Entropy of_outputs(RowMath *m, Expr *y) {
    Expr *n = SUB(C(1), y), *c = loss_clipped(m, Z), *rest = loss_clipped(m, SUB(C(1), Z));
    Expr *slope = loss_inside(m, Z, SUB(DIV(n, rest), DIV(y, c)));
    Expr *b = NEG(ADD(MUL(y, LOG(c)), MUL(n, LOG(rest))));
    return (Entropy){b, Z, SUB(C(1), Z), slope, C(1)};
}

static void math(RowMath *m) {
    const FocalArgs *o = m->args;
    Expr *y = loss_targets(m, 0.5), *n = SUB(C(1), y);
    Entropy e = m->softmax ? of_softmax(m, y) : m->logits ? of_logits(m, y) : of_outputs(m, y);
    Expr *w = o->balanced ? ADD(MUL(y, C(o->alpha)), MUL(n, C(1 - o->alpha))) : C(1);
    Expr *r = ADD(MUL(y, e.rest), MUL(n, e.p)), *factor = loss_power(m, r, o->gamma);
    Expr *slope = MUL(w, MUL(factor, e.db));
    if (o->gamma != 0) { // by p
        Expr *by = MUL(MUL(C(o->gamma), loss_power(m, r, o->gamma - 1)), MUL(SUB(n, y), e.b));
        by = MUL(w, by);
        if (m->softmax) by = SUB(by, SUM(MUL(by, e.p)));
        slope = ADD(slope, MUL(by, e.dp));
    }
    row_mean(m, MUL(w, MUL(factor, e.b)), slope);
}

static bool from_logits(const void *self) {
    return ((const LossArgs *)self)->from_logits;
}

const LossClass loss_binary_focal_crossentropy = {
    .object = {"BinaryFocalCrossentropy",
               "binary_focal_crossentropy",
               {0},
               args,
               sizeof(FocalArgs),
               NULL},
    .labels = LABELS_BIT,
    .logits_of = "sigmoid",
    .math = math,
    .as_they_are = from_logits,
};
