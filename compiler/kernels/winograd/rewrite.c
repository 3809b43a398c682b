// SPDX-License-Identifier: MIT
// See rewrite.h. One mathematics serves tiles and strips; only the products differ, since strips leave a
// one-dimensional convolution along their columns.
#include "kernels/winograd/rewrite.h"

static bool tiled(const Rewrite *r) {
    return r->axes == 2;
}

// Along an axis that is transformed: as many as the inputs of a tile.
static int64_t points_along(const Rewrite *r, int d) {
    return winograd_points(r->m[d], r->c->taps[d], r->c->stride);
}

void rewrite_measure(Rewrite *r) {
    const Convolution *c = r->c;
    r->points = 1;
    for (int d = 0; d < 2; d++) {
        bool transformed = d < r->axes;
        r->count[d] = transformed ? (c->extent[d] + r->m[d] - 1) / r->m[d] : c->extent[d];
        if (transformed) r->points *= points_along(r, d);
    }
}

// Of an image at the points.
static int64_t columns(const Rewrite *r, bool input) {
    return r->count[1] + (input && !tiled(r) ? r->c->taps[1] - 1 : 0);
}

// --- tensors and accesses ---

static int new_tensor(const Rewrite *r, int of, const char *what, Owner owner, int rank,
                      const int64_t *dim) {
    const char *name = arena_printf(r->s->arena, "%s.%s", r->s->tensor[of].name, what);
    return step_tensor(r->s, name, T_F32, owner, rank, dim);
}

int kernel_points(const Rewrite *r, const char *what, Owner owner) {
    const Convolution *c = r->c;
    int64_t from = r->turned ? c->co : c->ci, to = r->turned ? c->ci : c->co;
    int64_t dim[4] = {r->points, c->taps[1], from, to}, both[3] = {r->points, from, to};
    return new_tensor(r, c->k.tensor, what, owner, tiled(r) ? 3 : 4, tiled(r) ? both : dim);
}

int image_points(const Rewrite *r, int of, const char *what, bool input) {
    int64_t channels = input ? r->c->ci : r->c->co;
    int64_t dim[4] = {r->points, r->count[0], columns(r, input), channels};
    int64_t both[3] = {r->points, r->count[0] * r->count[1], channels};
    return new_tensor(r, of, what, O_SAMPLE, tiled(r) ? 3 : 4, tiled(r) ? both : dim);
}

static Access cube(int tensor, int a, int b, int c) { // an axis a dimension
    Access x = access_none(tensor);
    x.coef[0][a] = x.coef[1][b] = x.coef[2][c] = 1;
    return x;
}

static Access behind_points(int tensor, int a, int b,
                            int c) { // of three dimensions after the points
    Access x = access_none(tensor);
    x.coef[1][a] = x.coef[2][b] = x.coef[3][c] = 1;
    return x;
}

// --- transforms ---

static Node transform(const Rewrite *r, int op) {
    return plan_point_transform(r->n, op, r->row, r->m[0], tiled(r) ? r->m[1] : r->c->taps[0],
                                r->c->stride);
}

// Axes: the columns' tap if it stays, in, out or, turned, out, in, and taps that are transformed.
Node kernel_transform(const Rewrite *r, int op, int points) {
    const Convolution *c = r->c;
    Node f = transform(r, op);
    int tap[2] = {0, 0};
    if (!tiled(r)) tap[1] = step_axis(&f, c->taps[1], A_OUT);
    int from = step_axis(&f, r->turned ? c->co : c->ci, A_OUT);
    int to = step_axis(&f, r->turned ? c->ci : c->co, A_OUT);
    int in = r->turned ? to : from, out = r->turned ? from : to;
    for (int d = 0; d < r->axes; d++) tap[d] = step_axis(&f, c->taps[d], A_SUM);
    Access k = access_none(c->k.tensor), u = access_none(points);
    for (int d = 0; d < 4; d++) {
        if (c->k.coef[d][c->in]) k.coef[d][in] = 1;
        if (c->k.coef[d][c->out]) k.coef[d][out] = 1;
    }
    for (int d = 0; d < 2; d++) { // taps may run backwards
        k.coef[d][tap[d]] = c->flip ? -1 : 1;
        k.off[d] = c->flip ? c->taps[d] - 1 : 0;
    }
    if (tiled(r))
        u.coef[1][from] = u.coef[2][to] = 1;
    else
        u = behind_points(points, tap[1], from, to);
    bool prepares = op == X_FILTER;
    node_passes(&f, prepares ? k : u, prepares ? u : k);
    return f;
}

// Axes: row and column of a tile, or strip and column; channel; positions in a tile.
Node image_transform(const Rewrite *r, int op, int points) {
    const Convolution *c = r->c;
    Node t = transform(r, op);
    bool input = op == X_INPUT || op == X_INPUT_GRAD;
    int64_t step = input ? c->stride : 1;
    const Access *image = input ? &c->x : &c->y;
    int row = step_axis(&t, r->count[0], A_OUT), column = step_axis(&t, columns(r, input), A_OUT);
    int channel = step_axis(&t, input ? c->ci : c->co, A_OUT), place[2] = {row, column};
    Access x = access_none(image->tensor), q = behind_points(points, row, column, channel);
    for (int d = 0; d < 2; d++) {
        int64_t before = input && c->flip ? c->taps[d] - 1 : 0;
        x.off[d] = r->n->axis[c->pos[d]].span.lo * step + image->off[d] - before;
        x.coef[d][place[d]] = d < r->axes ? r->m[d] * step : 1;
        if (d >= r->axes) continue;
        x.coef[d][step_axis(&t, input ? points_along(r, d) : r->m[d], A_SUM)] = 1;
    }
    x.coef[2][channel] = 1;
    if (tiled(r)) {
        q = access_none(points);
        q.coef[1][row] = r->count[1];
        q.coef[1][column] = q.coef[2][channel] = 1;
    }
    bool to = transform_to_points(&t);
    node_passes(&t, to ? x : q, to ? q : x);
    return t;
}

// --- products: M from V and U, or the input's from Y and U, or dU from V and Y ---

static Node products_of_tiles(const Rewrite *r, int v, int other, int result) {
    const Convolution *c = r->c;
    Node g = plan_point_products(r->n);
    bool gradient = c->solve == SOLVE_K;
    int64_t tiles = r->count[0] * r->count[1];
    int64_t from = r->turned ? c->co : c->ci, to = r->turned ? c->ci : c->co;
    g.axis[0].role = gradient ? A_SUM : A_OUT;
    int point = step_axis(&g, r->points, A_OUT);
    int row = step_axis(&g, gradient ? from : tiles, A_OUT), out = step_axis(&g, to, A_OUT);
    int sum = step_axis(&g, gradient ? tiles : from, A_SUM);
    node_reads(&g, gradient ? cube(v, point, sum, row) : cube(v, point, row, sum));
    node_reads(&g, cube(other, point, sum, out));
    node_writes(&g, cube(result, point, row, out));
    return g;
}

static Node products_of_strips(const Rewrite *r, int v, int other, int result) {
    const Convolution *c = r->c;
    Node g = plan_point_products(r->n);
    bool gradient = c->solve == SOLVE_K;
    Role kernel = gradient ? A_OUT : A_SUM, image = gradient ? A_SUM : A_OUT;
    g.axis[0].role = image;
    int point = step_axis(&g, r->points, A_OUT);
    int strip = step_axis(&g, r->count[0], image), x = step_axis(&g, r->count[1], image);
    int tap = step_axis(&g, c->taps[1], kernel), in = step_axis(&g, c->ci, kernel);
    int out = step_axis(&g, c->co, A_OUT);
    Access u = behind_points(gradient ? result : other, tap, in, out);
    Access y = behind_points(gradient ? other : result, strip, x, out);
    Access av = behind_points(v, strip, x, in);
    av.coef[2][tap] = 1;
    u.coef[0][point] = y.coef[0][point] = av.coef[0][point] = 1;
    node_reads(&g, av);
    node_reads(&g, gradient ? y : u);
    node_writes(&g, gradient ? u : y);
    return g;
}

static Node products(const Rewrite *r, int v, int other, int result) {
    Node g = (tiled(r) ? products_of_tiles : products_of_strips)(r, v, other, result);
    g.written = r->n->written; // together the convolution; axes counted their own
    return g;
}

// --- the convolution ---

void rewrite_forward(const Rewrite *r, int i) {
    int y = r->c->y.tensor;
    int u = kernel_points(r, r->c->flip ? "points.t" : "points", O_STEP);
    int v = image_points(r, y, "v", true), q = image_points(r, y, "m", false);
    Node part[4] = {kernel_transform(r, X_FILTER, u), image_transform(r, X_INPUT, v),
                    products(r, v, u, q), image_transform(r, X_OUTPUT, q)};
    step_replace(r->s, i, part, 4);
}

void rewrite_adjoint(Rewrite *r, int i) {
    int x = r->c->x.tensor;
    r->turned = true;
    int u = kernel_points(r, "points.t", O_STEP);
    int y = image_points(r, x, "y", false), q = image_points(r, x, "m", true);
    Node part[4] = {kernel_transform(r, X_FILTER, u), image_transform(r, X_OUTPUT_GRAD, y),
                    products(r, y, u, q), image_transform(r, X_INPUT_GRAD, q)};
    step_replace(r->s, i, part, 4);
}

void rewrite_gradient(const Rewrite *r, int i) {
    int k = r->c->k.tensor;
    int v = image_points(r, k, "v", true), y = image_points(r, k, "y", false);
    int u = kernel_points(r, "points", O_LEAF);
    r->s->tensor[k].owner = O_STEP;
    Node part[4] = {image_transform(r, X_INPUT, v), image_transform(r, X_OUTPUT_GRAD, y),
                    products(r, v, y, u), kernel_transform(r, X_FILTER_GRAD, u)};
    step_replace(r->s, i, part, 4);
}
