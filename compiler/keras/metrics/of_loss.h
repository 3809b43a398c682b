// SPDX-License-Identifier: MIT
// A loss in the place of a metric.
#ifndef CNNC_OF_LOSS_H
#define CNNC_OF_LOSS_H
#include "keras/metrics/metric.h"

typedef struct OfLossArgs {
    MetricArgs metric;
    const LossClass *cls;
    const void *args; // the loss's own
    bool one; // for the whole batch
} OfLossArgs;

// Of a function of samples; of a class, an object, or a function of the whole batch.
extern const MetricClass metric_of_loss, metric_of_batches;
bool is_of_loss(const Metric *metric);
bool of_loss_same(const Metric *a,
                  const Metric *b); // two of these: the same loss with the same arguments
// What is wrong with the loss as a metric, or NULL.
const char *of_loss_refuse(Arena *a, const OfLossArgs *o, const Shape *output, bool class_numbers,
                           bool function, bool weighted);
#endif
