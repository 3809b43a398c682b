// SPDX-License-Identifier: MIT
//   L = mean |e|,  e = z - y; the slope is 0 where e is
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {LOSS_ARGS_END("mean_absolute_error")};

static void math(RowMath *m) {
    Expr *e = SUB(Z, Y);
    row_mean(m, ABS(e), LESS(e, C(0), C(-1), LESS(C(0), e, C(1), C(0))));
}

const LossClass loss_mean_absolute_error = {
    {"MeanAbsoluteError", "mean_absolute_error", {"mae", "MAE"}, args, sizeof(LossArgs), NULL},
    LABELS_REAL,
    NULL,
    math,
};
