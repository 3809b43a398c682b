// SPDX-License-Identifier: MIT
// Cursors, pieces of the lane axis, and stages: see nest.h.
#include "kernels/generic/nest.h"
#include <string.h>

Cursor cursor_start(Builder *ir, const Nest *n) {
    Cursor c;
    for (int k = 0; k < n->nop; k++) c.off[k] = ir_int(ir, n->op[k].base);
    return c;
}

Cursor cursor_step(Builder *ir, const Nest *n, Cursor c, int axis, Val by) {
    for (int k = 0; k < n->nop; k++) {
        int64_t stride = n->op[k].stride[axis];
        if (stride) c.off[k] = ir_add(ir, c.off[k], ir_mulk(ir, by, stride));
    }
    return c;
}

Cursor cursor_stepk(Builder *ir, const Nest *n, Cursor c, int axis, int64_t by) {
    for (int k = 0; k < n->nop && by; k++)
        c.off[k] = ir_addk(ir, c.off[k], by * n->op[k].stride[axis]);
    return c;
}

Type element_of(Builder *ir, TensorType t) {
    return t == T_F32 ? ir->f32 : t == T_I32 ? ir->i32 : ir->i8;
}

Val operand_at(Builder *ir, const Plan *p, const Nest *n, const Cursor *c, int op) {
    int t = n->op[op].tensor;
    Val index = c->off[op];
    if (n->op[op].scale != 1) index = ir_exact_div(ir, index, ir_int(ir, n->op[op].scale));
    return ir_at(ir, ir_operand(ir, t), element_of(ir, p->step->tensor[t].type), index);
}

Pieces lane_pieces(int64_t extent, int width, int vectors) {
    Pieces p = {.whole = {width, width}};
    p.groups = extent / (width * vectors);
    p.rest = (int)(extent % (width * vectors)) / width;
    int left = (int)(extent % width);
    int pow = 1;
    while (pow < left) pow *= 2;
    p.tail = (Lanes){pow, left};
    return p;
}

typedef struct Vectors { // of an axis
    int64_t extent;
    Val lo, hi; // the whole ones among these
    bool own; // a team shares them: the last of it has what is left
} Vectors;

static void some_vectors(Builder *ir, const Nest *n, Cursor c, int axis, const Vectors *v,
                         VectorBody *body, void *state) {
    Pieces p = lane_pieces(v->extent, ir->vector, 1);
    int64_t whole = p.groups * ir->vector;
    if (p.groups) {
        Loop l = ir_loop(ir, v->lo, ir_min(ir, v->hi, ir_int(ir, whole)), ir->vector);
        body(state, cursor_step(ir, n, c, axis, l.i), p.whole);
        ir_end(ir, &l);
    }
    if (!p.tail.active) return;
    If last = v->own ? ir_if_last(ir) : (If){NULL};
    body(state, cursor_stepk(ir, n, c, axis, whole), p.tail);
    ir_endif(ir, &last);
}

void each_vector(Builder *ir, const Nest *n, Cursor c, int axis, int64_t extent, VectorBody *body,
                 void *state) {
    Vectors all = {.extent = extent, .lo = ir_int(ir, 0), .hi = ir_int(ir, extent)};
    some_vectors(ir, n, c, axis, &all, body, state);
}

void each_own_vector(Builder *ir, const Nest *n, Cursor c, int axis, int64_t extent,
                     VectorBody *body, void *state) {
    Vectors share = {.extent = extent, .own = true};
    ir_own_share(ir, extent, plan_line(ir->target), &share.lo, &share.hi);
    some_vectors(ir, n, c, axis, &share, body, state);
}

void axis_bounds(Builder *ir, const Nest *n, int axis, Val *lo, Val *hi) {
    bool cut = axis == n->range && n->role[axis] == A_OUT;
    bool samples = axis == 0 && n->extent[0] == -1;
    *lo = ir_int(ir, 0);
    *hi = ir_int(ir, n->extent[axis]);
    if (cut || (samples && n->range == 0)) {
        *lo = ir->lo;
        *hi = ir->hi;
    } else if (samples) {
        *hi = ir->n;
    }
}

Val load_operand(Builder *ir, const Plan *p, const Nest *n, const Cursor *c, int op, Lanes l,
                 int lane) {
    Val at = operand_at(ir, p, n, c, op);
    int64_t stride = lane ? n->op[op].stride[lane] / n->op[op].scale : 0;
    if (stride) return ir_gather(ir, at, stride, l);
    return ir_splat(ir, ir_scalar(ir, ir->f32, at), l.width);
}

static Val load_bits(Builder *ir, const Nest *n, const Cursor *c, int op, Lanes l) {
    Val bit = c->off[op];
    if (n->op[op].scale != 1) bit = ir_exact_div(ir, bit, ir_int(ir, n->op[op].scale));
    return ir_bits(ir, ir_operand(ir, n->op[op].tensor), bit, l.width);
}

// An optimiser's results are written in place: one that a later stage reads as it was must wait.
static bool read_later(const Step *s, const Nest *n, int stage) {
    int out = n->stage[stage].out;
    Owner owner = s->tensor[n->op[out].tensor].owner;
    if (owner != O_MODEL && owner != O_OPT) return false;
    for (int i = stage + 1; i < n->nstage; i++)
        for (int k = 0; k < n->stage[i].nin; k++) {
            int in = n->stage[i].in[k];
            if (in >= 0 && n->op[in].tensor == n->op[out].tensor) return true;
        }
    return false;
}

bool read_by_all(const Plan *p, const Nest *n, int op) {
    Owner owner = p->step->tensor[n->op[op].tensor].owner;
    return owner == O_MODEL || owner == O_STEP;
}

static void store_operand(Builder *ir, const Plan *p, const Nest *n, const Cursor *c, int op, Val v,
                          Lanes l) {
    Val at = operand_at(ir, p, n, c, op);
    ir_store(ir, at, v, l);
    if (!n->tree && read_by_all(p, n, op)) ir_claim(ir, p, at, 1);
}

void emit_stages(Builder *ir, const Plan *p, const Nest *n, const Cursor *c, Lanes l, int lane,
                 Val root) {
    Val value[MAX_GROUP] = {0}, waits[MAX_STAGE] = {0};
    value[n->root] = root;
    for (int i = 0; i < n->nstage; i++) {
        const Stage *st = &n->stage[i];
        Val in[MAX_IN] = {0}, bits[MAX_IN] = {0};
        for (int k = 0; k < st->nin; k++) {
            int op = st->in[k];
            if (op < 0)
                in[k] = value[~op];
            else if (p->step->tensor[n->op[op].tensor].type == T_BIT)
                bits[k] = load_bits(ir, n, c, op, l);
            else
                in[k] = load_operand(ir, p, n, c, op, l, lane);
        }
        Val v = emit_expr(ir, st->expr, in, bits, l.width);
        value[st->value] = v;
        if (st->out < 0) continue;
        if (read_later(p->step, n, i))
            waits[i] = v;
        else
            store_operand(ir, p, n, c, st->out, v, l);
    }
    for (int i = 0; i < n->nstage; i++)
        if (waits[i]) store_operand(ir, p, n, c, n->stage[i].out, waits[i], l);
}

void finish_value(Builder *ir, const Plan *p, const Nest *n, const Cursor *c, Val value, Lanes l,
                  int lane) {
    if (n->out >= 0 && !n->asked) {
        Val at = operand_at(ir, p, n, c, n->out);
        int64_t stride = lane && l.width > 1 ? n->op[n->out].stride[lane] : 1;
        if (n->add) value = ir_fadd(ir, ir_gather(ir, at, stride, l), value);
        ir_scatter(ir, at, stride, value, l);
        if (stride == 1 && !n->tree && read_by_all(p, n, n->out)) ir_claim(ir, p, at, 1);
    }
    emit_stages(ir, p, n, c, l, lane, value);
}

// Of each sample in [lo, hi), or of the whole batch's one.
void emit_clear(Builder *ir, const Plan *p, int tensor) {
    const Tensor *t = &p->step->tensor[tensor]; // kept for the batch, it is one of many in a sample
    Loop sample = ir_loop(ir, ir->lo, ir->hi, 1);
    Val at = ir_at(ir, ir_operand(ir, tensor), ir->f32, ir_mulk(ir, sample.i, t->sample_stride));
    ir_zero(ir, at, ir_int(ir, t->bytes / 4));
    ir_end(ir, &sample);
}
