// SPDX-License-Identifier: MIT
// What the crossentropies share as metrics.
#ifndef CNNC_ENTROPY_H
#define CNNC_ENTROPY_H
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"

typedef struct EntropyArgs {
    MetricArgs metric;
    LossArgs loss;
} EntropyArgs;

// The loss's, with these arguments of its own: the metric's, or what begins with them.
void entropy_math(RowMath *m, const LossClass *loss, const LossArgs *args);
// sum y (log sum e^z - z) in steps of its own: a metric has no place for a softmax.
void entropy_of_logits(RowMath *m, Expr *y);

const char *entropy_refuse(Arena *a, const void *args, const Shape *output, bool class_numbers);

#define ENTROPY_ARG_AXIS {"axis", ARG_INT, offsetof(EntropyArgs, loss.axis), .standard = "-1"}
#define ENTROPY_ARG_FROM_LOGITS                                                                    \
    {"from_logits", ARG_BOOL, offsetof(EntropyArgs, loss.from_logits), .standard = "False"}
#define ENTROPY_ARG_LABEL_SMOOTHING                                                                \
    {"label_smoothing", ARG_FLOAT, offsetof(EntropyArgs, loss.label_smoothing),                    \
     .standard = "0",   .min = 0,  .max = 1}
#endif
