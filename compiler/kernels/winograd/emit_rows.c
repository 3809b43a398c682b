// SPDX-License-Identifier: MIT
// Winograd's transforms along the rows alone (see kernels/winograd/rows.c for the rewrite): strips of rows, columns
// and channels in the lanes, as one run where both sides hold them so.
#include "kernels/winograd/family.h"
#include "kernels/generic/nest.h"
#include "kernels/winograd/emit_points.h"

typedef struct Strip {
    Builder *ir;
    const Plan *p;
    const Nest *n; // axes: strip or column tap, column or channel in, channel; row
    Winograd w;
    int op;
    bool to; // to the points, or back
    int image, points; // operands
    int64_t apart; // elements between two points
    int64_t rows; // of the image in the strip at hand
} Strip;

static Val point_at(Strip *q, const Cursor *c, int64_t j) {
    Builder *ir = q->ir;
    Val i = ir_addk(ir, c->off[q->points], j * q->apart);
    return ir_at(ir, ir_operand(ir, q->n->op[q->points].tensor), ir->f32, i);
}

static Val row_at(Strip *q, const Cursor *c, int64_t y) {
    Cursor at = cursor_stepk(q->ir, q->n, *c, 4, y);
    return operand_at(q->ir, q->p, q->n, &at, q->image);
}

enum { AHEAD = 256 }; // floats of the run

static void row_done(Strip *q, const Cursor *c, int64_t y, Lanes l, Val value) {
    Cursor at = cursor_stepk(q->ir, q->n, *c, 4, y);
    Cursor later = cursor_stepk(q->ir, q->n, at, 3, AHEAD);
    fetch_kept(q->ir, q->p, q->n, &later);
    finish_value(q->ir, q->p, q->n, &at, value, l, 3);
}

// One vector of every row of the image to one of every point, or back.
static void transform(void *state, Cursor c, Lanes l) {
    static Transform *const transforms[] = {[X_FILTER] = points_filter,
                                            [X_INPUT] = points_input,
                                            [X_OUTPUT] = points_output,
                                            [X_OUTPUT_GRAD] = points_output_grad,
                                            [X_FILTER_GRAD] = points_filter_grad};
    Strip *q = state;
    Builder *ir = q->ir;
    Val in[WINO_POINTS] = {0}, out[WINO_POINTS] = {0};
    bool to = q->to;
    int64_t across = q->n->op[q->image].stride[3], from = to ? q->rows : q->w.t;
    for (int64_t i = 0; i < from; i++) {
        Val at = to ? row_at(q, &c, i) : point_at(q, &c, i);
        in[i] = ir_gather(ir, at, to ? across : 1, l);
    }
    transforms[q->op](ir, &q->w, in, out, l.width);
    for (int64_t i = 0; to && i < q->w.t; i++)
        ir_store(ir, point_at(q, &c, i), out[i] ? out[i] : ir_f32(ir, 0, l.width), l);
    for (int64_t i = 0; !to && i < q->rows; i++) row_done(q, &c, i, l, out[i]);
}

static void columns(Strip *q, Cursor c) {
    Builder *ir = q->ir;
    const Nest *n = q->n;
    bool joined = true;
    for (int k = 0; k < n->nop; k++) {
        const Operand *o = &n->op[k];
        bool fixed = !o->stride[2] && !o->stride[3]; // on the run
        joined &= fixed || (o->stride[3] == 1 && o->stride[2] == n->extent[3]);
    }
    if (joined) {
        each_vector(ir, n, c, 3, n->extent[2] * n->extent[3], transform, q);
        return;
    }
    Loop x = ir_loop(ir, ir_int(ir, 0), ir_int(ir, n->extent[2]), 1);
    each_vector(ir, n, cursor_step(ir, n, c, 2, x.i), 3, n->extent[3], transform, q);
    ir_end(ir, &x);
}

// Whole strips, and apart the last one where it sticks out of y.
static void strips(Strip *q, Cursor c) {
    Builder *ir = q->ir;
    const Tensor *image = &q->p->step->tensor[q->n->op[q->image].tensor];
    int64_t m = q->w.m, rows = image->need[0].hi - image->need[0].lo;
    bool input = q->op == X_INPUT;
    int64_t whole = input ? q->n->extent[1] : rows / m, rest = input ? 0 : rows % m;
    if (whole) {
        Val lo, hi;
        ir_own_share(ir, whole, 1, &lo, &hi);
        Loop l = ir_loop(ir, lo, hi, 1);
        q->rows = input ? q->w.t : m;
        columns(q, cursor_step(ir, q->n, c, 1, l.i));
        ir_end(ir, &l);
    }
    if (rest) {
        If last = ir_if_last(ir);
        q->rows = rest;
        columns(q, cursor_stepk(ir, q->n, c, 1, whole));
        ir_endif(ir, &last);
    }
}

void emit_strips(Builder *ir, const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    Strip q = {.ir = ir, .p = p, .n = &k->nest, .op = n->op, .to = transform_to_points(n)};
    bool kernel = !n->samples;
    q.image = q.to ? 0 : 1;
    q.points = 1 - q.image;
    q.apart = p->step->tensor[q.n->op[q.points].tensor].stride[0];
    q.w = winograd((int)n->window[0], (int)n->window[1], (int)n->window[2]);
    q.rows = q.w.r;
    Loop l = ir_loop(ir, ir->lo, ir->hi, 1); // samples, or column taps of the kernel
    Cursor c = cursor_step(ir, q.n, cursor_start(ir, q.n), kernel ? 1 : 0, l.i);
    if (kernel)
        columns(&q, c);
    else
        strips(&q, c);
    ir_end(ir, &l);
}
