// SPDX-License-Identifier: MIT
#include "step/passes.h"
#include "step/check.h"
#include "support/limit.h"

const StepPass step_passes[] = {
    {"scale", step_scale, STEP_OBJECT}, {"rewrite", step_rewrite, STEP_ALWAYS},
    {"trim", step_trim, STEP_ALWAYS},   {"grad", step_grad, STEP_TRAINING},
    {"fuse", step_fuse, STEP_TRAINING}, {"update", step_update, STEP_TRAINING},
    {NULL, NULL, STEP_ALWAYS}};

Step *step_make(Arena *a, const Model *m, StepMode mode, const StepOptions *o) {
    Step *s = step_build(a, m, mode);
    s->exact_ties = o->exact_ties;
    s->watch = o->watch;
    step_passed(s, STEP_BUILD);
    for (const StepPass *p = step_passes; p->name; p++) {
        if (p->when == STEP_TRAINING && mode != STEP_TRAIN) continue;
        if (p->when == STEP_OBJECT && !o->object) continue;
        p->run(s);
        step_passed(s, p->name);
    }
    return s;
}

void step_passed(const Step *s, const char *pass) {
    const char *wrong = step_check(s->arena, s);
    if (wrong) internal_error("after %s: %s", pass, wrong);
    if (s->watch) s->watch->after(s->watch, s, pass);
}
