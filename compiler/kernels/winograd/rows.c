// SPDX-License-Identifier: MIT
// Winograd along the rows alone: a CONTRACT of a kernel of 3, 5 or 7 rows at stride 1 becomes
//   U[p][kx][i][o]  the kernel at the points, once a step (or once for all in an object)
//   V[p][strip][x][i]  strips of as many input rows as there are points, at the points
//   M[p][strip][x][o] = sum over kx and i of V[p][strip][x + kx][i] U[p][kx][i][o]     plain row
//   y               strips of m output rows from M
// It saves less than tiles on both axes, but whole rows go through the transforms, columns and channels
// as one run of lanes: it serves convolutions of few channels, and of large kernels, where rounding
// stays below that of tiles with half as many points. The gradient by the input is the same with the
// kernel turned round; the gradient by the kernel is the adjoint:
//   Y[p][strip][x][o]  strips of the gradient by y, at the points
//   dU[p][kx][i][o] = sum over samples, strips and x of V[p][strip][x + kx][i] Y[p][strip][x][o]
//   dW              from dU, once a step, after the tree of leaves
// Where a max-pool alone reads y, strips may have as many rows as its windows. M of a few windows then
// stays in registers, where y and the maximum are made of it: the CONTRACT stays, from V and U.
//   requires: backward, gathered        sets: nodes
#include "plan/choices.h"
#include "kernels/winograd/rewrite.h"
#include <math.h>

typedef struct Strips { // of node n, by c, with m rows of y each
    const Node *n;
    const Convolution *c;
    const Variant *row;
    const Node *pool; // that alone reads y, or NULL
    int m;
} Strips;

static double vectors(const Plan *p, int64_t floats) {
    return (double)floats / p->target.vector;
}

// Channels in the lanes: whole vectors, and a rest as wide as the next power of two.
static double lanes(const Plan *p, int64_t channels) {
    int v = p->target.vector;
    int64_t whole = channels / v, rest = 1;
    while (rest < channels % v) rest *= 2;
    return (double)whole + (channels % v ? (double)rest / v : 0);
}

static double direct(const Plan *p, const Convolution *c) {
    return (double)(c->extent[0] * c->extent[1] * c->taps[0] * c->taps[1] * c->ci) *
           lanes(p, c->co);
}

// Vector operations a sample: products, transforms with their loads and stores, and the way of M through
// the second-level cache where it outgrows the first. A gradient by the kernel moves its sums.
static double price(const Plan *p, const Convolution *c, int m) {
    double cache = 0.75 * (double)p->target.l1; // the input's rows have the rest
    int64_t strips = (c->extent[0] + m - 1) / m;
    double t = (double)(m + c->taps[0] - 1), count = (double)strips;
    double products = t * count * (double)(c->extent[1] * c->taps[1] * c->ci) * lanes(p, c->co);
    double in = vectors(p, (c->extent[1] + c->taps[1] - 1) * c->ci),
           out = vectors(p, c->extent[1] * c->co);
    double transforms = count * (5 * t * in + (2.5 * t + 1.5 * m) * out), moved = t * count * out;
    double sums = 1.5 * t * (double)(c->taps[1] * c->ci) * lanes(p, c->co);
    if (c->solve == SOLVE_K) return products + transforms + sums;
    return products + transforms + (moved * p->target.vector * 4 > cache ? moved : 0);
}

static bool suits(const Convolution *c) {
    return c->stride == 1 && c->solve != SOLVE_X && c->taps[0] >= 3 && c->taps[0] <= WINO_TAPS;
}

// The cheapest strips: their price, and rows in *m.
static double cheapest_strips(const Plan *p, const Strips *r, int *m) {
    const Convolution *c = r->c;
    const Choice *chosen = plan_choice(p, r->n);
    double best = INFINITY;
    if (p->step->exact_ties && c->solve == SOLVE_Y) return INFINITY;
    for (int i = 2; i <= WINO_TILE && i + c->taps[0] - 1 <= WINO_POINTS; i++) {
        if (c->extent[0] % i && !plan_may_stick_out(p->step, c)) continue;
        if (chosen && chosen->tiles[0] && chosen->tiles[0] != i) continue;
        double cost = price(p, c, i);
        if (cost >= best) continue;
        best = cost;
        *m = i;
    }
    return best;
}

int64_t strip_windows(const Plan *p, int64_t window, int64_t kernel) {
    int64_t most = p->target.accumulators / window;
    return window + kernel <= p->target.accumulators || most < 1 ? 1 : most;
}

// Strips of as many rows as the pool's windows. A tile of some windows multiplies or, where it loads the
// kernel again, is bound by loads; its way back from the points is half as long as its columns.
static double pooled_strips(const Plan *p, const Strips *r) {
    const Convolution *c = r->c;
    int64_t m = r->pool->window[0], t = m + c->taps[0] - 1, wide = r->pool->window[1];
    int64_t kernel = t * c->taps[1] * c->ci;
    bool fits = m >= 2 && t <= WINO_POINTS && t * wide <= p->target.accumulators;
    bool ties = p->step->exact_ties && (m > 2 || c->taps[0] > 3);
    if (!fits || ties || c->taps[1] > WINO_TAPS) return INFINITY; // whose products all have code
    int64_t windows = strip_windows(p, t * wide, kernel), columns = windows * wide;
    bool again = windows > 1 || t * wide + kernel > p->target.accumulators;
    double products = (double)(kernel * columns);
    double loads = (double)(t * c->ci * (columns + c->taps[1] - 1));
    if (again) loads += (double)(kernel > p->target.near ? 2 * kernel : kernel);
    double tile = (products > loads ? products : loads) + 0.5 * (double)(t * columns);
    int64_t strips = c->extent[0] / m;
    double tiles = (double)(strips * c->extent[1]) / (double)columns * lanes(p, c->co);
    double in = vectors(p, (c->extent[1] + c->taps[1] - 1) * c->ci);
    return tile * tiles + (double)(strips * t) * 5 * in;
}

// Sets the row and its strips, if any is cheaper than the direct convolution. The direct form and the products in
// registers get the pool almost free; the form without it has to read y again.
static bool choose(const Plan *p, Strips *r, const Variant *strips, const Variant *pooled,
                   Prices *prices) {
    enum { POOL = 2 };
    const int ports = p->target.fmas;
    const Convolution *c = r->c;
    bool may = plan_allows(p, r->n, strips);
    bool may_pool = r->pool && plan_allows(p, r->n, pooled);
    double plain = direct(p, c), rows = may ? cheapest_strips(p, r, &r->m) : INFINITY;
    double fused = may_pool ? pooled_strips(p, r) : INFINITY;
    if (r->pool) rows += POOL * (double)(c->extent[0] * c->extent[1]) * lanes(p, c->co);
    if (!prices->n) prices_add(prices, &row_plain, NULL, plain / ports);
    if (rows < INFINITY)
        prices_add(prices, strips, arena_printf(p->arena, "%d", r->m), rows / ports);
    if (fused < INFINITY) prices_add(prices, pooled, NULL, fused / ports);
    bool fuses = fused < rows;
    r->row = fuses ? pooled : strips;
    if (fuses) r->m = (int)r->pool->window[0];
    double price = fuses ? fused : rows;
    return price < (plan_forces(p, r->n, r->row) ? INFINITY : plain);
}

// --- nodes ---

// The MAP that adds a bias to y: which of its inputs is the bias? -1: it is none.
static int bias_of(const Step *s, const Node *map) {
    for (int k = 0; k < map->nin && map->kind == P_MAP; k++) {
        const Access *x = &map->in[k];
        const Tensor *t = &s->tensor[x->tensor];
        if (t->owner == O_MODEL && t->rank == 1 && x->coef[0][3] == 1 && x->coef[0][1] == 0 &&
            x->coef[0][2] == 0)
            return k;
    }
    return -1;
}

// Channels that do not fill vectors, and a bias that varies along them alone: it is repeated for every
// column once a step, so that the MAP runs through columns and channels as one.
static void repeat_bias(const Rewrite *r, int vector) {
    Step *s = r->s;
    const Convolution *c = r->c;
    int reader = step_only_reader(s, c->y.tensor), k;
    if (c->co % vector == 0 || reader < 0) return;
    Node map = *s->node[reader];
    if ((k = bias_of(s, &map)) < 0) return;
    Span columns = map.axis[2].span, channels = map.axis[3].span;
    int64_t dim[2] = {columns.hi - columns.lo, channels.hi};
    int bias = map.in[k].tensor;
    const char *name = arena_printf(s->arena, "%s.columns", s->tensor[bias].name);
    int copy = step_tensor(s, name, T_F32, O_STEP, 2, dim);
    s->tensor[copy].loc = s->tensor[bias].loc;
    Node view = {.kind = P_VIEW,
                 .op = V_AFFINE,
                 .naxis = 1,
                 .loc = s->tensor[bias].loc,
                 .layer = map.layer,
                 .pass = PASS_PREPARE};
    for (int d = 0; d < 2; d++) step_axis(&view, dim[d], A_OUT);
    Access from = access_none(bias), to = access_none(copy);
    from.coef[0][2] = 1;
    node_passes(&view, from, access_whole(s, copy, 1));
    to.coef[0][2] = to.coef[1][3] = 1;
    to.off[0] = -columns.lo;
    map.in[k] = to;
    step_replace(s, reader, (Node[2]){view, map}, 2);
}

// Strip by strip V lies as the products read it; those of the convolution stay where they are.
static void rewrite_pooled(const Rewrite *r, int i) {
    Step *s = r->s;
    const Convolution *c = r->c;
    int u = kernel_points(r, "points", O_STEP), v = image_points(r, c->y.tensor, "v", true);
    int *order = s->tensor[v].order;
    order[0] = 1;
    order[1] = 0;
    Node y = *r->n;
    y.row = r->row;
    y.op = C_STRIPS;
    y.in[0] = access_none(v);
    y.in[0].coef[2][c->pos[1]] = 1;
    y.in[0].off[2] = -r->n->axis[c->pos[1]].span.lo;
    y.in[1] = access_none(u);
    y.in[1].coef[3][c->out] = 1;
    Node part[3] = {kernel_transform(r, X_FILTER, u), image_transform(r, X_INPUT, v), y};
    step_replace(s, i, part, 3);
}

void winograd_strips(Plan *p) {
    Step *s = p->step;
    const Variant *row[2] = {&row_strips, &row_strips_dw};
    const Variant *pooled = &row_strips_pool;
    for (int i = 0; i < s->nnode; i++) {
        Node n = *s->node[i];
        Convolution c;
        if (!plan_convolution(s, &n, &c) || !suits(&c)) continue;
        bool gradient = c.solve == SOLVE_K;
        int pool = plan_max_pool(s, &n);
        Strips strips = {.n = &n, .c = &c, .pool = pool < 0 ? NULL : s->node[pool]};
        Prices *prices = ARENA_NEW(p->arena, Prices);
        if (n.prices) *prices = *n.prices;
        n.prices = s->node[i]->prices = prices;
        if (!choose(p, &strips, row[gradient], pooled, prices)) continue;
        Rewrite r = {.s = s, .n = &n, .c = &c, .row = strips.row, .axes = 1, .m = {strips.m}};
        rewrite_measure(&r);
        bool fuses = r.row == pooled;
        (gradient ? rewrite_gradient : fuses ? rewrite_pooled : rewrite_forward)(&r, i);
        if (!gradient && !fuses) repeat_bias(&r, p->target.vector);
    }
}
