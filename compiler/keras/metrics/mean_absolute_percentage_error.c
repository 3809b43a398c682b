// SPDX-License-Identifier: MIT
// The loss of this name, as a metric.
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"

static const Arg args[] = {METRIC_ARGS("mean_absolute_percentage_error"), {0}};

static void math(RowMath *m) {
    loss_mean_absolute_percentage_error.math(m);
}

const MetricClass metric_mean_absolute_percentage_error = {
    .object = {"MeanAbsolutePercentageError",
               "mean_absolute_percentage_error",
               {"mape", "MAPE"},
               args,
               sizeof(MetricArgs),
               NULL},
    .math = math,
    .better = BETTER_DOWN,
};
