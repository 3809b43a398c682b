// SPDX-License-Identifier: MIT
// Demand: from the outputs backwards, every tensor learns which part of it is ever read, and every
// axis is narrowed to what produces that part. A 3x3 convolution to 11x11 after which a 2x2 pool
// reads 10x10 computes 10x10, and reads 12x12 of its 13x13 input.
//   requires: forward (before step_grad, so that gradients are born trimmed)
//   sets: Tensor.need, Axis.span
#include "step/step.h"

static void demand(Tensor *t, int d, Span p) {
    if (p.lo < 0) p.lo = 0;
    if (p.hi > t->dim[d]) p.hi = t->dim[d];
    Span *need = &t->need[d];
    if (p.lo >= p.hi) return; // zeros around it
    if (need->lo == need->hi) *need = p;
    if (p.lo < need->lo) need->lo = p.lo;
    if (p.hi > need->hi) need->hi = p.hi;
}

static void demand_whole(Tensor *t) {
    for (int d = 0; d < t->rank; d++) t->need[d] = (Span){0, t->dim[d]};
}

static bool whole_only(const Node *n) { // primitives that mix or number all elements of a sample
    return n->kind == P_REDUCE || n->kind == P_LOSS || n->kind == P_MASK || n->kind == P_TABLE ||
           n->kind == P_WARP || (n->kind == P_VIEW && n->op == V_RESHAPE);
}

// Axes give way where an index is theirs alone; what several of them make together is made as it is: a
// channel's filters lie beside those of the next one.
static void narrow(Step *s, Node *n) {
    for (int k = 0; k < n->nout; k++) {
        Tensor *t = &s->tensor[n->out[k].tensor];
        for (int d = 0; d < t->rank; d++) // what nobody reads is made for one index
            if (t->need[d].lo == t->need[d].hi) t->need[d] = (Span){0, 1};
        for (int d = 0; d < t->rank; d++) {
            int a = access_axis(n, &n->out[k], d);
            if (a && n->out[k].coef[d][a] == 1)
                n->axis[a].span = t->need[d];
            else
                demand(t, d, access_span(n, &n->out[k], d));
        }
    }
}

void step_trim(Step *s) {
    for (int i = 0; i < s->ntensor; i++)
        for (int d = 0; d < s->tensor[i].rank; d++) s->tensor[i].need[d] = (Span){0, 0};
    for (int i = 0; i < s->ntensor; i++) {
        Tensor *t = &s->tensor[i];
        if (owner_external(t->owner) || t->owner == O_MODEL) demand_whole(t);
    }
    for (int i = s->nnode - 1; i >= 0; i--) {
        Node *n = s->node[i];
        if (whole_only(n)) {
            for (int k = 0; k < n->nin; k++) demand_whole(&s->tensor[n->in[k].tensor]);
            for (int k = 0; k < n->nout; k++) demand_whole(&s->tensor[n->out[k].tensor]);
            continue;
        }
        narrow(s, n);
        for (int k = 0; k < n->nin; k++) {
            Tensor *t = &s->tensor[n->in[k].tensor];
            for (int d = 0; d < t->rank; d++) demand(t, d, access_span(n, &n->in[k], d));
        }
    }
}
