// SPDX-License-Identifier: MIT
// Losses of how far outputs and targets overlap.
#ifndef CNNC_OVERLAP_H
#define CNNC_OVERLAP_H
#include "keras/losses/loss.h"

typedef struct OverlapArgs {
    LossArgs loss;
    double alpha, beta; // of Tversky
    const Value *axis;
} OverlapArgs;

LossRows overlap_rows(const void *args, int rank);

#define OVERLAP_ARGS(name_)                                                                        \
    LOSS_ARG_REDUCTION, LOSS_ARG_NAME(name_),                                                      \
        {"axis", ARG_VALUE, offsetof(OverlapArgs, axis), .standard = "None"}, LOSS_ARG_DTYPE, {0}
#endif
