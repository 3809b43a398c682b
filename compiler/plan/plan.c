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

static const PlanPass gathers[] = {{"gather", gather, true}, {NULL, NULL, false}};
static const PlanPass plans[] = {
    {"pack", plan_pack, true},      {"phases", plan_phases, true},  {"layout", plan_layout, false},
    {"groups", plan_groups, false}, {"leaves", plan_leaves, false}, {"chains", plan_chains, false},
    {"teams", plan_teams, false},   {"memory", plan_memory, false}, {NULL, NULL, false}};

static int append(PlanPass to[MAX_PASSES], int n, const PlanPass *pass) {
    for (; pass && pass->name; pass++) to[ROOM(n++, MAX_PASSES, "passes of a plan")] = *pass;
    return n;
}

int plan_passes(PlanPass to[MAX_PASSES]) {
    int n = 0;
    for (const Family *const *f = families; *f; f++) n = append(to, n, (*f)->scattering);
    n = append(to, n, gathers);
    for (const Family *const *f = families; *f; f++) n = append(to, n, (*f)->gathered);
    return append(to, n, plans);
}

Plan *plan_make(Arena *a, Step *s, const Target *t, const PlanOptions *o) {
    Plan *p = ARENA_NEW(a, Plan);
    *p = (Plan){.arena = a, .step = s, .target = *t, .options = *o, .leaf = CNN_LEAF};
    if (o->small) target_keep_small(&p->target);
    s->pass = PASS_PREPARE; // of what the plan appends
    step_recognise(s);
    PlanPass pass[MAX_PASSES];
    for (int i = 0, n = plan_passes(pass); i < n; i++) {
        pass[i].run(p);
        if (pass[i].rewrites) step_passed(s, pass[i].name);
    }
    for (int k = 0; k < p->nkernel; k++)
        if (p->kernel[k].variant->library) p->uses_blas = true;
    const char *trouble = plan_check(p);
    if (trouble) internal_error("the memory map of %s: %s", plan_mode(p), trouble);
    return p;
}
