// SPDX-License-Identifier: MIT
// The cosine of the angle between outputs and targets: the loss of this name, but more is better.
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"
#include "keras/rows.h"

static const Arg args[] = {METRIC_ARGS("cosine_similarity"), METRIC_ARG_AXIS, {0}};

static void math(RowMath *m) {
    loss_cosine_similarity.math(m);
    m->value = NEG(m->value);
}

const MetricClass metric_cosine_similarity = {
    .object = {"CosineSimilarity", "cosine_similarity", {0}, args, sizeof(AxisArgs), NULL},
    .math = math,
    .better = BETTER_UP,
    .refuse = axis_refuse,
};
