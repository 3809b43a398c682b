// SPDX-License-Identifier: MIT
// Copies of weights with two axes changed round, y[.., r, l] = x[.., l, r]: blocks of as many of both as a vector has
// lanes are read along r, turned in registers and written along l, which takes a load and a store a vector where a
// gather takes a load a float.
#include "kernels/generic/nest.h"

typedef struct Turn {
    Builder *ir;
    const Plan *p;
    const Nest *n;
    int lane, row; // axes along which the copy, and the original, are contiguous
} Turn;

// So many lanes of so many rows, of which the cursor stands at the first.
static void block(const Turn *t, const Cursor *c, int rows, int lanes) {
    Builder *ir = t->ir;
    int width = ir->vector;
    Val x[MAX_LANES];
    for (int i = 0; i < width; i++) {
        Cursor at = cursor_stepk(ir, t->n, *c, t->lane, i);
        x[i] = i < lanes ? ir_load(ir, operand_at(ir, t->p, t->n, &at, 0), (Lanes){width, rows})
                         : ir_f32(ir, 0, width);
    }
    ir_turn(ir, x, width);
    for (int i = 0; i < rows; i++) {
        Cursor at = cursor_stepk(ir, t->n, *c, t->row, i);
        Val to = operand_at(ir, t->p, t->n, &at, t->n->out);
        ir_store(ir, to, x[i], (Lanes){width, lanes});
        ir_claim(ir, t->p, to, t->n->extent[t->row]);
    }
}

// Calls for whole vectors of an axis within its bounds, and for the rest of it where these reach its end.
typedef void BlockBody(const Turn *t, Cursor c, int lanes, int active);

static void each_block(const Turn *t, Cursor c, int axis, int lanes, BlockBody *body) {
    Builder *ir = t->ir;
    int rest = (int)(t->n->extent[axis] % ir->vector);
    Val lo, hi, whole = ir_int(ir, t->n->extent[axis] - rest);
    axis_bounds(ir, t->n, axis, &lo, &hi);
    Loop l = ir_loop(ir, lo, ir_min(ir, hi, whole), ir->vector);
    body(t, cursor_step(ir, t->n, c, axis, l.i), lanes, ir->vector);
    ir_end(ir, &l);
    if (!rest) return;
    If last = ir_if(ir, ir_iless(ir, whole, hi));
    body(t, cursor_step(ir, t->n, c, axis, whole), lanes, rest);
    ir_endif(ir, &last);
}

static void rows_of_block(const Turn *t, Cursor c, int lanes, int rows) {
    block(t, &c, rows, lanes);
}

static void lanes_of_block(const Turn *t, Cursor c, int none, int lanes) {
    (void)none;
    each_block(t, c, t->row, lanes, rows_of_block);
}

static void around(const Turn *t, Cursor c, int axis) {
    while (axis < t->n->naxis && (axis == t->lane || axis == t->row)) axis++;
    if (axis == t->n->naxis) {
        each_block(t, c, t->lane, 0, lanes_of_block);
        return;
    }
    Val lo, hi;
    axis_bounds(t->ir, t->n, axis, &lo, &hi);
    Loop l = ir_loop(t->ir, lo, hi, 1);
    around(t, cursor_step(t->ir, t->n, c, axis, l.i), axis + 1);
    ir_end(t->ir, &l);
}

void emit_view(Builder *ir, const Plan *p, const Kernel *k) {
    Turn t = {ir, p, &k->nest, k->tile.lane, plan_turned(p, &k->nest, k->tile.lane)};
    if (!t.row) {
        emit_nest(ir, p, k);
        return;
    }
    if (t.n->clear) emit_clear(ir, p, t.n->op[t.n->out].tensor);
    around(&t, cursor_start(ir, t.n), 1);
}
