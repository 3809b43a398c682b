// SPDX-License-Identifier: MIT
// Metrics that count outputs that are taken by whether their targets are 0.
#include "keras/metrics/confusion.h"
#include "keras/rows.h"

enum { MOST_TOP = 10 }; // whose largest are found one by one

static Expr *either(RowMath *m, bool yes, Expr *is) { // `is`, or 1 where it is 0
    return yes ? is : SUB(C(1), is);
}

Expr *metric_positive(RowMath *m) {
    return LESS(ABS(Y), SMALLEST, C(0), C(1));
}

// 1 for the k largest, of equal ones the first: the largest, the largest of the others, and so on.
static Expr *in_top(RowMath *m, int64_t k) {
    Expr *found = C(0);
    for (int64_t i = 0; i < k; i++) {
        Expr *others = LESS(C(0.5), found, C(-INFINITY), Z);
        found = ADD(found, metric_same(m, IN(ROW_INDEX), WHERE_MOST(others)));
    }
    return found;
}

Expr *confusion_taken(RowMath *m) {
    const ConfusionArgs *o = m->args;
    double threshold = o->thresholds.n ? o->thresholds.of[0] : 0.5;
    Expr *above = o->top_k && !o->thresholds.n ? C(1) : LESS(C(threshold), Z, C(1), C(0));
    return o->top_k ? MUL(in_top(m, o->top_k), above) : above;
}

void confusion_add(RowMath *m, Expr *taken, bool is_taken, bool positive) {
    const ConfusionArgs *o = m->args;
    Expr *both = MUL(either(m, is_taken, taken), either(m, positive, metric_positive(m)));
    row_add(m, SUM(MUL(both, of_class(m, o->class_id))));
}

const char *confusion_refuse(Arena *a, const void *args, const Shape *output, bool class_numbers) {
    (void)class_numbers;
    const ConfusionArgs *o = args;
    int64_t outputs = output->dim[output->rank - 1];
    if (o->thresholds.n > 1)
        return "a figure for each threshold is not supported yet: give one, or a metric for each";
    if (o->top_k > outputs)
        return arena_printf(a, "top_k is %lld, but there are %lld outputs", (long long)o->top_k,
                            (long long)outputs);
    if (o->top_k > MOST_TOP)
        return arena_printf(a, "top_k is at most %d here, not %lld", MOST_TOP, (long long)o->top_k);
    return class_refuse(a, o->class_id, output);
}
