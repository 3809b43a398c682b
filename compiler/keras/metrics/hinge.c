// SPDX-License-Identifier: MIT
// The loss of this name, as a metric.
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"

static const Arg args[] = {METRIC_ARGS("hinge"), {0}};

static void math(RowMath *m) {
    loss_hinge.math(m);
}

const MetricClass metric_hinge = {
    .object = {"Hinge", "hinge", {0}, args, sizeof(MetricArgs), NULL},
    .math = math,
    .better = BETTER_DOWN,
};
