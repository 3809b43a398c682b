// SPDX-License-Identifier: MIT
// Metrics that count outputs above a threshold by whether their targets are 0.
#ifndef CNNC_CONFUSION_H
#define CNNC_CONFUSION_H
#include "keras/metrics/metric.h"

typedef struct ConfusionArgs {
    MetricArgs metric;
    double threshold;
    double class_id; // NaN: all outputs
} ConfusionArgs;

// Adds how many outputs are above the threshold, or not, with a target that is not 0, or is.
void confusion_add(RowMath *m, bool above, bool positive);
const char *confusion_refuse(Arena *a, const void *args, int64_t outputs);

#define CONFUSION_THRESHOLDS                                                                       \
    {"thresholds",       ARG_FLOAT_OPT, offsetof(ConfusionArgs, threshold),                        \
     .standard = "None", .min = 0,      .max = 1}
#define CONFUSION_ARGS                                                                             \
    CONFUSION_THRESHOLDS, ARG_UNSUPPORTED("top_k", "None"),                                        \
        {"class_id",         ARG_FLOAT_OPT, offsetof(ConfusionArgs, class_id),                     \
         .standard = "None", .min = 0,      .max = 1 << 24},                                       \
        METRIC_OWN_NAME, ARG_UNSUPPORTED("dtype", "None"), {0}
#endif
