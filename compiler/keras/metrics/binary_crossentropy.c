// SPDX-License-Identifier: MIT
// The loss of this name, as a metric.
#include "keras/metrics/entropy.h"
#include "keras/rows.h"

static const Arg args[] = {
    METRIC_ARGS("binary_crossentropy"),
    ENTROPY_ARG_FROM_LOGITS,
    ENTROPY_ARG_LABEL_SMOOTHING,
    {0},
};

static void math(RowMath *m) {
    entropy_math(m, &loss_binary_crossentropy, &((const EntropyArgs *)m->args)->loss);
}

const MetricClass metric_binary_crossentropy = {
    .object = {"BinaryCrossentropy",
               "binary_crossentropy",
               {"bce", "BCE"},
               args,
               sizeof(EntropyArgs),
               NULL},
    .math = math,
    .of_logits = true,
    .better = BETTER_DOWN,
};
