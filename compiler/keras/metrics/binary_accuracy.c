// SPDX-License-Identifier: MIT
// The share of outputs that, cut at a threshold, are their targets. A class number is the target of a single
// output.
#include "keras/metrics/metric.h"
#include "keras/rows.h"

typedef struct BinaryArgs {
    MetricArgs metric;
    double threshold;
} BinaryArgs;

static const Arg args[] = {
    METRIC_ARGS("binary_accuracy"),
    {"threshold", ARG_FLOAT, offsetof(BinaryArgs, threshold), .standard = "0.5"},
    {0},
};

static void math(RowMath *m) {
    double threshold = m->args ? ((const BinaryArgs *)m->args)->threshold : 0.5; // "accuracy"
    Expr *y = m->class_number ? IN(ROW_LABEL) : Y;
    Expr *off = ABS(SUB(LESS(C(threshold), Z, C(1), C(0)), y));
    m->value = DIV(SUM(LESS(off, SMALLEST, C(1), C(0))), C((double)m->outputs));
}

const MetricClass metric_binary_accuracy = {
    {"BinaryAccuracy", "binary_accuracy", {0}, args, sizeof(BinaryArgs), NULL},
    METRIC_OF_VALUES,
    math,
    BETTER_UP,
};
