// SPDX-License-Identifier: MIT
// The order in which a Step becomes a plan.
#include "plan/check.h"
#include "support/limit.h"

Plan *plan_make(Arena *a, Step *s, const Target *t, const PlanOptions *o) {
    Plan *p = ARENA_NEW(a, Plan);
    *p = (Plan){.arena = a, .step = s, .target = *t, .options = *o};
    s->pass = PASS_PREPARE; // of what the plan appends
    plan_select(p);
    plan_absorb(p);
    step_gather(s);
    plan_winograd(p);
    plan_strips(p);
    plan_pack(p);
    plan_phases(p);
    plan_layout(p);
    plan_groups(p);
    plan_chains(p);
    plan_memory(p);
    plan_figures(p);
    for (int k = 0; k < p->nkernel; k++)
        if (p->kernel[k].variant->library) p->uses_blas = true;
    const char *trouble = plan_check(p);
    if (trouble) internal_error("the memory map of %s: %s", plan_mode(p), trouble);
    return p;
}
