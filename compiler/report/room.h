// SPDX-License-Identifier: MIT
// The memory that a training takes, and what its tensors need of it: known before anything runs.
#ifndef CNNC_ROOM_H
#define CNNC_ROOM_H
#include "plan/plan.h"

typedef struct Room {
    int64_t batch; // samples
    int threads; // CPUs here
    int64_t one, all; // bytes of the program's network on one thread, and on all of them
    // Bytes: weights, the optimiser's states, a gradient of each weight, and for each sample of the batch what the
    // forward computes and a gradient reads.
    int64_t needs;
} Room;

// step: the training's, as the passes of the Step leave it.
Room plan_room(Arena *a, const Step *step, const Plan *train, const Plan *evaluate,
               const Plan *predict);
const char *room_text(Arena *a, const Room *r); // a line
#endif
