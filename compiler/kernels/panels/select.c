// SPDX-License-Identifier: MIT
// Which products go by panels: those of samples with a matrix of weights, forward and the gradient by the
// input alike, whose weights a leaf's samples would read from far memory again and again. In training such a
// product runs over units of its result, for all samples of the batch at a time; elsewhere for as many samples
// as its caller has, up to a block.
//   requires: backward, gathered        sets: Node.row, .prices
#include "kernels/panels/panels.h"
#include "plan/choices.h"
#include "step/problem.h"

// y[j] = sum over k of x[k] w[.., ..], all three without dimensions of space.
static bool is_product(const Step *s, const Node *n) {
    const Problem *q = n->problem;
    if (!q || n->row || n->op != C_SUM || q->solve != SOLVE_Y || q->space || q->group) return false;
    if (n->naxis != 3 || !q->in || !q->out || axis_extent(n, q->in) < 2) return false;
    const Tensor *x = &s->tensor[n->in[0].tensor], *y = &s->tensor[n->out[0].tensor];
    return x->rank == 1 && y->rank == 1 && s->tensor[n->in[1].tensor].rank == 2 &&
           y->owner != O_OUTPUT;
}

// Cycles a sample: arithmetic, or the way of the weights, which are read once for so many samples.
static double price(const Plan *p, const Node *n, double samples) {
    const Target *t = &p->target;
    double floats = node_points(n), products = floats / (t->fmas * t->vector);
    double way = target_way(t, 4 * floats) / samples;
    return products > way ? products : way;
}

// Samples of a leaf whose factors and results stay in the cache.
static double together(const Plan *p, const Node *n) {
    int64_t floats = 0;
    for (int a = 1; a < n->naxis; a++) floats += axis_extent(n, a);
    return plan_leaf_in_cache(p, 4 * floats);
}

static Prices *weigh(const Plan *p, const Node *n) {
    enum { COPY = 6 }; // cycles of a vector on its way to its panel, turned round
    Prices *prices = ARENA_NEW(p->arena, Prices);
    bool train = p->step->mode == STEP_TRAIN;
    double batch = train ? (double)p->step->model->fit.batch_size : plan_most_together(p);
    double copy = COPY * node_points(n) / p->target.vector / batch;
    prices_add(prices, &row_plain, NULL, price(p, n, together(p, n)));
    prices_add(prices, &row_panels, NULL, price(p, n, batch) + copy);
    return prices;
}

void panels_select(Plan *p) {
    const Step *s = p->step;
    for (int i = 0; i < s->nnode; i++) {
        Node *n = &s->node[i];
        if (n->kind != P_CONTRACT || !is_product(s, n) || !plan_allows(p, n, &row_panels)) continue;
        bool forced = plan_forces(p, n, &row_panels);
        if (!forced && 4 * node_points(n) <= (double)p->target.l2) continue;
        n->prices = weigh(p, n);
        if (n->prices->of[0].row == &row_panels || forced) n->row = &row_panels;
    }
}
