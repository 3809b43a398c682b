// SPDX-License-Identifier: MIT
//   L = mean e^2,  e = z - y
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {LOSS_ARGS_END("mean_squared_error")};

static void math(RowMath *m) {
    Expr *e = SUB(Z, Y);
    row_mean(m, MUL(e, e), ADD(e, e));
}

const LossClass loss_mean_squared_error = {
    {"MeanSquaredError", "mean_squared_error", {"mse", "MSE"}, args, sizeof(LossArgs), NULL},
    LABELS_REAL,
    NULL,
    math,
};
