// SPDX-License-Identifier: MIT
// The cosine of the angle between outputs and targets: the loss of this name, but more is better.
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"
#include "keras/rows.h"

static const Arg args[] = {METRIC_ARGS("cosine_similarity"), ARG_UNSUPPORTED("axis", "-1"), {0}};

static void math(RowMath *m) {
    loss_cosine_similarity.math(m);
    m->value = NEG(m->value);
}

const MetricClass metric_cosine_similarity = {
    .object = {"CosineSimilarity", "cosine_similarity", {0}, args, sizeof(MetricArgs), NULL},
    .math = math,
    .better = BETTER_UP,
};
