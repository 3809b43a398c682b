// SPDX-License-Identifier: MIT
// Winograd's transforms of images, channels in the lanes (see kernels/winograd/tiles.c for the rewrite). What follows the
// output, MAPs and a max-pool, is computed on its tiles while they are in registers; tiles that share
// windows of the pool go together.
#include "kernels/winograd/emit_tiles.h"
#include "kernels/winograd/family.h"
#include "support/limit.h"

// All columns: in[h][w] of hi x wi values to out of ho x wi.
static void columns(Wino *q, Transform *f, const Val *in, int hi, int wi, Val *out, int ho) {
    Val line[WINO_POINTS], result[WINO_POINTS];
    for (int x = 0; x < wi; x++) {
        for (int y = 0; y < hi; y++) line[y] = in[y * wi + x];
        f(q->ir, &q->axis[0], line, result, q->l.width);
        for (int y = 0; y < ho; y++) out[y * wi + x] = result[y];
    }
}

void both_axes(Wino *q, Transform *f, const Val *in, int hi, int wi, Val *out, int ho, int wo) {
    Val middle[WINO_POINTS * WINO_POINTS];
    columns(q, f, in, hi, wi, middle, ho);
    for (int y = 0; y < ho; y++) f(q->ir, &q->axis[1], &middle[y * wi], &out[y * wo], q->l.width);
}

Val point_at(Wino *q, const Cursor *c, int op, int64_t point) {
    Builder *ir = q->ir;
    Val i = ir_addk(ir, c->off[op], point * q->points);
    return ir_at(ir, ir_operand(ir, q->n->op[op].tensor), ir->f32, i);
}

static Cursor pixel(Wino *q, const Cursor *c, int64_t y, int64_t x) {
    Cursor at = cursor_stepk(q->ir, q->n, *c, 4, y);
    return cursor_stepk(q->ir, q->n, at, 5, x);
}

static Val pixel_at(Wino *q, const Cursor *c, int op, int y, int x) {
    Cursor at = pixel(q, c, y, x);
    return operand_at(q->ir, q->p, q->n, &at, op);
}

static void input_tile(Wino *q, const Cursor *c) {
    int ty = q->axis[0].t, tx = q->axis[1].t;
    Val d[WINO_POINTS * WINO_POINTS] = {0}, v[WINO_POINTS * WINO_POINTS];
    for (int i = 0; i < ty * tx; i++)
        d[i] = ir_load(q->ir, pixel_at(q, c, 0, i / tx, i % tx), q->l);
    both_axes(q, points_input, d, ty, tx, v, ty, tx);
    for (int i = 0; i < ty * tx; i++) ir_store(q->ir, point_at(q, c, 1, i), v[i], q->l);
}

// The same place of the next group of tiles.
static void fetch_next(Wino *q, const Cursor *at) {
    Cursor next = cursor_stepk(q->ir, q->n, *at, 2, q->group[1]);
    fetch_kept(q->ir, q->p, q->n, &next);
}

// Called once output (y, x) of the group is computed: finishes it, or the window of a pool that it completes.
static void finish(Wino *q, const Cursor *c, int64_t y, int64_t x) {
    const int64_t *pool = q->n->pool, across = q->group[1] * q->axis[1].m;
    if (y >= q->rows || x >= q->cols) return;
    if (!pool[0]) {
        Cursor at = pixel(q, c, y, x);
        fetch_next(q, &at);
        finish_value(q->ir, q->p, q->n, &at, q->y[y * across + x], q->l, 3);
        return;
    }
    if ((y + 1) % pool[0] || (x + 1) % pool[1]) return;
    int64_t top = y + 1 - pool[0], left = x + 1 - pool[1];
    Val value[MAX_WINDOW];
    int count = WITHIN(pool[0] * pool[1], MAX_WINDOW, "positions of a window");
    for (int i = 0; i < count; i++)
        value[i] = q->y[(top + i / pool[1]) * across + left + i % pool[1]];
    Cursor at = pixel(q, c, top, left);
    finish_maximum(q->ir, q->p, q->n, &at, value, q->l, 3);
}

// Tile (i, j) of the group that starts at c. A row of it is done with before the next one is computed.
static void output_tile(Wino *q, const Cursor *c, int64_t i, int64_t j) {
    int ty = q->axis[0].t, tx = q->axis[1].t, my = q->axis[0].m, mx = q->axis[1].m;
    Val m[WINO_POINTS * WINO_POINTS], middle[WINO_POINTS * WINO_POINTS];
    Cursor at = cursor_stepk(q->ir, q->n, cursor_stepk(q->ir, q->n, *c, 1, i), 2, j);
    for (int k = 0; k < ty * tx; k++) m[k] = ir_load(q->ir, point_at(q, &at, 0, k), q->l);
    columns(q, points_output, m, ty, tx, middle, my);
    for (int64_t r = 0, y = i * my; r < my; r++, y++) {
        Val *row = &q->y[y * q->group[1] * mx + j * mx];
        points_output(q->ir, &q->axis[1], &middle[r * tx], row, q->l.width);
        for (int64_t x = 0; x < mx; x++) finish(q, c, y, j * mx + x);
    }
}

static void output_tiles(Wino *q, const Cursor *c) {
    for (int64_t i = 0; i * q->axis[0].m < q->rows; i++)
        for (int64_t j = 0; j * q->axis[1].m < q->cols; j++) output_tile(q, c, i, j);
}

// Adds to what the tiles before have left in its first row and column; the rest is its own to begin.
static void input_grad_tile(Wino *q, const Cursor *c) {
    Builder *ir = q->ir;
    const Winograd *w = q->axis;
    Val m[WINO_POINTS * WINO_POINTS], d[WINO_POINTS * WINO_POINTS];
    int64_t rows = (q->rows - 1) * w[0].stride + w[0].r,
            cols = (q->cols - 1) * w[1].stride + w[1].r;
    for (int i = 0; i < w[0].t * w[1].t; i++) m[i] = ir_load(ir, point_at(q, c, 0, i), q->l);
    both_axes(q, points_input_grad, m, w[0].t, w[1].t, d, w[0].t, w[1].t);
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < cols; x++) {
            Val at = pixel_at(q, c, 1, y, x), value = d[y * w[1].t + x];
            bool meets = y < w[0].r - w[0].stride || x < w[1].r - w[1].stride;
            ir_store(ir, at, meets ? ir_fadd(ir, ir_load(ir, at, q->l), value) : value, q->l);
        }
}

// What no tile begins: the image's first rows and columns.
static void clear_border(Wino *q, const Cursor *c, const int64_t extent[2]) {
    Builder *ir = q->ir;
    int64_t size[2], first[2];
    Val lo, hi; // channels
    ir_own_share(ir, q->n->extent[3], plan_line(ir->target), &lo, &hi);
    for (int d = 0; d < 2; d++) {
        size[d] = (extent[d] - 1) * q->axis[d].stride + q->axis[d].r;
        first[d] = q->axis[d].r - q->axis[d].stride;
    }
    for (int d = 0; d < 2; d++) { // so many rows, then so many columns
        Loop a = ir_loop(ir, ir_int(ir, 0), ir_int(ir, size[!d]), 1);
        Cursor line = cursor_step(ir, q->n, *c, 4 + !d, a.i);
        for (int64_t b = 0; b < first[d]; b++) {
            Cursor at = cursor_stepk(ir, q->n, line, 4 + d, b);
            Val from = operand_at(ir, q->p, q->n, &at, 1);
            ir_zero(ir, ir_at(ir, from, ir->f32, lo), ir_isub(ir, hi, lo));
        }
        ir_end(ir, &a);
    }
}

static void output_grad_tile(Wino *q, const Cursor *c) {
    int ty = q->axis[0].t, tx = q->axis[1].t, my = q->axis[0].m, mx = q->axis[1].m;
    Val y[WINO_TILE * WINO_TILE] = {0}, m[WINO_POINTS * WINO_POINTS];
    for (int i = 0; i < my * mx; i++)
        if (i / mx < q->rows && i % mx < q->cols)
            y[i] = ir_load(q->ir, pixel_at(q, c, 0, i / mx, i % mx), q->l);
    both_axes(q, points_output_grad, y, my, mx, m, ty, tx);
    for (int i = 0; i < ty * tx; i++)
        ir_store(q->ir, point_at(q, c, 1, i), m[i] ? m[i] : ir_f32(q->ir, 0, q->l.width), q->l);
}

void vector_of_tile(void *state, Cursor at, Lanes l) {
    Wino *q = state;
    q->l = l;
    q->tile(q, &at);
}

// Loops over whole groups of tiles, and apart the last row or column where it sticks out.
static void each_tile(Wino *q, Cursor c, int d, const int64_t extent[2]) {
    Builder *ir = q->ir;
    if (d == 2) {
        each_own_vector(ir, q->n, c, 3, q->n->extent[3], vector_of_tile, q);
        return;
    }
    int64_t m = q->group[d] * q->axis[d].m, rest = extent[d] % m;
    int64_t whole = extent[d] / m * q->group[d];
    int64_t *valid = d ? &q->cols : &q->rows;
    if (whole) {
        Loop l = ir_loop(ir, ir_int(ir, 0), ir_int(ir, whole), q->group[d]);
        *valid = m;
        each_tile(q, cursor_step(ir, q->n, c, 1 + d, l.i), d + 1, extent);
        ir_end(ir, &l);
    }
    if (rest) {
        *valid = rest;
        each_tile(q, cursor_stepk(ir, q->n, c, 1 + d, whole), d + 1, extent);
    }
}

static void emit_tiles(Wino *q, const Node *n) {
    Builder *ir = q->ir;
    static void (*const tile[])(Wino *, const Cursor *) = {[X_INPUT] = input_tile,
                                                           [X_OUTPUT] = output_tiles,
                                                           [X_OUTPUT_GRAD] = output_grad_tile,
                                                           [X_INPUT_GRAD] = input_grad_tile};
    const Tensor *in = &q->p->step->tensor[n->in[0].tensor];
    const Tensor *out = &q->p->step->tensor[n->out[0].tensor];
    bool back = !transform_to_points(n);
    const Tensor *image = back ? out : in;
    int64_t extent[2] = {q->n->extent[1] * q->axis[0].m, q->n->extent[2] * q->axis[1].m};
    for (int d = 0; d < 2 && n->op != X_INPUT; d++) {
        extent[d] = image->need[d].hi - image->need[d].lo;
        if (n->op == X_INPUT_GRAD) extent[d] = (extent[d] - q->axis[d].r) / q->axis[d].stride + 1;
        if (q->n->pool[d]) q->group[d] = tiles_a_window(q->axis[d].m, q->n->pool[d]);
    }
    q->points = (back ? in : out)->stride[0];
    Loop s = ir_loop(ir, ir->lo, ir->hi, 1);
    Cursor c = cursor_step(ir, q->n, cursor_start(ir, q->n), 0, s.i);
    q->tile = tile[n->op];
    if (n->op == X_INPUT_GRAD) clear_border(q, &c, extent);
    each_tile(q, c, 0, extent);
    ir_end(ir, &s);
}

void emit_winograd(Builder *ir, const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    Wino q = {.ir = ir, .p = p, .n = &k->nest, .group = {1, 1}};
    for (int d = 0; d < 2; d++) q.axis[d] = winograd((int)n->window[d], 3, (int)n->window[2]);
    if (n->op == X_FILTER || n->op == X_FILTER_GRAD)
        emit_filter(&q, n);
    else
        emit_tiles(&q, n);
}
