// SPDX-License-Identifier: MIT
// The row "pick-dw" reads each element of the pooled gradient once. Where that gradient is a MAP of
// another one (relu's mask) and nobody else reads it but the sum that is the bias's gradient, the row
// computes both on the way: the MAP's expression as it loads, the sum beside its own.
//     in: dy, X, argmax, y     expr: g = f(dy, y)     out: dW, d(bias)
//   requires: rows chosen        sets: inputs, expr and second result of such nodes; drops the others
#include "kernels/sparse/sparse.h"

static bool all_of(Span span, Span need) {
    return span.lo == need.lo && span.hi == need.hi;
}

// Does MAP m compute its result element by element from at most two tensors of floats?
static bool elementwise(const Step *s, const Node *m) {
    if (m->kind != P_MAP || m->nin < 1 || m->nin > 2 || m->naxis != 4 || !m->samples) return false;
    for (int k = 0; k <= m->nin; k++) {
        const Access *x = k < m->nin ? &m->in[k] : &m->out[0];
        const Tensor *t = &s->tensor[x->tensor];
        if (t->rank != 3 || t->type != T_F32 || !owner_per_sample(t->owner)) return false;
        if (!access_in_place(m, x)) return false;
    }
    for (int d = 0; d < 3; d++)
        if (!all_of(m->axis[1 + d].span, s->tensor[m->out[0].tensor].need[d])) return false;
    return true;
}

// The sum of all of g over samples and positions, or -1.
static int bias_sum(const Step *s, int g) {
    for (int i = 0; i < s->nnode; i++) {
        const Node *n = s->node[i];
        if (n->kind != P_CONTRACT || n->row || n->nin != 1 || n->in[0].tensor != g) continue;
        const Tensor *out = &s->tensor[n->out[0].tensor];
        if (out->owner != O_LEAF || out->rank != 1 || n->naxis != 4) continue;
        bool whole = true;
        for (int d = 0; d < 3; d++) {
            int a = access_axis(n, &n->in[0], d);
            if (!a) return -1;
            whole &= n->in[0].coef[d][a] == 1 && n->in[0].off[d] == 0;
            whole &= all_of(n->axis[a].span, s->tensor[g].need[d]) && n->axis[a].role == (d < 2);
            if (d == 2) whole &= n->out[0].coef[0][a] == 1;
        }
        if (whole) return i;
    }
    return -1;
}

// Takes the MAP after node i's gradient in, and the bias's sum; true if it did.
static bool absorb(Step *s, int i) {
    Node *n = s->node[i];
    if (s->tensor[n->in[1].tensor].dim[2] != 1)
        return false; // the row reads it once a channel of X
    int g = n->in[0].tensor, map = step_def(s, g), bias = bias_sum(s, g);
    if (map < 0 || n->nin != 3 || !elementwise(s, s->node[map])) return false;
    if (step_readers(s, g) != 1 + (bias >= 0)) return false;
    const Node m = *s->node[map];
    step_edit(s, i);
    n->in[0] = access_none(m.in[0].tensor);
    if (m.nin == 2) node_reads(n, access_none(m.in[1].tensor));
    n->expr[0] = m.expr[0];
    if (bias >= 0) {
        node_writes(n, access_none(s->node[bias]->out[0].tensor));
        step_remove(s, bias > map ? bias : map);
        step_remove(s, bias > map ? map : bias);
    } else {
        step_remove(s, map);
    }
    return true;
}

void sparse_absorb(Plan *p) {
    Step *s = p->step;
    for (int i = 0; i < s->nnode; i++) {
        if (s->node[i]->row == &row_pick_dw && absorb(s, i)) i = -1; // the list has moved
    }
}
