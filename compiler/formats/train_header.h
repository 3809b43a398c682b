// SPDX-License-Identifier: MIT
// The C header and the JSON text of an object that trains.
#ifndef CNNC_TRAIN_HEADER_H
#define CNNC_TRAIN_HEADER_H
#include "codegen/training.h"
#include "formats/header.h"

typedef struct TrainSize { // of an object
    TrainingSizes memory;
    int64_t code; // machine code and constants
} TrainSize;

typedef struct TrainFacts {
    HeaderFacts of;
    TrainSize size;
    const TrainSize *thawed; // what it would be if all layers were trained; NULL: they are
    int nleft_out;
    const char **left_out; // what of the script's training is not in a step
} TrainFacts;

const char *train_header_text(Arena *a, const Plan *train, const TrainFacts *f);
const char *train_header_info(Arena *a, const Plan *train, const TrainFacts *f);
#endif
