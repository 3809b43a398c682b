// SPDX-License-Identifier: MIT
// The share of outputs that are their targets. (The string "accuracy" means one of the others, see metric.c.)
#include "keras/metrics/metric.h"
#include "keras/rows.h"

static const Arg args[] = {METRIC_ARGS("accuracy"), {0}};

static void math(RowMath *m) {
    Expr *same = LESS(ABS(SUB(Z, Y)), SMALLEST, C(1), C(0));
    m->value = DIV(SUM(same), C((double)m->outputs));
}

const MetricClass metric_plain_accuracy = {
    .object = {"Accuracy", NULL, {0}, args, sizeof(MetricArgs), NULL},
    .math = math,
    .better = BETTER_UP,
};
