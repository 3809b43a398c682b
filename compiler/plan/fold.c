// SPDX-License-Identifier: MIT
// Folding at inference: an object's weights do not change, so what a program computes from them once a
// step is computed here, by the interpreter, in double, and stored in the object.
//   requires: memory map of an inference plan
#include "plan/plan.h"
#include "step/interpret.h"

// Stores a tensor's values where the plan has it.
static void store(const Tensor *t, const double *value, float *step) {
    int64_t count = interpreter_count(t);
    for (int64_t i = 0; i < count; i++) {
        int64_t to = t->offset / (int64_t)sizeof *step, rest = i;
        bool needed = true;
        for (int d = t->rank - 1; d >= 0; rest /= t->dim[d--]) {
            int64_t at = rest % t->dim[d];
            needed &= at >= t->need[d].lo && at < t->need[d].hi;
            to += (at - t->need[d].lo + t->ring[d][0]) * t->stride[d];
        }
        if (needed) step[to] = (float)value[i];
    }
}

void plan_fold(const Plan *p, const float *params, float *step) {
    const Step *s = p->step;
    Arena *a = arena_new();
    Interpreter *r = interpreter_new(a, s, 0);
    for (int i = 0; i < s->ntensor; i++) {
        const Tensor *t = &s->tensor[i];
        const float *from = params + t->offset / (int64_t)sizeof *params;
        for (int64_t k = 0; t->owner == O_MODEL && r->value[i] && k < interpreter_count(t); k++)
            r->value[i][k] = (double)from[k];
    }
    interpret(r);
    for (int i = 0; i < s->ntensor; i++)
        if (s->tensor[i].owner == O_STEP && s->tensor[i].alias < 0 && s->tensor[i].first >= 0)
            store(&s->tensor[i], r->value[i], step);
    arena_free(a);
}
