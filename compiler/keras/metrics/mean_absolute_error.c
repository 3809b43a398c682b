// SPDX-License-Identifier: MIT
// The loss of this name, as a metric.
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"

static const Arg args[] = {METRIC_ARGS("mean_absolute_error"), {0}};

static void math(RowMath *m) {
    loss_mean_absolute_error.math(m);
}

const MetricClass metric_mean_absolute_error = {
    {"MeanAbsoluteError", "mean_absolute_error", {"mae", "MAE"}, args, sizeof(MetricArgs), NULL},
    METRIC_OF_VALUES,
    math,
    BETTER_DOWN,
};
