// SPDX-License-Identifier: MIT
// Winograd convolution as a rewrite: a CONTRACT of a 3x3 kernel at stride 1 or 2 becomes
//   U[p][i][o]  the kernel at the points, once a step (or once for all in an object)
//   V[p][tile][i]  tiles of the input at the points
//   M[p][tile][o] = sum over i of V[p][tile][i] U[p][i][o]      one matrix product a point, plain row
//   y           tiles of the output from M, taken on by what follows while they are in registers
// with p running over the pairs of points of both axes. It serves the forward and, with the kernel
// turned round and in and out exchanged, the gradient by the input. The gradient by the kernel is the
// adjoint of the same:
//   Y[p][tile][o]  tiles of the gradient by y at the points
//   dU[p][i][o] = sum over samples and tiles of V[p][tile][i] Y[p][tile][o]       added leaf by leaf
//   dW          from dU, once a step, after the tree of leaves
// So is, at stride 2, the gradient by the input, which adds where tiles meet:
//   Y as above, M[p][tile][i] = sum over o of Y[p][tile][o] U[p][i][o], and x's gradient from M
// Stride 2 is for training, and not for the gradient by the kernel: at its points, 49 of 3x3 outputs, a kernel is so
// large that reading it for one image, or adding a leaf's sums, takes longer than the products save.
// Tiles of 2 to 6 outputs, at stride 2 of up to 4, are priced for each axis; of tiles that stick out, V reads zeros,
// and what lies beyond y is neither stored nor read.
//   requires: backward, gathered        sets: nodes
#include "kernels/winograd/rewrite.h"
#include "plan/choices.h"
#include "../runtime/abi.h"
#include <math.h>
#include <string.h>

static int64_t tiles_along(const Convolution *c, int d, const int m[2]) {
    return (c->extent[d] + m[d] - 1) / m[d];
}

static int64_t points_along(const Convolution *c, int m) {
    return winograd_points(m, 3, c->stride);
}

// Vectors of products at a point, for each position.
static double vectors_of(const Plan *p, const Convolution *c) {
    bool adjoint = c->solve == SOLVE_X;
    return (double)(adjoint ? c->co * plan_vectors(p, c->ci) : c->ci * plan_vectors(p, c->co));
}

// How many samples will read the kernel at the points together: those whose tiles stay in the cache, to
// which chains.c will hold. In inference there may be no more than one.
static int together(const Plan *p, const Convolution *c, double points, double tiles) {
    double x = 1, floats = points * tiles * (double)(c->ci + c->co);
    if (p->step->mode != STEP_TRAIN) return 1;
    for (int d = 0; d < 2; d++) x *= (double)(c->extent[d] * c->stride + 2);
    floats += x * (double)(c->ci + c->co);
    int n = 1;
    while (n < CNN_LEAF && 2 * n * floats * 4 <= (double)p->target.l2 / 2) n *= 2;
    return n;
}

// Vector operations in whose time a vector of the kernel at the points comes: two from the second-level cache, four
// from beyond. For one image, as an object mostly has it, all of a kernel that no second cache holds comes from there,
// with nothing beside it.
static double operations_to_load(const Plan *p, double bytes) {
    const Target *t = &p->target;
    if (p->options.frozen && bytes > 2 * (double)t->l2)
        return (double)t->fmas * 4 * t->vector / t->l3_bytes;
    return bytes > (double)t->l2 ? 4 : 2;
}

// Vector operations a sample: products and the transforms of tiles. With few tiles, loading the kernel at the
// points dominates. A gradient by the kernel also loads and stores its sums once for every group of samples, and
// clears and adds them once a leaf; with a single tile it is deferred instead.
static double price(const Plan *p, const Convolution *c, const int m[2]) {
    int v = p->target.vector;
    double tiles = (double)(tiles_along(c, 0, m) * tiles_along(c, 1, m));
    double points = (double)(points_along(c, m[0]) * points_along(c, m[1]));
    double vi = (double)plan_vectors(p, c->ci), vo = (double)plan_vectors(p, c->co);
    double products = points * tiles * vectors_of(p, c);
    double lines =
        c->stride > 1 ? fmax(1, v / 8.0) : 1; // stores to so many planes: their bytes count
    double transforms = tiles * points * (10 * vi + 7 * vo) * lines;
    double moved = points * vectors_of(p, c); // vectors of U or of the sums
    if (c->solve == SOLVE_K) return products + transforms + (tiles > 1 ? 1.5 * moved : 0);
    double weights = moved * operations_to_load(p, moved * v * 4) / together(p, c, points, tiles);
    return (products > weights ? products : weights) + transforms;
}

static void tell_price(const Plan *p, Prices *to, const Variant *row, const int *m,
                       double operations) {
    const char *detail = m ? arena_printf(p->arena, "%dx%d", m[0], m[1]) : NULL;
    prices_add(to, row, detail, operations / p->target.fmas);
}

// Of such tiles, are there points, and zeros where one sticks out over the input? Where a tie of rounded values would
// matter, only those at stride 1 keep it.
static bool may_have(const Plan *p, const Convolution *c, const int m[2]) {
    bool reads = c->solve != SOLVE_X, ties = p->step->exact_ties && c->solve != SOLVE_K;
    for (int d = 0; d < 2; d++) {
        if (points_along(c, m[d]) > WINO_POINTS || (ties && (m[d] > 2 || c->stride > 1)))
            return false;
        if (c->extent[d] % m[d] && reads && !plan_may_stick_out(p->step, c)) return false;
    }
    return true;
}

// The cheapest tiles; false if the direct convolution is cheaper, or the tiles would stick out over
// an input that cannot have a ring of zeros.
static bool choose_tiles(const Plan *p, const Node *n, const Convolution *c, const Variant *row,
                         int m[2], Prices *prices) {
    enum { SIZES = 5 }; // from 2 on
    const Choice *chosen = plan_choice(p, n);
    double direct = (double)(c->extent[0] * c->extent[1] * 9) * vectors_of(p, c);
    double best = INFINITY;
    for (int i = 0; i < SIZES * SIZES; i++) {
        int at[2] = {2 + i / SIZES, 2 + i % SIZES};
        if (!may_have(p, c, at)) continue;
        if (chosen && chosen->tiles[0] && memcmp(chosen->tiles, at, sizeof at) != 0) continue;
        double cost = price(p, c, at);
        if (cost >= best) continue;
        best = cost;
        memcpy(m, at, sizeof at);
    }
    tell_price(p, prices, &row_plain, NULL, direct);
    if (best < INFINITY) tell_price(p, prices, row, m, best);
    return best < (plan_forces(p, n, row) ? INFINITY : direct);
}

void winograd_tiles(Plan *p) {
    Step *s = p->step;
    const Variant *row[2] = {&row_winograd, &row_winograd_dw};
    for (int i = 0; i < s->nnode; i++) {
        Node n = *s->node[i];
        Convolution c;
        Rewrite r = {.s = s, .n = &n, .c = &c, .axes = 2};
        if (!plan_convolution(s, &n, &c) || c.ci < 8 || c.co < 8) continue;
        if (c.taps[0] != 3 || c.taps[1] != 3) continue;
        bool gradient = c.solve == SOLVE_K, train = s->mode == STEP_TRAIN;
        if (c.stride > (train && !gradient ? 2 : 1)) continue;
        r.row = row[gradient];
        if (!plan_allows(p, &n, r.row)) continue;
        Prices *prices = ARENA_NEW(p->arena, Prices);
        n.prices = s->node[i]->prices = prices;
        if (!choose_tiles(p, &n, &c, r.row, r.m, prices)) continue;
        rewrite_measure(&r);
        if (c.solve == SOLVE_X)
            rewrite_adjoint(&r, i);
        else
            (gradient ? rewrite_gradient : rewrite_forward)(&r, i);
    }
}
