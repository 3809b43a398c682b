// SPDX-License-Identifier: MIT
// A convolution's kernel at Winograd's points, u = G g G^T, and its gradient's way back, g = G^T u G. A gradient by the
// input wants the kernel with its channels turned: it lies along the outputs' channels, its points along the inputs'.
// Blocks of as many of both as a vector has lanes are turned round on their way; of all points some vectors that
// follow each other are written at a time, since memory takes single lines far apart at half the rate.
#include "kernels/winograd/emit_tiles.h"
#include "kernels/winograd/family.h"

enum { TAPS = 9 };

static Val tap_at(Wino *q, const Cursor *c, int op, int k) {
    Cursor at = cursor_stepk(q->ir, q->n, *c, 3, k / 3);
    at = cursor_stepk(q->ir, q->n, at, 4, k % 3);
    return operand_at(q->ir, q->p, q->n, &at, op);
}

static void store_points(Wino *q, const Cursor *c, const Val *u, int points) {
    for (int k = 0; k < points; k++) {
        Val to = point_at(q, c, 1, k);
        ir_store(q->ir, to, u[k], q->l);
        ir_claim(q->ir, q->p, to, points);
    }
}

static void filter_tile(Wino *q, const Cursor *c) {
    int points = q->axis[0].t * q->axis[1].t;
    Val g[TAPS], u[WINO_POINTS * WINO_POINTS];
    for (int k = 0; k < TAPS; k++) g[k] = ir_load(q->ir, tap_at(q, c, 0, k), q->l);
    both_axes(q, points_filter, g, 3, 3, u, q->axis[0].t, q->axis[1].t);
    store_points(q, c, u, points);
}

// To a gradient that may lie along the other channels.
static void filter_grad_tile(Wino *q, const Cursor *c) {
    int points = q->axis[0].t * q->axis[1].t;
    int64_t across = q->n->op[1].stride[2];
    Val g[TAPS], u[WINO_POINTS * WINO_POINTS];
    for (int k = 0; k < points; k++) u[k] = ir_load(q->ir, point_at(q, c, 0, k), q->l);
    both_axes(q, points_filter_grad, u, q->axis[0].t, q->axis[1].t, g, 3, 3);
    for (int k = 0; k < TAPS; k++) ir_scatter(q->ir, tap_at(q, c, 1, k), across, g[k], q->l);
}

// --- with channels turned ---

enum { SIDE_BY_SIDE = 4 }; // vectors that follow each other at each point

static Val turned_at(const Wino *q, Val room, Val tap, Val row, int v) {
    Builder *ir = q->ir;
    Val i = ir_add(ir, ir_mulk(ir, tap, ir->vector), row);
    i = ir_addk(ir, ir_mulk(ir, i, SIDE_BY_SIDE), v);
    return ir_at(ir, room, ir->f32, ir_mulk(ir, i, ir->vector));
}

// A block of so many rows, and as many columns as q->l has lanes: read along the rows, in `room` along the columns.
static void turn_block(const Wino *q, const Cursor *tap, Val number, Val room, int rows, int v) {
    Builder *ir = q->ir;
    Val block[MAX_LANES];
    for (int i = 0; i < ir->vector; i++) {
        Cursor at = cursor_stepk(ir, q->n, *tap, 2, (int64_t)v * ir->vector + i);
        block[i] = i < q->l.active
                       ? ir_load(ir, operand_at(ir, q->p, q->n, &at, 0), (Lanes){ir->vector, rows})
                       : ir_f32(ir, 0, ir->vector);
    }
    ir_turn(ir, block, ir->vector);
    for (int r = 0; r < rows; r++)
        ir_store(ir, turned_at(q, room, number, ir_int(ir, r), v), block[r],
                 (Lanes){ir->vector, ir->vector});
}

static void turn_taps(const Wino *q, const Cursor *c, Val room, int rows, int vectors) {
    Builder *ir = q->ir;
    Loop y = ir_loop(ir, ir_int(ir, 0), ir_int(ir, 3), 1);
    Loop x = ir_loop(ir, ir_int(ir, 0), ir_int(ir, 3), 1);
    Cursor tap = cursor_step(ir, q->n, cursor_step(ir, q->n, *c, 3, y.i), 4, x.i);
    Val number = ir_add(ir, ir_mulk(ir, y.i, 3), x.i);
    for (int v = 0; v < vectors; v++) turn_block(q, &tap, number, room, rows, v);
    ir_end(ir, &x);
    ir_end(ir, &y);
}

static void turned_columns(Wino *q, const Cursor *c, Val room, int rows, int vectors) {
    Builder *ir = q->ir;
    int ty = q->axis[0].t, tx = q->axis[1].t;
    turn_taps(q, c, room, rows, vectors);
    Loop row = ir_loop(ir, ir_int(ir, 0), ir_int(ir, rows), 1);
    for (int v = 0; v < vectors; v++) {
        Cursor at = cursor_step(ir, q->n, *c, 1, row.i);
        at = cursor_stepk(ir, q->n, at, 2, (int64_t)v * ir->vector);
        Val g[TAPS], u[WINO_POINTS * WINO_POINTS];
        for (int k = 0; k < TAPS; k++)
            g[k] = ir_load(ir, turned_at(q, room, ir_int(ir, k), row.i, v),
                           (Lanes){q->l.width, q->l.width});
        both_axes(q, points_filter, g, 3, 3, u, ty, tx);
        store_points(q, &at, u, ty * tx);
    }
    ir_end(ir, &row);
}

static void turned_rows(Wino *q, Cursor c, Val room, int rows) {
    Builder *ir = q->ir;
    Pieces pc = lane_pieces(q->n->extent[2], ir->vector, SIDE_BY_SIDE);
    int64_t group = (int64_t)SIDE_BY_SIDE * ir->vector, at = pc.groups * group;
    q->l = pc.whole;
    if (pc.groups) {
        Loop i = ir_loop(ir, ir_int(ir, 0), ir_int(ir, at), group);
        Cursor columns = cursor_step(ir, q->n, c, 2, i.i);
        turned_columns(q, &columns, room, rows, SIDE_BY_SIDE);
        ir_end(ir, &i);
    }
    Cursor rest = cursor_stepk(ir, q->n, c, 2, at);
    if (pc.rest) turned_columns(q, &rest, room, rows, pc.rest);
    rest = cursor_stepk(ir, q->n, rest, 2, (int64_t)pc.rest * ir->vector);
    q->l = pc.tail;
    if (pc.tail.active) turned_columns(q, &rest, room, rows, 1);
}

// U[p][o][i] for o in [lo, hi), of whole vectors or up to the end.
static void emit_turned(Wino *q) {
    Builder *ir = q->ir;
    q->points = q->p->step->tensor[q->n->op[1].tensor].stride[0];
    Val room =
        ir_room(ir, ir_vec(ir, ir->f32, ir->vector), (int64_t)TAPS * ir->vector * SIDE_BY_SIDE);
    int rest = (int)(q->n->extent[1] % ir->vector);
    Cursor start = cursor_start(ir, q->n);
    Val whole = ir_min(ir, ir->hi, ir_int(ir, q->n->extent[1] - rest));
    Loop o = ir_loop(ir, ir->lo, whole, ir->vector);
    turned_rows(q, cursor_step(ir, q->n, start, 1, o.i), room, ir->vector);
    ir_end(ir, &o);
    if (!rest) return;
    If last = ir_if(ir, ir_iless(ir, whole, ir->hi));
    turned_rows(q, cursor_step(ir, q->n, start, 1, whole), room, rest);
    ir_endif(ir, &last);
}

// U[p][i][o] or its gradient's way back, for i in [lo, hi)
static void emit_straight(Wino *q, bool back) {
    Builder *ir = q->ir;
    q->points = q->p->step->tensor[q->n->op[!back].tensor].stride[0];
    q->tile = back ? filter_grad_tile : filter_tile;
    Loop i = ir_loop(ir, ir->lo, ir->hi, 1);
    Cursor row = cursor_step(ir, q->n, cursor_start(ir, q->n), 1, i.i);
    each_vector(ir, q->n, row, 2, q->n->extent[2], vector_of_tile, q);
    ir_end(ir, &i);
}

void emit_filter(Wino *q, const Node *n) {
    if (filter_turned(n))
        emit_turned(q);
    else
        emit_straight(q, n->op == X_FILTER_GRAD);
}
