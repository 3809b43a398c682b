// SPDX-License-Identifier: MIT
// Metrics that count outputs above a threshold by whether their targets are 0.
#include "keras/metrics/confusion.h"
#include "keras/rows.h"

static Expr *either(RowMath *m, bool yes, Expr *is) { // `is`, or 1 where it is 0
    return yes ? is : SUB(C(1), is);
}

Expr *metric_positive(RowMath *m) {
    return LESS(ABS(Y), SMALLEST, C(0), C(1));
}

void confusion_add(RowMath *m, bool above, bool positive) {
    const ConfusionArgs *o = m->args;
    double threshold = isnan(o->threshold) ? 0.5 : o->threshold;
    Expr *taken = LESS(C(threshold), Z, C(1), C(0));
    Expr *both = MUL(either(m, above, taken), either(m, positive, metric_positive(m)));
    if (!isnan(o->class_id)) both = MUL(both, metric_same(m, IN(ROW_INDEX), C(o->class_id)));
    row_add(m, SUM(both));
}

const char *confusion_refuse(Arena *a, const void *args, int64_t outputs) {
    const ConfusionArgs *o = args;
    if (isnan(o->class_id) || (o->class_id == floor(o->class_id) && o->class_id < (double)outputs))
        return NULL;
    return arena_printf(a, "there is no class_id %g of %lld outputs", o->class_id,
                        (long long)outputs);
}
