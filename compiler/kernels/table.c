// SPDX-License-Identifier: MIT
// The table of variants: who can carry which group, at what price. A new way to compute something is
// a new row here and a file in its family's folder. The order is only that of --kernels=help; the cheapest wins.
#include "plan/plan.h"
#include "kernels/kernels.h"
#include "kernels/sparse/sparse.h"
#include "kernels/winograd/winograd.h"
#include "step/problem.h"
#include "support/limit.h"
#include <string.h>

const Variant *variant_find(const char *name) {
    for (const Variant *v = variants; v->name; v++)
        if (!strcmp(v->name, name)) return v;
    return NULL;
}

static bool joins_maps(const Node *n) {
    return n->kind == P_CONTRACT || n->kind == P_MAP ||
           (n->kind == P_WINDOW && (n->op == W_MAX || n->op == W_AVG));
}

// A MAP on accumulators is emitted once for each of them: what takes more than a few instructions
// (tanh, exp) is left to a kernel of its own, which is short and reads from the nearest cache.
static bool worth_joining(const Step *s, const Kernel *k, const Node *map) {
    enum { FEW = 8 };
    return s->node[k->node[0]].kind == P_MAP || expr_flops(map->expr[0]) <= FEW;
}

static void take(Kernel *k, int node) {
    k->node[ROOM(k->nnode++, MAX_GROUP, "nodes of a kernel")] = node;
}

// The first node behind `after` that reads the group's result and may join it, or -1.
static int joining(const Plan *p, const Kernel *k, int after) {
    const Step *s = p->step;
    int n;
    const int *reader = step_reading(s, s->node[k->node[k->nnode - 1]].out[0].tensor, &n);
    for (int i = 0; i < n; i++)
        if (reader[i] > after && follows(p, k, reader[i]) &&
            worth_joining(s, k, &s->node[reader[i]]))
            return reader[i];
    return -1;
}

static void join_maps(const Plan *p, int root, Kernel *k) {
    for (int j = root; k->nnode < MAX_STAGE - 1 && (j = joining(p, k, j)) >= 0;) take(k, j);
}

// The root and the MAPs behind it that can be computed while its values are in registers.
static bool match_plain(const Plan *p, int root, Kernel *k) {
    const Step *s = p->step;
    if (joins_maps(&s->node[root]) && s->node[root].samples) join_maps(p, root, k);
    return true;
}

static double cost_plain(const Plan *p, const Kernel *k) {
    (void)p;
    return k->tile.lane || k->tile.cycles ? k->tile.cycles : k->flops;
}

// The max-pool behind a root that runs in its phase and whose windows fit into registers, or -1.
static int pool_behind(const Plan *p, int root) {
    int pool = plan_max_pool(p->step, &p->step->node[root]);
    if (pool < 0 || p->phase_of[pool] != p->phase_of[root]) return -1;
    return step_positions(&p->step->node[pool]) <= p->target.accumulators ? pool : -1;
}

// A max-pool and the MAPs behind it.
static void join_pool(const Plan *p, int pool, Kernel *k) {
    take(k, pool);
    join_maps(p, pool, k);
}

static bool match_conv_pool(const Plan *p, int root, Kernel *k) {
    int pool = pool_behind(p, root);
    if (pool < 0) return false;
    join_pool(p, pool, k);
    return true;
}

// What the pool on its own would store and load again is saved.
static double cost_conv_pool(const Plan *p, const Kernel *k) {
    double elements = 1;
    for (int a = 1; a <= k->nest.pools + 1; a++) elements *= (double)k->nest.extent[a];
    return k->tile.cycles - 3 * elements / p->target.vector;
}

// Dense (one row of outputs a sample) with what follows it up to the loss.
static bool match_dense_loss(const Plan *p, int root, Kernel *k) {
    const Step *s = p->step;
    const Node *n = &s->node[root];
    if (n->kind != P_CONTRACT || !n->nout || s->tensor[n->out[0].tensor].rank != 1) return false;
    match_plain(p, root, k);
    int last = s->node[k->node[k->nnode - 1]].out[0].tensor, readers;
    const int *reader = step_reading(s, last, &readers);
    for (int i = 0; i < readers; i++) {
        const Node *r = &s->node[reader[i]]; // with a third input, that is yet to come
        if (reader[i] <= root || r->kind != P_LOSS || r->in[0].tensor != last || r->nin != 2 ||
            p->phase_of[reader[i]] != k->phase)
            continue;
        take(k, reader[i]);
        return true;
    }
    return false;
}

static double cost_dense_loss(const Plan *p, const Kernel *k) {
    return cost_plain(p, k) - 1; // one call less than dense and loss on their own
}

// A matrix product: output [n, N] or, for a deferred gradient, [K, N].
static bool match_blas(const Plan *p, int root, Kernel *k) {
    const Step *s = p->step;
    const Node *n = &s->node[root];
    if (p->options.object || p->options.blas == PLAN_BLAS_NEVER) return false;
    if (n->kind != P_CONTRACT || n->nin != 2 || !n->samples || n->scatter) return false;
    if (n->problem && n->problem->group) return false;
    const Tensor *out = &s->tensor[n->out[0].tensor], *w = &s->tensor[n->in[1].tensor];
    bool gradient = out->owner == O_STEP && out->rank == 2 && n->naxis == 3;
    bool forward = out->rank == 1 && n->naxis == 3 && owner_per_sample(out->owner) &&
                   (w->owner == O_MODEL || w->owner == O_STEP) && w->rank == 2 &&
                   n->in[1].coef[1][n->out[0].coef[0][1] ? 1 : 2]; // not transposed
    (void)k;
    int64_t limit = INT32_MAX; // sgemm counts in 32 bits
    for (int a = 1; a < n->naxis; a++)
        if (n->axis[a].span.hi > limit) return false;
    return gradient || forward;
}

// Measured for gradients of 2 and 4 million weights (docs/how-it-works.md): 1.1 and 0.95 times as fast
// as plain, slower for all else. That is no reason to link a library: it is taken where it is asked for.
static double cost_blas(const Plan *p, const Kernel *k) {
    return p->options.blas == PLAN_BLAS_ALWAYS ? 0 : 1.1 * k->tile.cycles;
}

// What dropout leaves of gradient t.
static double kept(const Step *s, int t) {
    double share = 1;
    for (int def; (def = step_def(s, t)) >= 0; t = s->node[def].in[0].tensor) {
        const Node *n = &s->node[def];
        if (n->kind != P_MAP && n->kind != P_VIEW) break;
        for (int i = 1; i < n->nin; i++) {
            int mask = step_def(s, n->in[i].tensor);
            if (mask >= 0 && s->node[mask].kind == P_MASK) share *= 1 - s->node[mask].rate;
        }
    }
    return share;
}

// Sparse gradients: an entry costs its FMAs and some 5 cycles of list walking.
static double entries(const Plan *p, const Kernel *k) {
    const Tensor *dy = &p->step->tensor[p->step->node[k->node[0]].in[0].tensor];
    double n = SPARSE_SHARE * kept(p->step, p->step->node[k->node[0]].in[0].tensor);
    for (int d = 0; d < dy->rank; d++) n *= (double)(dy->need[d].hi - dy->need[d].lo);
    return n;
}

static double flops_behind(const Plan *p, const Kernel *k) { // of what follows the root
    double flops = 0;
    for (int i = 1; i < k->nnode; i++) {
        const Node *n = &p->step->node[k->node[i]];
        flops += node_flops(n, node_points(n));
    }
    return flops;
}

// dX with the MAPs behind it, where they alone read it and its patches are done with one by one.
static bool match_sparse(const Plan *p, int root, Kernel *k) {
    const Node *n = &p->step->node[root];
    bool input = p->step->tensor[n->out[0].tensor].owner == O_SAMPLE;
    const Tensor *w = &p->step->tensor[input ? n->in[1].tensor : n->out[0].tensor];
    double products = entries(p, k) * 2;
    for (int d = 0; d < w->rank; d++) products *= d == (input ? 1 : 3) ? 1 : (double)w->dim[d];
    k->flops = products;
    bool alone = input && step_readers(p->step, n->out[0].tensor, NULL) == 1;
    if (alone && plan_patches_cover(p, n)) join_maps(p, root, k);
    k->flops += flops_behind(p, k);
    return true;
}

static double cost_sparse(const Plan *p, const Kernel *k) {
    return k->flops / (2 * p->target.fmas * p->target.vector) + 5 * entries(p, k);
}

static bool match_pick(const Plan *p, int root, Kernel *k) {
    const Node *n = &p->step->node[root];
    const Tensor *g = &p->step->tensor[n->in[0].tensor], *w = &p->step->tensor[n->out[0].tensor];
    k->flops = (double)(g->need[0].hi * g->need[1].hi * (n->window[0] * n->window[1] + 1));
    for (int d = 0; d < 4; d++) k->flops *= (double)w->dim[d];
    return true;
}

static double transform_flops(const Plan *p, const Kernel *k, double an_element) {
    return an_element * node_points(&p->step->node[k->node[0]]) + flops_behind(p, k);
}

// Tiles that a window has a part of are computed together: are there few enough?
static bool tiles_hold(const Node *tile, const Node *pool) {
    int64_t points = 1;
    for (int d = 0; d < 2; d++)
        points *= (tile->window[d] + 2) * tiles_a_window(tile->window[d], pool->window[d]);
    return points <= WINO_TOGETHER;
}

// The output's transform, with the pool and the MAPs behind it.
static bool match_winograd(const Plan *p, int root, Kernel *k) {
    const Node *n = &p->step->node[root];
    int pool = n->op == X_OUTPUT ? pool_behind(p, root) : -1;
    if (pool >= 0 && tiles_hold(n, &p->step->node[pool]))
        join_pool(p, pool, k);
    else if (n->op == X_OUTPUT)
        join_maps(p, root, k);
    k->flops = transform_flops(p, k, 10);
    return true;
}

static double cost_products(const Plan *p, const Kernel *k) {
    return k->flops / (2 * p->target.fmas * p->target.vector);
}

// Can a MAP run through columns and channels as one? What varies along the channels varies along both.
static bool runs_on(const Step *s, const Node *map) {
    for (int i = 0; i < map->nin; i++) {
        bool along[2] = {false, false};
        for (int d = 0; d < s->tensor[map->in[i].tensor].rank; d++)
            for (int a = 0; a < 2; a++) along[a] |= map->in[i].coef[d][2 + a] != 0;
        if (along[0] != along[1]) return false;
    }
    return true;
}

// The output of strips, with the MAPs behind it; where channels do not fill vectors, one that would end the
// run stays outside.
static bool match_strips(const Plan *p, int root, Kernel *k) {
    const Node *n = &p->step->node[root];
    if (n->op == X_OUTPUT) join_maps(p, root, k);
    bool fill = n->axis[3].span.hi % p->target.vector == 0;
    for (int i = 1; i < k->nnode && !fill; i++)
        if (!runs_on(p->step, &p->step->node[k->node[i]])) k->nnode = i;
    k->flops = transform_flops(p, k, 5);
    return true;
}

// The products of strips at the points, their way back and the max-pool; or, at first, the kernel's way.
static bool match_strips_pool(const Plan *p, int root, Kernel *k) {
    const Step *s = p->step;
    const Node *n = &s->node[root];
    if (n->kind == P_TRANSFORM) return match_strips(p, root, k);
    join_pool(p, plan_max_pool(s, n), k);
    const int64_t *window = s->node[k->node[1]].window;
    const Tensor *v = &s->tensor[n->in[0].tensor], *u = &s->tensor[n->in[1].tensor];
    int64_t points = v->dim[0], held = points * u->dim[1] * u->dim[2];
    k->tile.vectors = 1;
    k->tile.rows[0] = window[0];
    k->tile.rows[1] = window[1] * plan_strip_windows(p, points * window[1], held);
    double rows = (double)points / (double)window[0], taps = (double)(points - window[0] + 1);
    for (int i = 0; i < k->nnode; i++) {
        const Node *m = &s->node[k->node[i]];
        k->flops += node_flops(m, node_points(m)) * (i ? 1 : rows / taps);
    }
    return true;
}

static double cost_winograd(const Plan *p, const Kernel *k) {
    return k->flops / (p->target.fmas * p->target.vector);
}

static double cost_strips_pool(const Plan *p, const Kernel *k) {
    return (k->nnode > 1 ? cost_products : cost_winograd)(p, k);
}

const Variant variants[] = {
    {"plain", "any affine nest", NULL, false, match_plain, cost_plain, emit_plain},
    {"conv-pool", "no tensor between convolution and pool", NULL, false, match_conv_pool,
     cost_conv_pool, emit_plain},
    {"dense-loss", "the logits stay in the cache", NULL, false, match_dense_loss, cost_dense_loss,
     emit_dense_loss},
    {"blas", "OpenBLAS sgemm", "openblas", false, match_blas, cost_blas, emit_blas},
    {"sparse-dx", "one non-zero a pool window", NULL, true, match_sparse, cost_sparse,
     emit_sparse_dx},
    {"sparse-dw", "one non-zero a pool window", NULL, true, match_sparse, cost_sparse,
     emit_sparse_dw},
    {"pick-dw", "one non-zero a pool window, few input channels", NULL, true, match_pick,
     cost_products, emit_pick_dw},
    {"winograd", "3x3 at stride 1", NULL, true, match_winograd, cost_winograd, emit_winograd},
    {"winograd-dw", "3x3 at stride 1, sums at the points", NULL, true, match_winograd,
     cost_winograd, emit_winograd},
    {"winograd-rows", "rows at stride 1, few channels", NULL, true, match_strips, cost_winograd,
     emit_strips},
    {"winograd-rows-dw", "rows at stride 1, sums at the points", NULL, true, match_strips,
     cost_winograd, emit_strips},
    {"winograd-rows-pool", "rows at stride 1, few channels, no tensor up to the pool", NULL, true,
     match_strips_pool, cost_strips_pool, emit_strips_pool},
    {NULL, NULL, NULL, false, NULL, NULL, NULL},
};
