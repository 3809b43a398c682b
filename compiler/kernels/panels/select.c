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

// Cycles a sample of panels: arithmetic, or the way of the weights, which are read once for so many samples.
static double price(const Plan *p, const Node *n, double samples) {
    const Target *t = &p->target;
    double floats = node_points(n), products = floats / (t->fmas * t->vector);
    double way = target_way(t, 4 * floats) / samples;
    return products > way ? products : way;
}

// Of tiles: rows of weights lie far apart, and what comes from memory is not there in time.
static double price_tiles(const Plan *p, const Node *n, double samples) {
    const Target *t = &p->target;
    double floats = node_points(n), way = target_way(t, 4 * floats) / samples;
    if (4 * floats <= (double)t->l3) return price(p, n, samples);
    return floats / (t->fmas * t->vector) + way;
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
    prices_add(prices, &row_plain, NULL, price_tiles(p, n, together(p, n)));
    prices_add(prices, &row_panels, NULL, price(p, n, batch) + copy);
    return prices;
}

// dw[i, j] = sum over samples of x[i] dy[j], of all samples of the batch.
static bool is_gradient(const Step *s, const Node *n) {
    const Problem *q = n->problem;
    if (!q || n->row || n->op != C_SUM || q->solve != SOLVE_K || q->space || q->group) return false;
    if (n->naxis != 3 || !q->in || !q->out || !plan_defers(s, n)) return false;
    return s->tensor[n->out[0].tensor].rank == 2 && access_axis(n, &n->out[0], 0) &&
           access_axis(n, &n->out[0], 1);
}

static Prices *weigh_dw(const Plan *p, const Node *n) {
    Prices *prices = ARENA_NEW(p->arena, Prices);
    double products = node_points(n) / (p->target.fmas * p->target.vector);
    prices_add(prices, &row_plain, NULL, 2 * products);
    prices_add(prices, &row_panels_dw, NULL, 1.25 * products);
    return prices;
}

typedef struct Kind { // of products, with the row for it
    const Variant *row;
    bool (*is)(const Step *s, const Node *n);
    Prices *(*weigh)(const Plan *p, const Node *n);
} Kind;
static const Kind kinds[] = {{&row_panels, is_product, weigh},
                             {&row_panels_dw, is_gradient, weigh_dw}};

// Nothing is copied to nearer memory where there is none.
static void choose(const Plan *p, Node *n, const Kind *of) {
    if (target_is_flat(&p->target) || !of->is(p->step, n) || !plan_allows(p, n, of->row)) return;
    bool forced = plan_forces(p, n, of->row);
    if (!forced && 4 * node_points(n) <= (double)p->target.l2) return;
    n->prices = of->weigh(p, n);
    if (n->prices->of[0].row == of->row || forced) n->row = of->row;
}

void panels_select(Plan *p) {
    const Step *s = p->step;
    for (int i = 0; i < s->nnode; i++)
        for (size_t k = 0; s->node[i]->kind == P_CONTRACT && k < sizeof kinds / sizeof *kinds; k++)
            choose(p, s->node[i], &kinds[k]);
}
