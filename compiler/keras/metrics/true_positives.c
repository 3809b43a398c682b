// SPDX-License-Identifier: MIT
// How many outputs above the threshold whose targets are not 0 there are.
#include "keras/metrics/confusion.h"

static const Arg args[] = {
    CONFUSION_THRESHOLDS,
    METRIC_OWN_NAME,
    ARG_UNSUPPORTED("dtype", "None"),
    {0},
};
static const ConfusionArgs all = {.class_id = NAN};

static void math(RowMath *m) {
    confusion_add(m, true, true);
}

const MetricClass metric_true_positives = {
    .object = {"TruePositives", "true_positives", {0}, args, sizeof(ConfusionArgs), &all},
    .math = math,
    .better = BETTER_UP,
    METRIC_RESULT(cnn_result_sum),
};
