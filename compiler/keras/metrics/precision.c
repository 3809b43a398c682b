// SPDX-License-Identifier: MIT
// Of the outputs above the threshold, the share whose targets are not 0.
#include "keras/metrics/confusion.h"

static const Arg args[] = {CONFUSION_ARGS};

static void math(RowMath *m) {
    Expr *passed = confusion_passed(m);
    confusion_add(m, passed, true, true);
    confusion_add(m, passed, true, false);
}

const MetricClass metric_precision = {
    .object = {"Precision", "precision", {0}, args, sizeof(ConfusionArgs), NULL},
    .math = math,
    .better = BETTER_UP,
    METRIC_RESULT(cnn_result_share),
    .settings = confusion_settings,
    .figures = confusion_figures,
    .refuse = confusion_refuse,
};
