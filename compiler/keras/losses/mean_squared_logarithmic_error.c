// SPDX-License-Identifier: MIT
//   L = mean d^2,  d = log(1 + max(z, eps)) - log(1 + max(y, eps))
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {LOSS_ARGS_END("mean_squared_logarithmic_error")};

static void math(RowMath *m) {
    Expr *low = C(KERAS_EPSILON), *z = LESS(Z, low, low, Z), *y = LESS(Y, low, low, Y);
    Expr *d = SUB(LOG1P(z), LOG1P(y)), *slope = DIV(ADD(d, d), ADD(C(1), z));
    row_mean(m, MUL(d, d), LESS(Z, low, C(0), slope));
}

const LossClass loss_mean_squared_logarithmic_error = {
    {"MeanSquaredLogarithmicError",
     "mean_squared_logarithmic_error",
     {"msle", "MSLE"},
     args,
     sizeof(LossArgs),
     NULL},
    LABELS_AMOUNT,
    NULL,
    math,
};
