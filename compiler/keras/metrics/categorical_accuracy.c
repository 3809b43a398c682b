// SPDX-License-Identifier: MIT
// Is the largest output the class that is right? The first of several that are largest counts.
#include "keras/metrics/metric.h"
#include "keras/rows.h"

static const Arg args[] = {METRIC_ARGS("categorical_accuracy"), {0}};

static void math(RowMath *m) {
    Expr *right = metric_where_right(m);
    m->value = metric_same(m, right, WHERE_MOST(Z));
}

const MetricClass metric_categorical_accuracy = {
    {"CategoricalAccuracy", "categorical_accuracy", {0}, args, sizeof(MetricArgs), NULL},
    METRIC_OF_VALUES,
    math,
    BETTER_UP,
};
