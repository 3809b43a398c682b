// SPDX-License-Identifier: MIT
// Of the outputs above the threshold, the share whose targets are not 0.
#include "keras/metrics/confusion.h"

static const Arg args[] = {CONFUSION_ARGS};

static void math(RowMath *m) {
    Expr *taken = confusion_taken(m);
    confusion_add(m, taken, true, true);
    confusion_add(m, taken, true, false);
}

const MetricClass metric_precision = {
    .object = {"Precision", "precision", {0}, args, sizeof(ConfusionArgs), NULL},
    .math = math,
    .better = BETTER_UP,
    METRIC_RESULT(cnn_result_share),
    .refuse = confusion_refuse,
};
