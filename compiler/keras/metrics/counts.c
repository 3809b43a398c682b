// SPDX-License-Identifier: MIT
// How many outputs there are, above the threshold or not (positives, negatives), whose targets are not 0, or
// are; it is true where both agree. Keras gives them no direction: a callback that monitors one needs its mode.
#include "keras/metrics/confusion.h"

static const Arg args[] = {
    CONFUSION_THRESHOLDS,
    METRIC_OWN_NAME,
    METRIC_ARG_DTYPE,
    {0},
};
static const ConfusionArgs all = {.class_id = NAN};

static void true_positives(RowMath *m) {
    confusion_add(m, confusion_passed(m), true, true);
}

static void false_positives(RowMath *m) {
    confusion_add(m, confusion_passed(m), true, false);
}

static void true_negatives(RowMath *m) {
    confusion_add(m, confusion_passed(m), false, false);
}

static void false_negatives(RowMath *m) {
    confusion_add(m, confusion_passed(m), false, true);
}

#define COUNT(class_, name_, settings_)                                                            \
    {.object = {class_, #name_, {0}, args, sizeof(ConfusionArgs), &all},                           \
     .math = name_,                                                                                \
     METRIC_RESULT(cnn_result_count),                                                              \
     .settings = settings_,                                                                        \
     .figures = confusion_figures,                                                                 \
     .refuse = confusion_refuse}
const MetricClass metric_true_positives =
    COUNT("TruePositives", true_positives, confusion_settings);
const MetricClass metric_false_positives =
    COUNT("FalsePositives", false_positives, confusion_settings);
const MetricClass metric_true_negatives =
    COUNT("TrueNegatives", true_negatives, confusion_below_settings);
const MetricClass metric_false_negatives =
    COUNT("FalseNegatives", false_negatives, confusion_below_settings);
