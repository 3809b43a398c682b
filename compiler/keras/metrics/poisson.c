// SPDX-License-Identifier: MIT
// The loss of this name, as a metric.
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"

static const Arg args[] = {METRIC_ARGS("poisson"), {0}};

static void math(RowMath *m) {
    loss_poisson.math(m);
}

const MetricClass metric_poisson = {
    .object = {"Poisson", "poisson", {0}, args, sizeof(MetricArgs), NULL},
    .math = math,
    .better = BETTER_DOWN,
};
