// SPDX-License-Identifier: MIT
// Metrics that count outputs that are taken, which are above a threshold and among the largest of their row, by
// whether their targets are 0.
#ifndef CNNC_CONFUSION_H
#define CNNC_CONFUSION_H
#include "keras/metrics/thresholds.h"

typedef struct ConfusionArgs {
    MetricArgs metric;
    Numbers thresholds; // none: 0.5, or with top_k none; a figure for each
    int64_t top_k; // 0: all
    double class_id; // NaN: all outputs
} ConfusionArgs;

Expr *confusion_passed(RowMath *m); // how many thresholds an output passes; of one it is taken so
// Adds how many outputs are taken, or not, with a target that is not 0, or is; of several thresholds how many pass so
// many of them.
void confusion_add(RowMath *m, Expr *passed, bool taken, bool positive);
int64_t confusion_figures(const void *args, int64_t outputs);
// Of counts of what is taken; and where the last of them are of what is not.
int confusion_settings(const void *args, int64_t outputs, double setting[MAX_RESULT_SETTINGS]);
int confusion_below_settings(const void *args, int64_t outputs,
                             double setting[MAX_RESULT_SETTINGS]);
const char *confusion_refuse(Arena *a, const void *args, const Shape *output, bool class_numbers);

#define CONFUSION_THRESHOLDS                                                                       \
    {"thresholds",       ARG_FLOATS_OPT, offsetof(ConfusionArgs, thresholds),                      \
     .standard = "None", .min = 0,       .max = 1}
#define CONFUSION_ARGS                                                                             \
    CONFUSION_THRESHOLDS,                                                                          \
        {"top_k",  ARG_INT_OPT,    offsetof(ConfusionArgs, top_k), .standard = "None",             \
         .min = 1, .max = INFINITY},                                                               \
        {"class_id",         ARG_FLOAT_OPT, offsetof(ConfusionArgs, class_id),                     \
         .standard = "None", .min = 0,      .max = 1 << 24},                                       \
        METRIC_OWN_NAME, METRIC_ARG_DTYPE, {0}
#endif
