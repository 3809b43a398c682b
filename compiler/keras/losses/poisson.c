// SPDX-License-Identifier: MIT
//   L = mean z - y log(z + eps)
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {LOSS_ARGS_END("poisson")};

static void math(RowMath *m) {
    Expr *z = ADD(Z, C(KERAS_EPSILON));
    row_mean(m, SUB(Z, MUL(Y, LOG(z))), SUB(C(1), DIV(Y, z)));
}

const LossClass loss_poisson = {
    {"Poisson", "poisson", {0}, args, sizeof(LossArgs), NULL},
    LABELS_AMOUNT,
    NULL,
    math,
};
