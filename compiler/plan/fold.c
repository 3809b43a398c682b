// SPDX-License-Identifier: MIT
// Folding at inference: an object's weights do not change, so what a program computes from them once a
// step is computed here, in double, and stored in the object.
//   requires: memory map of an inference plan
#include "plan/plan.h"
#include "step/interpret.h"
#include <assert.h>
#include <math.h>

int64_t nest_offset(const Operand *o, const int64_t at[MAX_AXIS], int naxis) {
    int64_t i = o->base;
    for (int a = 1; a < naxis; a++) i += at[a] * o->stride[a];
    return i;
}

bool nest_next(int64_t at[MAX_AXIS], const Nest *n, int naxis) {
    for (int a = naxis - 1; a >= 1; a--) {
        if (++at[a] < n->extent[a]) return true;
        at[a] = 0;
    }
    return false;
}

// A MAP of weights, element by element.
static void map(const Nest *n, const Plan *p, const float *params, float *step) {
    const Stage *st = &n->stage[0];
    Interpreter by = {.margin = INFINITY};
    int64_t at[MAX_AXIS] = {0};
    do {
        double in[MAX_IN];
        for (int k = 0; k < st->nin; k++) {
            const Operand *o = &n->op[st->in[k]];
            const Tensor *t = &p->step->tensor[o->tensor];
            assert(t->owner == O_MODEL);
            in[k] = (double)params[t->offset / 4 + nest_offset(o, at, n->naxis)];
        }
        const Operand *to = &n->op[st->out];
        step[p->step->tensor[to->tensor].offset / 4 + nest_offset(to, at, n->naxis)] =
            (float)interpret_expr(&by, st->expr, in);
    } while (nest_next(at, n, n->naxis));
}

static void copy(const Nest *n, const float *from, float *to) {
    int64_t at[MAX_AXIS] = {0};
    do to[nest_offset(&n->op[1], at, n->naxis)] = from[nest_offset(&n->op[0], at, n->naxis)];
    while (nest_next(at, n, n->naxis));
}

void plan_fold(const Plan *p, const float *params, float *step) {
    const Step *s = p->step;
    for (int i = 0; i < p->nkernel; i++) {
        const Kernel *k = &p->kernel[i];
        if (kernel_by_leaf(p, k)) continue;
        if (s->node[k->node[0]].kind == P_MAP) {
            map(&k->nest, p, params, step);
            continue;
        }
        const Tensor *in = &s->tensor[k->nest.op[0].tensor],
                     *out = &s->tensor[k->nest.op[1].tensor];
        const float *from = params + in->offset / 4;
        float *to = step + out->offset / 4;
        assert(in->owner == O_MODEL && out->owner == O_STEP);
        if (s->node[k->node[0]].row)
            k->variant->family->fold(p, k, from, to);
        else
            copy(&k->nest, from, to);
    }
}
