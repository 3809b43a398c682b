// SPDX-License-Identifier: MIT
// Is the class that is right among the k largest outputs?
#include "keras/metrics/metric.h"

static const Arg args[] = {METRIC_ARG_K,
                           METRIC_ARGS("sparse_top_k_categorical_accuracy"),
                           ARG_UNSUPPORTED("from_sorted_ids", "False"),
                           {0}};

const MetricClass metric_sparse_top_k_categorical_accuracy = {
    {"SparseTopKCategoricalAccuracy",
     "sparse_top_k_categorical_accuracy",
     {0},
     args,
     sizeof(TopKArgs),
     NULL},
    METRIC_OF_CLASS_NUMBERS,
    metric_in_top,
    BETTER_UP,
};
