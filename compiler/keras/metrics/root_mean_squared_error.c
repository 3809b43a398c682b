// SPDX-License-Identifier: MIT
// The root of the mean of squared errors, over all outputs and samples.
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"

static const Arg args[] = {METRIC_ARGS("root_mean_squared_error"), {0}};

static void math(RowMath *m) {
    loss_mean_squared_error.math(m);
}

const MetricClass metric_root_mean_squared_error = {
    .object =
        {"RootMeanSquaredError", "root_mean_squared_error", {0}, args, sizeof(MetricArgs), NULL},
    .math = math,
    .better = BETTER_DOWN,
    METRIC_RESULT(cnn_result_root),
};
