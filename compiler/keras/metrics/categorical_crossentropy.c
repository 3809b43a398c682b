// SPDX-License-Identifier: MIT
// The loss of this name, as a metric.
#include "keras/metrics/entropy.h"
#include "keras/rows.h"

static const Arg args[] = {
    METRIC_ARGS("categorical_crossentropy"),
    ENTROPY_ARG_FROM_LOGITS,
    ENTROPY_ARG_LABEL_SMOOTHING,
    ENTROPY_ARG_AXIS,
    {0},
};

static void math(RowMath *m) {
    const EntropyArgs *o = m->args;
    entropy_math(m, &loss_categorical_crossentropy, &((const EntropyArgs *)m->args)->loss);
    if (!m->logits) return;
    double s = o->loss.label_smoothing, to = s / (double)m->outputs;
    entropy_of_logits(m, s == 0 ? Y : ADD(MUL(Y, C(1 - s)), C(to)));
}

const MetricClass metric_categorical_crossentropy = {
    .object = {"CategoricalCrossentropy",
               "categorical_crossentropy",
               {0},
               args,
               sizeof(EntropyArgs),
               NULL},
    .math = math,
    .of_logits = true,
    .refuse = entropy_refuse,
    .better = BETTER_DOWN,
};
