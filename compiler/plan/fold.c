// SPDX-License-Identifier: MIT
// Folding at inference: an object's weights do not change, so what a program computes from them once a
// step is computed here, in double, and stored in the object.
//   requires: memory map of an inference plan
#include "plan/plan.h"
#include "kernels/winograd/winograd.h"
#include "step/interpret.h"
#include <assert.h>
#include <math.h>

static int64_t offset(const Operand *o, const int64_t at[MAX_AXIS], int naxis) {
    int64_t i = o->base;
    for (int a = 1; a < naxis; a++) i += at[a] * o->stride[a];
    return i;
}

// The next index of axes [1, naxis); false after the last.
static bool next(int64_t at[MAX_AXIS], const Nest *n, int naxis) {
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
            in[k] = (double)params[t->offset / 4 + offset(o, at, n->naxis)];
        }
        const Operand *to = &n->op[st->out];
        step[p->step->tensor[to->tensor].offset / 4 + offset(to, at, n->naxis)] =
            (float)interpret_expr(&by, st->expr, in);
    } while (next(at, n, n->naxis));
}

static void copy(const Nest *n, const float *from, float *to) {
    int64_t at[MAX_AXIS] = {0};
    do to[offset(&n->op[1], at, n->naxis)] = from[offset(&n->op[0], at, n->naxis)];
    while (next(at, n, n->naxis));
}

// U[p] = sum over taps of G[py][kh] G[px][kw] k[kh, kw], or of G[p][kh] k[kh] where only the rows are
// transformed: the taps are the axes that are summed.
static void filter(const Plan *p, const Kernel *k, const float *from, float *to) {
    const Node *node = &p->step->node[k->node[0]];
    const Nest *n = &k->nest;
    int first = n->naxis; // of the taps
    while (n->role[first - 1] == A_SUM) first--;
    bool both = n->naxis - first == 2;
    int64_t taps = n->extent[first];
    Winograd wy = winograd((int)node->window[0], (int)taps);
    Winograd wx = both ? winograd((int)node->window[1], (int)taps) : (Winograd){.t = 1, .r = 1};
    if (!both) wx.G[0][0] = 1;
    int64_t point = p->step->tensor[n->op[1].tensor].stride[0], at[MAX_AXIS] = {0};
    do {
        for (int q = 0; q < wy.t * wx.t; q++) {
            double sum = 0;
            for (int tap = 0; tap < wy.r * wx.r; tap++) {
                at[first] = tap / wx.r;
                if (both) at[first + 1] = tap % wx.r;
                sum += wy.G[q / wx.t][tap / wx.r] * wx.G[q % wx.t][tap % wx.r] *
                       (double)from[offset(&n->op[0], at, n->naxis)];
            }
            at[first] = at[first + 1] = 0;
            to[offset(&n->op[1], at, first) + q * point] = (float)sum;
        }
    } while (next(at, n, first));
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
        if (s->node[k->node[0]].kind == P_TRANSFORM)
            filter(p, k, from, to);
        else
            copy(&k->nest, from, to);
    }
}
