// SPDX-License-Identifier: MIT
// An object that trains: what `cnnc emit --train` makes.
#ifndef CNNC_TRAINING_H
#define CNNC_TRAINING_H
#include "codegen/module.h"

typedef struct TrainingSizes { // bytes, but for the first
    int64_t batch, params, state, workspace, predict_workspace;
} TrainingSizes;
TrainingSizes training_sizes(const Plan *train, const Plan *predict, int64_t batch);

bool training_built(void); // has this cnnc what such objects are made with?
// info: JSON, what P_info() returns. size_symbol: see header.h.
Module *module_training(Arena *a, const ModuleOptions *o, const Plan *train, const Plan *predict,
                        int64_t batch, const char *info, const char *size_symbol);
#endif
