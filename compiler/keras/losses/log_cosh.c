// SPDX-License-Identifier: MIT
//   L = mean log cosh e,  e = z - y.  With t = |e| and x = e^-t - 1 it is log1p(x^2 / (2 + 2 x)), which
//   keeps the digits of a small e, or t + log1p(e^-2t) - log 2, which does not overflow.
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {LOSS_ARGS_END("log_cosh")};

static void math(RowMath *m) {
    Expr *e = SUB(Z, Y), *t = ABS(e), *x = EXPM1(NEG(t));
    Expr *small = LOG1P(DIV(MUL(x, x), ADD(C(2), MUL(C(2), x))));
    Expr *large = ADD(t, SUB(LOG1P(EXP(MUL(C(-2), t))), C(0.69314718055994531)));
    row_mean(m, LESS(t, C(1), small, large), TANH(e));
}

const LossClass loss_log_cosh = {
    {"LogCosh", "log_cosh", {0}, args, sizeof(LossArgs), NULL},
    LABELS_REAL,
    NULL,
    math,
};
