// SPDX-License-Identifier: MIT
#ifndef CNNC_SHARED_H
#define CNNC_SHARED_H
#include "plan/plan.h"

typedef struct SharedSum { // see CnnSum of runtime/abi.h
    bool in_step; // in the step block, else in the leaf's
    int64_t at; // byte
    int64_t doubles, floats;
} SharedSum;
SharedSum *plan_shared(const Plan *p, const PhasePlan *phase, int *n);
#endif
