// SPDX-License-Identifier: MIT
//   L = sum y log(y / z), y and z clipped to [eps, 1]
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {LOSS_ARGS_END("kl_divergence")};

static Expr *clipped(RowMath *m, Expr *x) {
    x = LESS(x, C(KERAS_EPSILON), C(KERAS_EPSILON), x);
    return LESS(C(1), x, C(1), x);
}

static void math(RowMath *m) {
    Expr *y = clipped(m, Y), *z = clipped(m, Z);
    m->value = SUM(MUL(y, LOG(DIV(y, z))));
    Expr *slope = LESS(C(1), Z, C(0), NEG(DIV(y, z)));
    m->slope = LESS(Z, C(KERAS_EPSILON), C(0), slope);
}

const LossClass loss_kl_divergence = {
    {"KLDivergence", "kl_divergence", {"kld", "KLD"}, args, sizeof(LossArgs), NULL},
    LABELS_ONE_HOT,
    NULL,
    math,
};
