// SPDX-License-Identifier: MIT
// The order in which a Step becomes a plan.
#include "plan/check.h"
#include "step/passes.h"
#include "step/problem.h"
#include "support/limit.h"

static void gather(Plan *p) {
    step_gather(p->step);
    step_recognise(p->step); // with other accesses
}

const PlanPass plan_passes[] = {{"select", plan_select, true},
                                {"absorb", plan_absorb, true},
                                {"gather", gather, true},
                                {"winograd", plan_winograd, true},
                                {"strips", plan_strips, true},
                                {"pack", plan_pack, true},
                                {"phases", plan_phases, true},
                                {"layout", plan_layout, false},
                                {"groups", plan_groups, false},
                                {"chains", plan_chains, false},
                                {"memory", plan_memory, false},
                                {"figures", plan_figures, false},
                                {NULL, NULL, false}};

Plan *plan_make(Arena *a, Step *s, const Target *t, const PlanOptions *o) {
    Plan *p = ARENA_NEW(a, Plan);
    *p = (Plan){.arena = a, .step = s, .target = *t, .options = *o};
    s->pass = PASS_PREPARE; // of what the plan appends
    step_recognise(s);
    for (const PlanPass *pass = plan_passes; pass->name; pass++) {
        pass->run(p);
        if (pass->rewrites) step_passed(s, pass->name);
    }
    for (int k = 0; k < p->nkernel; k++)
        if (p->kernel[k].variant->library) p->uses_blas = true;
    const char *trouble = plan_check(p);
    if (trouble) internal_error("the memory map of %s: %s", plan_mode(p), trouble);
    return p;
}
