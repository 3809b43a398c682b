// SPDX-License-Identifier: MIT
// The passes that make a Step, by name, and who is told of what each of them leaves.
#ifndef CNNC_STEP_PASSES_H
#define CNNC_STEP_PASSES_H
#include "step/step.h"

typedef struct StepPass {
    const char *name;
    void (*run)(Step *s);
    enum {
        STEP_ALWAYS,
        STEP_TRAINING,
        STEP_OBJECT
    } when; // OBJECT: for an emitted object's prediction
} StepPass;
extern const StepPass step_passes[]; // after step_build, in this order; ended by a NULL name
#define STEP_BUILD "build" // the name of step_build

typedef struct StepOptions {
    bool exact_ties; // see Step
    bool object; // a prediction whose weights are known when its code is made
    const StepWatch *watch; // or NULL
} StepOptions;

Step *step_make(Arena *a, const Model *m, StepMode mode, const StepOptions *o);

// To be called after every pass, the plan's as well: checks what the pass left, which ends the process
// with an internal error where it is not well formed, and tells the Step's watch.
void step_passed(const Step *s, const char *pass);
#endif
