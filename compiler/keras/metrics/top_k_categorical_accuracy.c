// SPDX-License-Identifier: MIT
// Is the class that is right among the k largest outputs?
#include "keras/metrics/metric.h"

static const Arg args[] = {METRIC_ARG_K, METRIC_ARGS("top_k_categorical_accuracy"), {0}};

const MetricClass metric_top_k_categorical_accuracy = {
    {"TopKCategoricalAccuracy", "top_k_categorical_accuracy", {0}, args, sizeof(TopKArgs), NULL},
    METRIC_OF_VALUES,
    metric_in_top,
    BETTER_UP,
};
