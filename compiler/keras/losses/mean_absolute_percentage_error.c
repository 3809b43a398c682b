// SPDX-License-Identifier: MIT
//   L = 100 mean |e| / max(|y|, eps),  e = z - y; the slope is 0 where e is
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {LOSS_ARGS_END("mean_absolute_percentage_error")};

static void math(RowMath *m) {
    Expr *e = SUB(Z, Y), *size = ABS(Y);
    size = LESS(size, C(KERAS_EPSILON), C(KERAS_EPSILON), size);
    Expr *sign = LESS(e, C(0), C(-100), LESS(C(0), e, C(100), C(0)));
    row_mean(m, DIV(MUL(C(100), ABS(e)), size), DIV(sign, size));
}

const LossClass loss_mean_absolute_percentage_error = {
    {"MeanAbsolutePercentageError",
     "mean_absolute_percentage_error",
     {"mape", "MAPE"},
     args,
     sizeof(LossArgs),
     NULL},
    LABELS_REAL,
    NULL,
    math,
};
