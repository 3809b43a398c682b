// SPDX-License-Identifier: MIT
// Metrics that count outputs that are taken by whether their targets are 0. Of several thresholds each has its counts:
// outputs are added up by how many thresholds they pass, and what passes each is known at the end.
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

static int64_t count_of(const ConfusionArgs *o) {
    return o->thresholds.n ? o->thresholds.n : 1;
}

static double threshold(const ConfusionArgs *o, int64_t i) {
    return o->thresholds.n ? o->thresholds.of[i] : 0.5;
}

Expr *confusion_passed(RowMath *m) {
    const ConfusionArgs *o = m->args;
    Expr *passed = o->top_k && !o->thresholds.n ? C(1) : C(0);
    for (int64_t i = 0; i < count_of(o) && (o->thresholds.n || !o->top_k); i++) {
        Expr *above = LESS(C(threshold(o, i)), Z, C(1), C(0));
        passed = i ? ADD(passed, above) : above;
    }
    return o->top_k ? MUL(in_top(m, o->top_k), passed) : passed;
}

void confusion_add(RowMath *m, Expr *passed, bool taken, bool positive) {
    const ConfusionArgs *o = m->args;
    Expr *counts = MUL(either(m, positive, metric_positive(m)), of_class(m, o->class_id));
    int64_t n = count_of(o);
    if (n > 1)
        row_add_at(m, counts, ADD(passed, C(1)), n + 1);
    else
        row_add(m, SUM(MUL(either(m, taken, passed), counts)));
}

int64_t confusion_figures(const void *args, int64_t outputs) {
    (void)outputs;
    return count_of(args);
}

// What passes a threshold passes all that are not above it.
static int settings(const ConfusionArgs *o, bool below, double *setting) {
    int64_t n = count_of(o);
    setting[COUNT_BELOW] = n > 1 && below;
    for (int64_t i = 0; i < n; i++) {
        double passed = 0;
        for (int64_t k = 0; k < n && n > 1; k++) passed += threshold(o, k) <= threshold(o, i);
        setting[COUNT_FIRST + i] = passed;
    }
    return (int)(COUNT_FIRST + n);
}

int confusion_settings(const void *args, int64_t outputs, double setting[MAX_RESULT_SETTINGS]) {
    (void)outputs;
    return settings(args, false, setting);
}

int confusion_below_settings(const void *args, int64_t outputs,
                             double setting[MAX_RESULT_SETTINGS]) {
    (void)outputs;
    return settings(args, true, setting);
}

const char *confusion_refuse(Arena *a, const void *args, const Shape *output, bool class_numbers) {
    (void)class_numbers;
    const ConfusionArgs *o = args;
    int64_t outputs = output->dim[output->rank - 1];
    if (o->thresholds.n > MOST_OWN_THRESHOLDS)
        return arena_printf(a, "there are at most %d thresholds here, not %d", MOST_OWN_THRESHOLDS,
                            o->thresholds.n);
    if (o->top_k > outputs)
        return arena_printf(a, "top_k is %lld, but there are %lld outputs", (long long)o->top_k,
                            (long long)outputs);
    if (o->top_k > MOST_TOP)
        return arena_printf(a, "top_k is at most %d here, not %lld", MOST_TOP, (long long)o->top_k);
    return class_refuse(a, o->class_id, output);
}
