// SPDX-License-Identifier: MIT
// The loss of this name, as a metric.
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"

static const Arg args[] = {METRIC_ARGS("logcosh"), {0}};

static void math(RowMath *m) {
    loss_log_cosh.math(m);
}

const MetricClass metric_log_cosh_error = {
    .object = {"LogCoshError", "log_cosh_error", {0}, args, sizeof(MetricArgs), NULL},
    .math = math,
    .better = BETTER_DOWN,
};
