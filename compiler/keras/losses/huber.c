// SPDX-License-Identifier: MIT
//   L = mean of e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2;  e = z - y
#include "keras/losses/loss.h"
#include "keras/rows.h"
#include <math.h>

typedef struct HuberArgs {
    LossArgs loss;
    double delta;
} HuberArgs;

static const Arg args[] = {
    {"delta", ARG_FLOAT, offsetof(HuberArgs, delta), .standard = "1.0", .min = 0, .max = INFINITY},
    LOSS_ARGS_END("huber_loss")};

static void math(RowMath *m) {
    double delta = ((const HuberArgs *)m->args)->delta;
    Expr *e = SUB(Z, Y), *size = ABS(e), *far = SUB(size, C(delta / 2));
    Expr *value = LESS(C(delta), size, MUL(C(delta), far), MUL(C(0.5), MUL(e, e)));
    row_mean(m, value, LESS(e, C(-delta), C(-delta), LESS(C(delta), e, C(delta), e)));
}

const LossClass loss_huber = {
    {"Huber", "huber", {0}, args, sizeof(HuberArgs), NULL},
    LABELS_REAL,
    NULL,
    math,
};
