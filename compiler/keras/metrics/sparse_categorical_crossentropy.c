// SPDX-License-Identifier: MIT
// The loss of this name, as a metric.
#include "keras/metrics/entropy.h"
#include "keras/rows.h"
#include <math.h>

static const Arg args[] = {
    METRIC_ARGS("sparse_categorical_crossentropy"),
    ENTROPY_ARG_FROM_LOGITS,
    ARG_UNSUPPORTED("ignore_class", "None"),
    ENTROPY_ARG_AXIS,
    {0},
};

static void math(RowMath *m) {
    const SparseEntropyArgs of = {((const EntropyArgs *)m->args)->loss, NAN};
    entropy_math(m, &loss_sparse_categorical_crossentropy, &of.loss);
    if (m->logits) entropy_of_logits(m, Y);
}

const MetricClass metric_sparse_categorical_crossentropy = {
    .object = {"SparseCategoricalCrossentropy",
               "sparse_categorical_crossentropy",
               {0},
               args,
               sizeof(EntropyArgs),
               NULL},
    .labels = METRIC_OF_CLASS_NUMBERS,
    .math = math,
    .of_logits = true,
    .refuse = entropy_refuse,
    .better = BETTER_DOWN,
};
