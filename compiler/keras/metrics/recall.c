// SPDX-License-Identifier: MIT
// Of the outputs whose targets are not 0, the share above the threshold.
#include "keras/metrics/confusion.h"

static const Arg args[] = {CONFUSION_ARGS};

static void math(RowMath *m) {
    Expr *taken = confusion_taken(m);
    confusion_add(m, taken, true, true);
    confusion_add(m, taken, false, true);
}

const MetricClass metric_recall = {
    .object = {"Recall", "recall", {0}, args, sizeof(ConfusionArgs), NULL},
    .math = math,
    .better = BETTER_UP,
    METRIC_RESULT(cnn_result_share),
    .refuse = confusion_refuse,
};
