// SPDX-License-Identifier: MIT
// The loss of this name, as a metric.
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"

static const Arg args[] = {METRIC_ARGS("kl_divergence"), {0}};

static void math(RowMath *m) {
    loss_kl_divergence.math(m);
}

const MetricClass metric_kl_divergence = {
    .object = {"KLDivergence", "kl_divergence", {0}, args, sizeof(MetricArgs), NULL},
    .math = math,
    .better = BETTER_DOWN,
};
