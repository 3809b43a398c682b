// SPDX-License-Identifier: MIT
// Rows, softmax and its adjoint.
//   softmax   y[i] = e^(x[i] - m) / sum over j of e^(x[j] - m),  m = max x
//   adjoint   dx = (dy - sum dy y) y
#include "kernels/generic/row.h"
#include "kernels/generic/nest.h"

void row_each(Row *r, RowBody *body, void *state) {
    Builder *ir = r->ir;
    Pieces p = lane_pieces(r->count, ir->vector, 1);
    if (p.groups) {
        Loop l = ir_loop(ir, ir_int(ir, 0), ir_int(ir, p.groups * ir->vector), ir->vector);
        body(r, l.i, p.whole, state);
        ir_end(ir, &l);
    }
    if (p.tail.active) body(r, ir_int(ir, p.groups * ir->vector), p.tail, state);
}

Acc acc_new(Row *r, double initial) {
    int width = r->ir->vector;
    return (Acc){ir_var(r->ir, ir_vec(r->ir, r->ir->f32, width), ir_f32(r->ir, initial, width)),
                 width};
}

// Pads the vector of a tail to the accumulator's width with the neutral element, `passive`.
static Val widen(Row *r, Val v, Lanes l, int width, double passive) {
    Builder *ir = r->ir;
    if (l.active == width) return v;
    int lane[MAX_LANES];
    for (int i = 0; i < width; i++) // lane l.width: the first of the passive vector
        lane[i] = i < l.active ? i : l.width;
    return ir_shuffle(ir, v, ir_f32(ir, passive, l.width), lane, width);
}

void acc_add(Row *r, Acc *a, Val v, Lanes l) {
    Builder *ir = r->ir;
    Val old = ir_get(ir, ir_vec(ir, ir->f32, a->width), a->var);
    ir_set(ir, a->var, ir_fadd(ir, old, widen(r, v, l, a->width, 0)));
}

void acc_raise(Row *r, Acc *a, Val v, Lanes l) {
    Builder *ir = r->ir;
    Val old = ir_get(ir, ir_vec(ir, ir->f32, a->width), a->var);
    Val x = widen(r, v, l, a->width, -__builtin_inf());
    ir_set(ir, a->var, ir_select(ir, ir_less(ir, old, x), x, old));
}

Val acc_sum(Row *r, Acc *a) {
    return ir_sum(r->ir, ir_get(r->ir, ir_vec(r->ir, r->ir->f32, a->width), a->var), a->width);
}

Val acc_max(Row *r, Acc *a) {
    return ir_lanes_max(r->ir, ir_get(r->ir, ir_vec(r->ir, r->ir->f32, a->width), a->var),
                        a->width);
}

typedef struct Softmax {
    Val in, out, max, scale;
    Acc acc;
} Softmax;

static Val at(Row *r, Val base, Val i) {
    return ir_at(r->ir, base, r->ir->f32, i);
}

static void find_max(Row *r, Val i, Lanes l, void *state) {
    Softmax *s = state;
    acc_raise(r, &s->acc, ir_load(r->ir, at(r, s->in, i), l), l);
}

static void exponentials(Row *r, Val i, Lanes l, void *state) {
    Softmax *s = state;
    Builder *ir = r->ir;
    Val z = ir_load(ir, at(r, s->in, i), l);
    Val e = math_exp_minus(ir, z, ir_splat(ir, s->max, l.width), l.width);
    ir_store(ir, at(r, s->out, i), e, l);
    acc_add(r, &s->acc, e, l);
}

static void scale(Row *r, Val i, Lanes l, void *state) {
    Softmax *s = state;
    Builder *ir = r->ir;
    Val e = ir_load(ir, at(r, s->out, i), l);
    ir_store(ir, at(r, s->out, i), ir_fdiv(ir, e, ir_splat(ir, s->scale, l.width)), l);
}

Val row_log(Builder *ir, Val x) {
    Val v = math_log(ir, ir_splat(ir, x, 1), 1);
    return ir_lane(ir, v, 0);
}

void row_softmax(Row *r, Val z, Val out, Val *max, Val *log_sum) {
    Softmax s = {.in = z, .out = out};
    s.acc = acc_new(r, -__builtin_inf());
    row_each(r, find_max, &s);
    s.max = acc_max(r, &s.acc);
    s.acc = acc_new(r, 0);
    row_each(r, exponentials, &s);
    s.scale = acc_sum(r, &s.acc);
    row_each(r, scale, &s);
    if (max) *max = s.max;
    if (log_sum) *log_sum = row_log(r->ir, s.scale);
}

// Opens loops over samples and the positions of a map of rows; calls body with each row's cursor.
static void each_row(Builder *ir, const Kernel *k, const Plan *p,
                     void (*body)(Builder *, const Plan *, const Nest *, Cursor *, int64_t)) {
    const Nest *n = &k->nest;
    Loop loop[MAX_AXIS];
    Cursor c = cursor_start(ir, n);
    int last = n->naxis - 1;
    for (int a = 0; a < last; a++) {
        Val lo, hi;
        axis_bounds(ir, n, a, &lo, &hi);
        loop[a] = ir_loop(ir, lo, hi, 1);
        c = cursor_step(ir, n, c, a, loop[a].i);
    }
    body(ir, p, n, &c, n->extent[last]);
    for (int a = last - 1; a >= 0; a--) ir_end(ir, &loop[a]);
}

static void softmax_row(Builder *ir, const Plan *p, const Nest *n, Cursor *c, int64_t count) {
    Row r = {ir, count};
    row_softmax(&r, operand_at(ir, p, n, c, 0), operand_at(ir, p, n, c, n->out), NULL, NULL);
}

static void subtract(Row *r, Val i, Lanes l, void *state) {
    Softmax *s = state;
    Builder *ir = r->ir;
    Val below = ir_fsub(ir, ir_load(ir, at(r, s->in, i), l), ir_splat(ir, s->max, l.width));
    ir_store(ir, at(r, s->out, i), ir_fsub(ir, below, ir_splat(ir, s->scale, l.width)), l);
}

// (z - max) - log of the sum of e^(z - max)
static void log_softmax_row(Builder *ir, const Plan *p, const Nest *n, Cursor *c, int64_t count) {
    Row r = {ir, count};
    Softmax s = {.in = operand_at(ir, p, n, c, 0), .out = operand_at(ir, p, n, c, n->out)};
    row_softmax(&r, s.in, s.out, &s.max, &s.scale);
    row_each(&r, subtract, &s);
}

typedef struct Adjoint {
    Val dy, y, dx, dot;
    Acc acc;
} Adjoint;

static void dot(Row *r, Val i, Lanes l, void *state) {
    Adjoint *s = state;
    Val dy = ir_load(r->ir, at(r, s->dy, i), l), y = ir_load(r->ir, at(r, s->y, i), l);
    acc_add(r, &s->acc, ir_fmul(r->ir, dy, y), l);
}

static void adjoint(Row *r, Val i, Lanes l, void *state) {
    Adjoint *s = state;
    Builder *ir = r->ir;
    Val dy = ir_load(ir, at(r, s->dy, i), l), y = ir_load(ir, at(r, s->y, i), l);
    Val d = ir_fsub(ir, dy, ir_splat(ir, s->dot, l.width));
    ir_store(ir, at(r, s->dx, i), ir_fmul(ir, d, y), l);
}

// A sum over the row, and then each element from it.
static void sum_then_each(Builder *ir, const Plan *p, const Nest *n, Cursor *c, int64_t count,
                          RowBody *add, RowBody *each) {
    Row r = {ir, count};
    Adjoint s = {.dy = operand_at(ir, p, n, c, 0),
                 .y = operand_at(ir, p, n, c, 1),
                 .dx = operand_at(ir, p, n, c, n->out),
                 .acc = acc_new(&r, 0)};
    row_each(&r, add, &s);
    s.dot = acc_sum(&r, &s.acc);
    row_each(&r, each, &s);
}

static void adjoint_row(Builder *ir, const Plan *p, const Nest *n, Cursor *c, int64_t count) {
    sum_then_each(ir, p, n, c, count, dot, adjoint);
}

static void sum(Row *r, Val i, Lanes l, void *state) {
    Adjoint *s = state;
    acc_add(r, &s->acc, ir_load(r->ir, at(r, s->dy, i), l), l);
}

static void log_adjoint(Row *r, Val i, Lanes l, void *state) {
    Adjoint *s = state;
    Builder *ir = r->ir;
    Val dy = ir_load(ir, at(r, s->dy, i), l), y = ir_load(ir, at(r, s->y, i), l);
    Val share = ir_fmul(ir, math_exp(ir, y, l.width), ir_splat(ir, s->dot, l.width));
    ir_store(ir, at(r, s->dx, i), ir_fsub(ir, dy, share), l);
}

static void log_adjoint_row(Builder *ir, const Plan *p, const Nest *n, Cursor *c, int64_t count) {
    sum_then_each(ir, p, n, c, count, sum, log_adjoint);
}

void emit_reduce(Builder *ir, const Plan *p, const Kernel *k) {
    static void (*const row[])(Builder *, const Plan *, const Nest *, Cursor *,
                               int64_t) = {[R_SOFTMAX] = softmax_row,
                                           [R_LOG_SOFTMAX] = log_softmax_row,
                                           [R_SOFTMAX_GRAD] = adjoint_row,
                                           [R_LOG_SOFTMAX_GRAD] = log_adjoint_row};
    each_row(ir, k, p, row[p->step->node[k->node[0]]->op]);
}
