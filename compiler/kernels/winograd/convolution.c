// SPDX-License-Identifier: MIT
// What the rewrites to Winograd's points have in common: the convolutions they find, and the nodes they
// put in their place.
#include "kernels/winograd/winograd.h"
#include "plan/plan.h"

static int single_axis(const Access *x, int d, const Node *n) {
    int found = 0;
    for (int a = 1; a < n->naxis; a++)
        if (x->coef[d][a]) found = found ? -1 : a;
    return found;
}

bool plan_convolution(const Step *s, const Node *n, Convolution *c) {
    if (n->kind != P_CONTRACT || n->row || n->nin != 2 || n->scatter || !n->samples) return false;
    c->gradient = s->tensor[n->out[0].tensor].owner == O_LEAF;
    c->x = n->in[c->gradient];
    c->k = c->gradient ? n->out[0] : n->in[1];
    c->y = c->gradient ? n->in[0] : n->out[0];
    const Tensor *k = &s->tensor[c->k.tensor], *x = &s->tensor[c->x.tensor];
    const Tensor *y = &s->tensor[c->y.tensor];
    if (k->rank != 4 || x->rank != 3 || y->rank != 3) return false;
    if ((!c->gradient && k->owner != O_MODEL) || !owner_per_sample(y->owner)) return false;
    for (int d = 0; d < 2; d++) {
        c->pos[d] = single_axis(&c->y, d, n);
        c->tap[d] = single_axis(&c->k, d, n);
        if (c->pos[d] <= 0 || c->tap[d] <= 0) return false;
        int64_t step = c->x.coef[d][c->tap[d]];
        if (c->x.coef[d][c->pos[d]] != 1 || (step != 1 && step != -1)) return false;
        if (d && (step < 0) != c->flip) return false;
        c->flip = step < 0;
        c->extent[d] = axis_extent(n, c->pos[d]);
        c->taps[d] = axis_extent(n, c->tap[d]);
    }
    c->out = single_axis(&c->y, 2, n);
    c->in = single_axis(&c->x, 2, n);
    if (c->out <= 0 || c->in <= 0) return false;
    c->ci = n->axis[c->in].span.hi;
    c->co = n->axis[c->out].span.hi;
    return true;
}

int plan_max_pool(const Step *s, const Node *n) {
    bool contract = n->kind == P_CONTRACT && n->nin == 2;
    bool tiles = n->kind == P_TRANSFORM && n->op == X_OUTPUT;
    if ((!contract && !tiles) || !n->samples || n->scatter) return -1;
    const Tensor *y = &s->tensor[n->out[0].tensor];
    int reader = -1;
    if (y->owner != O_SAMPLE || y->rank != 3) return -1;
    if (step_readers(s, n->out[0].tensor, &reader) != 1) return -1;
    const Node *w = &s->node[reader];
    if (w->kind != P_WINDOW || w->op != W_MAX) return -1;
    for (int d = 0; d < 2; d++) {
        Span of = written_span(s, n, d), pool = w->axis[1 + d].span;
        if (w->in[0].coef[d][1 + d] != w->window[d] || w->in[0].off[d] != 0) return -1;
        if (of.lo != pool.lo * w->window[d] || of.hi != pool.hi * w->window[d]) return -1;
    }
    for (int d = 0; d < 3; d++)
        if (contract && n->out[0].coef[d][1 + d] != 1) return -1;
    return reader;
}

bool plan_may_stick_out(const Step *s, const Convolution *c) {
    int def = step_def(s, c->x.tensor);
    return s->tensor[c->x.tensor].owner == O_SAMPLE && def >= 0 && s->node[def].kind != P_VIEW;
}

Node plan_point_transform(const Node *of, int op, const Variant *row, int64_t m, int64_t second) {
    return (Node){.kind = P_TRANSFORM,
                  .op = op,
                  .naxis = 1,
                  .samples = op != X_FILTER && op != X_FILTER_GRAD,
                  .loc = of->loc,
                  .layer = of->layer,
                  .pass = op == X_FILTER ? PASS_PREPARE : of->pass,
                  .row = row,
                  .window = {m, second}};
}

Node plan_point_products(const Node *of) {
    return (Node){.kind = P_CONTRACT,
                  .naxis = 1,
                  .samples = true,
                  .loc = of->loc,
                  .layer = of->layer,
                  .pass = of->pass,
                  .prices = of->prices};
}

void node_passes(Node *n, Access in, Access out) {
    node_reads(n, in);
    node_writes(n, out);
}
