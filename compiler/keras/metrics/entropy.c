// SPDX-License-Identifier: MIT
// What the crossentropies share as metrics.
#include "keras/metrics/entropy.h"
#include "keras/rows.h"

void entropy_math(RowMath *m, const LossClass *loss, const LossArgs *args) {
    RowMath of = *m;
    of.args = args;
    of.logits |= args->from_logits;
    loss->math(&of);
    of.args = m->args;
    *m = of;
}

void entropy_of_logits(RowMath *m, Expr *y) {
    m->nstep = 0;
    Expr *most = MOST(Z), *below = SUB(Z, most), *log_sum = ONCE(LOG(SUM(EXP(below))));
    m->value = SUM(LESS(ABS(y), SMALLEST, C(0), MUL(y, SUB(log_sum, below))));
}

const char *entropy_refuse(Arena *a, const void *args, const Shape *output, bool class_numbers) {
    (void)class_numbers;
    return axis_is_last(a, ((const EntropyArgs *)args)->loss.axis, output);
}
