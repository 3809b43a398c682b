// SPDX-License-Identifier: MIT
// A gradient by a convolution's input is born scattering: dx[y + k] += dy[y] w[k]. Where the step in
// y is 1 it can gather instead: with i = y + k, dx[i] = sum over k of dy[i - k] w[k], reading zeros
// outside dy, which the plan stores as a ring. Each element is then written once. What scatters still, and
// reaches beyond x, gets a wider tensor, of which a view takes the part that is x's.
//   requires: backward        sets: accesses and spans of scattering CONTRACTs, views behind them
#include "step/step.h"

// The axis of out dimension d that can be replaced: step 1, and read only through tensors that can
// have a ring (per sample, not a weight).
static int replaceable(const Step *s, const Node *n, int d) {
    for (int a = 1; a < n->naxis; a++) {
        if (n->out[0].coef[d][a] != 1) continue;
        bool ok = true;
        for (int k = 0; k < n->nin; k++)
            for (int e = 0; e < MAX_RANK; e++)
                if (n->in[k].coef[e][a] && s->tensor[n->in[k].tensor].owner != O_SAMPLE) ok = false;
        for (int e = 0; e < MAX_RANK; e++)
            if (e != d && n->out[0].coef[e][a]) ok = false;
        if (ok) return a;
    }
    return -1;
}

static bool filled(const Step *s, const Node *n, int d) {
    return access_fills(n, &n->out[0], d, s->tensor[n->out[0].tensor].need[d]);
}

// Does the result have all of what is needed along d, index by index? Else it must be cleared first.
static bool covers(const Step *s, const Node *n, int d) {
    const Access *x = &n->out[0];
    const Tensor *t = &s->tensor[x->tensor];
    if (d >= t->rank || filled(s, n, d)) return true;
    for (int a = 1; a < n->naxis; a++)
        if (x->coef[d][a] != 0 && x->coef[d][a] != 1) return false;
    return span_within(t->need[d], access_span(n, x, d));
}

// Axis a of dimension d becomes i with a = i - (the rest of out's index).
static void replace(const Step *s, Node *n, int d, int a) {
    Access out = n->out[0];
    for (int k = 0; k < n->nin; k++)
        for (int e = 0; e < MAX_RANK; e++) {
            int64_t c = n->in[k].coef[e][a];
            if (!c) continue;
            n->in[k].off[e] -= c * out.off[d];
            for (int b = 1; b < n->naxis; b++)
                if (b != a) n->in[k].coef[e][b] -= c * out.coef[d][b];
        }
    for (int b = 1; b < n->naxis; b++) n->out[0].coef[d][b] = b == a;
    n->out[0].off[d] = 0;
    n->axis[a].span = s->tensor[n->out[0].tensor].need[d];
}

// Does it add at indices outside of what is needed?
static bool reaches_outside(const Step *s, const Node *n) {
    const Tensor *t = &s->tensor[n->out[0].tensor];
    for (int d = 0; d < t->rank; d++) {
        Span at = access_span(n, &n->out[0], d);
        if (at.lo < t->need[d].lo || at.hi > t->need[d].hi) return true;
    }
    return false;
}

// Node i writes all of its indices, the view behind it takes those of x.
static void widen(Step *s, int i) {
    Node part[2] = {*s->node[i], {.kind = P_VIEW, .op = V_AFFINE, .naxis = 1, .samples = true}};
    Node *n = &part[0], *view = &part[1];
    int x = n->out[0].tensor, rank = s->tensor[x].rank;
    int64_t dim[MAX_RANK];
    Access from = access_none(0);
    for (int d = 0; d < rank; d++) {
        Span at = access_span(n, &n->out[0], d), need = s->tensor[x].need[d];
        dim[d] = at.hi - at.lo;
        n->out[0].off[d] -= at.lo;
        from.coef[d][1 + d] = 1;
        from.off[d] = -at.lo;
        view->axis[step_axis(view, s->tensor[x].dim[d], A_OUT)].span = need;
    }
    const char *name = arena_printf(s->arena, "%s.wide", s->tensor[x].name);
    int wide = from.tensor = step_tensor(s, name, T_F32, O_SAMPLE, rank, dim);
    s->tensor[wide].loc = view->loc = s->tensor[x].loc;
    view->layer = n->layer;
    view->pass = n->pass;
    node_reads(view, from);
    node_writes(view, access_whole(s, x, 1));
    n->out[0].tensor = wide;
    step_replace(s, i, part, 2);
}

void step_gather(Step *s) {
    for (int i = 0; i < s->nnode; i++) {
        Node *n = s->node[i];
        if (n->kind != P_CONTRACT || !n->scatter || n->row) continue;
        int axis[MAX_RANK];
        bool all = true;
        for (int d = 0; d < MAX_RANK; d++) {
            bool several = access_axes(n, &n->out[0], d) > 1 && !filled(s, n, d);
            axis[d] = several ? replaceable(s, n, d) : 0;
            if (axis[d] < 0 || (axis[d] == 0 && !covers(s, n, d))) all = false;
        }
        if (!all) continue;
        for (int d = 0; d < MAX_RANK; d++)
            if (axis[d] > 0) replace(s, n, d, axis[d]);
        for (int a = 1; a < n->naxis; a++)
            n->axis[a].role = access_runs(&n->out[0], a) ? A_OUT : A_SUM;
        n->scatter = false;
    }
    for (int i = 0; i < s->nnode; i++) {
        const Node *n = s->node[i];
        if (n->kind == P_CONTRACT && n->scatter && !n->row && reaches_outside(s, n)) widen(s, i);
    }
}
