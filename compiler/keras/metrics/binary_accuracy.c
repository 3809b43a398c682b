// SPDX-License-Identifier: MIT
// The share of outputs that, cut at 1/2, are their targets. A class number is the target of a single
// output.
#include "keras/metrics/metric.h"
#include "keras/rows.h"

static const Arg args[] = {
    METRIC_ARGS("binary_accuracy"),
    ARG_UNSUPPORTED("threshold", "0.5"),
    {0},
};

static void math(RowMath *m) {
    Expr *y = m->class_number ? IN(ROW_LABEL) : Y;
    Expr *off = ABS(SUB(LESS(C(0.5), Z, C(1), C(0)), y));
    m->value = DIV(SUM(LESS(off, SMALLEST, C(1), C(0))), C((double)m->outputs));
}

const MetricClass metric_binary_accuracy = {
    {"BinaryAccuracy", "binary_accuracy", {0}, 0, args, sizeof(MetricArgs), NULL},
    false,
    math,
    BETTER_UP,
};
