// SPDX-License-Identifier: MIT
// What the rewrites to Winograd's points have in common: the convolutions they find, and the nodes they
// put in their place.
#include "kernels/winograd/winograd.h"
#include "plan/plan.h"
#include "step/problem.h"

bool plan_convolution(const Step *s, const Node *n, Convolution *c) {
    const Problem *q = n->row ? NULL : problem_dense_images(s, n);
    if (!q) return false;
    *c = (Convolution){.solve = q->solve,
                       .stride = q->dim[0].stride,
                       .x = *problem_access(n, q->x),
                       .k = *problem_access(n, q->k),
                       .y = *problem_access(n, q->y),
                       .in = q->in,
                       .out = q->out,
                       .ci = n->axis[q->in].span.hi,
                       .co = n->axis[q->out].span.hi,
                       .flip = q->dim[0].dilation < 0};
    Owner k = s->tensor[c->k.tensor].owner;
    bool weights = k == O_MODEL || step_of_weights(s, c->k.tensor) >= 0;
    if (c->solve == SOLVE_K ? k != O_LEAF : !weights) return false;
    for (int d = 0; d < 2; d++) {
        const ProblemDim *dim = &q->dim[d];
        if (dim->stride != c->stride || dim->dilation != (c->flip ? -1 : 1)) return false;
        Span x = access_span(n, &c->x, d), need = s->tensor[c->x.tensor].need[d];
        if (c->solve == SOLVE_X && (x.lo != need.lo || x.hi != need.hi)) return false;
        c->pos[d] = dim->place;
        c->tap[d] = dim->tap;
        c->extent[d] = axis_extent(n, dim->place);
        c->taps[d] = axis_extent(n, dim->tap);
    }
    return true;
}

int plan_max_pool(const Step *s, const Node *n) {
    bool contract = n->kind == P_CONTRACT && n->nin == 2;
    bool tiles = n->kind == P_TRANSFORM && n->op == X_OUTPUT;
    if ((!contract && !tiles) || !n->samples || n->scatter) return -1;
    const Tensor *y = &s->tensor[n->out[0].tensor];
    int reader = step_only_reader(s, n->out[0].tensor);
    int space = y->rank - 1;
    if (y->owner != O_SAMPLE || space < 1 || space > 2 || reader < 0) return -1;
    const Node *w = s->node[reader];
    if (w->kind != P_WINDOW || w->op != W_MAX) return -1;
    for (int d = 0; d < space; d++) {
        Span of = written_span(s, n, d), pool = w->axis[1 + d].span;
        if (w->in[0].coef[d][1 + d] != w->window[d] || w->in[0].off[d] != 0) return -1;
        if (of.lo != pool.lo * w->window[d] || of.hi != pool.hi * w->window[d]) return -1;
    }
    for (int d = 0; d <= space; d++)
        if (contract && n->out[0].coef[d][1 + d] != 1) return -1;
    return reader;
}

bool plan_may_stick_out(const Step *s, const Convolution *c) {
    int def = step_def(s, c->x.tensor);
    return s->tensor[c->x.tensor].owner == O_SAMPLE && def >= 0 && s->node[def]->kind != P_VIEW;
}

Node plan_point_transform(const Node *of, int op, const Variant *row, int64_t m, int64_t second,
                          int64_t stride) {
    return (Node){.kind = P_TRANSFORM,
                  .op = op,
                  .naxis = 1,
                  .samples = op != X_FILTER && op != X_FILTER_GRAD,
                  .loc = of->loc,
                  .layer = of->layer,
                  .pass = op == X_FILTER ? PASS_PREPARE : of->pass,
                  .row = row,
                  .window = {m, second, stride}};
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
