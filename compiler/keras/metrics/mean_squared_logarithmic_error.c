// SPDX-License-Identifier: MIT
// The loss of this name, as a metric.
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"

static const Arg args[] = {METRIC_ARGS("mean_squared_logarithmic_error"), {0}};

static void math(RowMath *m) {
    loss_mean_squared_logarithmic_error.math(m);
}

const MetricClass metric_mean_squared_logarithmic_error = {
    .object = {"MeanSquaredLogarithmicError",
               "mean_squared_logarithmic_error",
               {"msle", "MSLE"},
               args,
               sizeof(MetricArgs),
               NULL},
    .math = math,
    .better = BETTER_DOWN,
};
