// SPDX-License-Identifier: MIT
// Winograd convolution as a rewrite: a CONTRACT of a 3x3 kernel at stride 1 becomes
//   U[p][i][o]  the kernel at the points, once a step (or once for all in an object)
//   V[p][tile][i]  tiles of the input at the points
//   M[p][tile][o] = sum over i of V[p][tile][i] U[p][i][o]      one matrix product a point, plain row
//   y           tiles of the output from M, taken on by what follows while they are in registers
// with p running over the pairs of points of both axes. It serves the forward and, with the kernel
// turned round and in and out exchanged, the gradient by the input. The gradient by the kernel is the
// adjoint of the same:
//   Y[p][tile][o]  tiles of the gradient by y at the points
//   dU[p][i][o] = sum over samples and tiles of V[p][tile][i] Y[p][tile][o]       added leaf by leaf
//   dW          from dU, once a step, behind the tree of leaves
// Tiles of 2 to 6 outputs are priced for each axis; of tiles that stick out, V reads zeros and what
// lies beyond y is neither stored nor read.
//   requires: backward, gathered        sets: nodes
#include "kernels/winograd/family.h"
#include "plan/choices.h"
#include "../runtime/abi.h"
#include <math.h>
#include <string.h>

static int64_t tiles_along(const Convolution *c, int d, const int m[2]) {
    return (c->extent[d] + m[d] - 1) / m[d];
}

// How many samples will read the kernel at the points together: those whose tiles stay in the cache, to
// which chains.c will hold. In inference there may be no more than one.
static int together(const Plan *p, const Convolution *c, double points, double tiles) {
    double x = 1, floats = points * tiles * (double)(c->ci + c->co);
    if (p->step->mode != STEP_TRAIN) return 1;
    for (int d = 0; d < 2; d++) x *= (double)c->extent[d] + 2;
    floats += x * (double)(c->ci + c->co);
    int n = 1;
    while (n < CNN_LEAF && 2 * n * floats * 4 <= (double)(p->target.l2 / 2)) n *= 2;
    return n;
}

// Vector operations a sample: products and the transforms of tiles. Few tiles wait for the kernel at
// the points: two operations a vector from the second-level cache, four from beyond. A gradient by the
// kernel moves its sums, to registers and back for every group of samples and once a leaf when they are
// cleared and added; those of a single tile are deferred.
static double price(const Plan *p, const Convolution *c, const int m[2]) {
    int v = p->target.vector;
    double tiles = (double)(tiles_along(c, 0, m) * tiles_along(c, 1, m));
    double points = (m[0] + 2) * (m[1] + 2);
    double vi = (double)plan_vectors(p, c->ci), vo = (double)plan_vectors(p, c->co);
    double products = points * tiles * (double)c->ci * vo;
    double transforms = tiles * points * (10 * vi + 7 * vo);
    double moved = points * (double)c->ci * vo; // vectors of U or of the sums
    if (c->gradient) return products + transforms + (tiles > 1 ? 1.5 * moved : 0);
    double weights =
        moved * (moved * v * 4 > (double)p->target.l2 ? 4 : 2) / together(p, c, points, tiles);
    return (products > weights ? products : weights) + transforms;
}

static void tell_price(const Plan *p, Prices *to, const Variant *row, const int *m,
                       double operations) {
    const char *detail = m ? arena_printf(p->arena, "%dx%d", m[0], m[1]) : NULL;
    prices_add(to, row, detail, operations / p->target.fmas);
}

// The cheapest tiles; false if the direct convolution is cheaper, or the tiles would stick out over
// an input that cannot have a ring of zeros.
static bool choose_tiles(const Plan *p, const Node *n, const Convolution *c, const Variant *row,
                         int m[2], Prices *prices) {
    enum { SIZES = 5 }; // from 2 on
    const Step *s = p->step;
    const Choice *chosen = plan_choice(p, n);
    bool ring = plan_may_stick_out(s, c);
    bool ties = s->exact_ties && !c->gradient; // a gradient breaks none
    double direct = (double)(c->extent[0] * c->extent[1] * 9 * c->ci * plan_vectors(p, c->co));
    double best = INFINITY;
    for (int i = 0; i < SIZES * SIZES; i++) {
        int at[2] = {2 + i / SIZES, 2 + i % SIZES};
        bool over = c->extent[0] % at[0] || c->extent[1] % at[1];
        if ((over && !ring) || (ties && (at[0] > 2 || at[1] > 2))) continue;
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

// --- nodes ---

typedef struct Rewrite { // of node n by c with tiles of m
    Step *s;
    const Node *n;
    const Convolution *c;
    const Variant *row;
    int m[2];
    int64_t points, tiles;
} Rewrite;

static Access cube(int tensor, int a, int b, int c) { // an axis a dimension
    Access x = access_none(tensor);
    x.coef[0][a] = x.coef[1][b] = x.coef[2][c] = 1;
    return x;
}

// The kernel to or from its points: axes in, out, taps.
static Node kernel_transform(const Rewrite *r, int op, int points) {
    const Convolution *c = r->c;
    Node f = plan_point_transform(r->n, op, r->row, r->m[0], r->m[1]);
    step_axis(&f, c->ci, A_OUT);
    step_axis(&f, c->co, A_OUT);
    for (int d = 0; d < 2; d++) step_axis(&f, 3, A_SUM);
    Access k = access_none(c->k.tensor), u = access_none(points);
    for (int d = 0; d < 4; d++) { // taps may run backwards
        if (c->k.coef[d][c->in]) k.coef[d][1] = 1;
        if (c->k.coef[d][c->out]) k.coef[d][2] = 1;
    }
    for (int d = 0; d < 2; d++) {
        k.coef[d][3 + d] = c->flip ? -1 : 1;
        k.off[d] = c->flip ? 2 : 0;
    }
    u.coef[1][1] = u.coef[2][2] = 1;
    bool to = op == X_FILTER;
    node_passes(&f, to ? k : u, to ? u : k);
    return f;
}

// Tiles of x (X_INPUT) or y to their points or back: axes tile row, tile column, channel.
static Node tile_transform(const Rewrite *r, int op, int points) {
    const Convolution *c = r->c;
    Node t = plan_point_transform(r->n, op, r->row, r->m[0], r->m[1]);
    bool input = op == X_INPUT;
    const Access *image = input ? &c->x : &c->y;
    for (int d = 0; d < 2; d++) step_axis(&t, tiles_along(c, d, r->m), A_OUT);
    step_axis(&t, input ? c->ci : c->co, A_OUT);
    for (int d = 0; d < 2; d++) step_axis(&t, input ? r->m[d] + 2 : r->m[d], A_SUM);
    Access x = access_none(image->tensor), q = access_none(points);
    for (int d = 0; d < 2; d++) {
        x.coef[d][1 + d] = r->m[d];
        x.coef[d][4 + d] = 1;
        x.off[d] = r->n->axis[c->pos[d]].span.lo + image->off[d] - (input && c->flip ? 2 : 0);
    }
    x.coef[2][3] = q.coef[2][3] = 1;
    q.coef[1][2] = 1;
    q.coef[1][1] = t.axis[2].span.hi;
    bool to = op != X_OUTPUT;
    node_passes(&t, to ? x : q, to ? q : x);
    return t;
}

// One matrix product a point: M from V and U, or dU from V and Y.
static Node products(const Rewrite *r, int v, int other, int result) {
    const Convolution *c = r->c;
    Node g = plan_point_products(r->n);
    bool gradient = c->gradient;
    g.axis[0].role = gradient ? A_SUM : A_OUT;
    int point = step_axis(&g, r->points, A_OUT);
    int row = step_axis(&g, gradient ? c->ci : r->tiles, A_OUT);
    int out = step_axis(&g, c->co, A_OUT), sum = step_axis(&g, gradient ? r->tiles : c->ci, A_SUM);
    node_reads(&g, gradient ? cube(v, point, sum, row) : cube(v, point, row, sum));
    node_reads(&g, cube(other, point, sum, out));
    node_writes(&g, cube(result, point, row, out));
    g.written = r->n->written; // together the convolution; axes counted their own
    return g;
}

static int points_of(const Rewrite *r, int of, const char *what, Owner owner, int64_t rows,
                     int64_t columns) {
    int64_t dim[3] = {r->points, rows, columns};
    const char *name = arena_printf(r->s->arena, "%s.%s", r->s->tensor[of].name, what);
    return step_tensor(r->s, name, T_F32, owner, 3, dim);
}

// Node i becomes transform, product, transform, behind the kernel's transform.
static void rewrite(const Rewrite *r, int i) {
    const Convolution *c = r->c;
    const char *points = c->flip ? "points.t" : "points";
    int u = points_of(r, c->k.tensor, points, O_STEP, c->ci, c->co);
    int v = points_of(r, c->y.tensor, "v", O_SAMPLE, r->tiles, c->ci);
    int q = points_of(r, c->y.tensor, "m", O_SAMPLE, r->tiles, c->co);
    Node part[4] = {kernel_transform(r, X_FILTER, u), tile_transform(r, X_INPUT, v),
                    products(r, v, u, q), tile_transform(r, X_OUTPUT, q)};
    step_replace(r->s, i, part, 4);
}

// Node i becomes two transforms, a product and, once a step, a transform; the gradient is then the
// step's, not a leaf's.
static void rewrite_gradient(const Rewrite *r, int i) {
    const Convolution *c = r->c;
    int v = points_of(r, c->k.tensor, "v", O_SAMPLE, r->tiles, c->ci);
    int y = points_of(r, c->k.tensor, "y", O_SAMPLE, r->tiles, c->co);
    int u = points_of(r, c->k.tensor, "points", O_LEAF, c->ci, c->co);
    r->s->tensor[c->k.tensor].owner = O_STEP;
    Node part[4] = {tile_transform(r, X_INPUT, v), tile_transform(r, X_OUTPUT_GRAD, y),
                    products(r, v, y, u), kernel_transform(r, X_FILTER_GRAD, u)};
    step_replace(r->s, i, part, 4);
}

void winograd_tiles(Plan *p) {
    Step *s = p->step;
    const Variant *row[2] = {&row_winograd, &row_winograd_dw};
    for (int i = 0; i < s->nnode; i++) {
        Node n = s->node[i];
        Convolution c;
        Rewrite r = {.s = s, .n = &n, .c = &c};
        if (!plan_convolution(s, &n, &c) || c.ci < 8 || c.co < 8) continue;
        if (c.taps[0] != 3 || c.taps[1] != 3) continue;
        r.row = row[c.gradient];
        if (!plan_allows(p, &n, r.row)) continue;
        Prices *prices = ARENA_NEW(p->arena, Prices);
        n.prices = s->node[i].prices = prices;
        if (!choose_tiles(p, &n, &c, r.row, r.m, prices)) continue;
        r.points = (int64_t)(r.m[0] + 2) * (r.m[1] + 2);
        r.tiles = tiles_along(&c, 0, r.m) * tiles_along(&c, 1, r.m);
        (c.gradient ? rewrite_gradient : rewrite)(&r, i);
    }
}
