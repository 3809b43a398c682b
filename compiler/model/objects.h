// SPDX-License-Identifier: MIT
// The argument structs of losses and metrics; an initialiser's is Init.
#ifndef CNNC_OBJECTS_H
#define CNNC_OBJECTS_H
#include <stdbool.h>

typedef struct LossArgs {
    bool from_logits;
    double label_smoothing;
} LossArgs;
typedef struct MetricArgs {
    const char *name;
} MetricArgs;
#endif
