// SPDX-License-Identifier: MIT
// WARP: an image through an affine map, and the adjoint; what it means is in step/interpret_warp.c. The
// lanes run along a row of the result, channels included: lane q is column q / C, channel q % C. Each works
// out its place, and its pixels are gathered. What the map leaves to the rows alone, as where nothing is
// turned, stands in front of the lanes' loop. The adjoint goes pixel by pixel, with channels in the lanes:
// pixels of the result may add to the same one.
#include "kernels/generic/nest.h"
#include <assert.h>

typedef struct Map {
    Builder *ir;
    const Node *n;
    const Tensor *image, *warped;
    Val coefficient[WARP_EXPRS]; // of the sample at hand; NULL: 0
    Val of, to; // its image and what it becomes, at the first pixel; or their gradients
    int width; // lanes at work
} Map;

typedef struct Places { // of the lanes
    int n;
    Val pixel[4]; // floats from the first pixel, channel 0; of one inside
    Val share[4]; // NULL: 1
    Val inside[4]; // NULL: all are
} Places;

static bool linear(const Node *n) {
    return n->op == I_LINEAR || n->op == I_LINEAR_GRAD;
}

static Val real(const Map *m, double x) {
    return ir_f32(m->ir, x, m->width);
}

static Val whole(const Map *m, int64_t x) {
    return ir_i32(m->ir, x, m->width);
}

static Val integer(const Map *m, Val x) { // towards 0
    return ir_to_int(m->ir, x, ir_vec(m->ir, m->ir->i32, m->width));
}

static Val number(const Map *m, Val x) {
    return ir_to_float(m->ir, x, ir_vec(m->ir, m->ir->f32, m->width));
}

static Val clamp(const Map *m, Val x, double last) {
    Val least = ir_select(m->ir, ir_less(m->ir, x, real(m, 0)), real(m, 0), x);
    return ir_select(m->ir, ir_less(m->ir, real(m, last), least), real(m, last), least);
}

// x - by * (how often it has `period`, towards 0)
static Val without(const Map *m, Val x, double period, double by) {
    Builder *ir = m->ir;
    Val times = number(m, integer(m, ir_fdiv(ir, x, real(m, period))));
    return ir_fsub(ir, x, ir_fmul(ir, times, real(m, by)));
}

static Val reflect(const Map *m, Val x, double count) {
    Builder *ir = m->ir;
    Val mirrored = ir_fsub(ir, real(m, -1), x);
    x = ir_select(ir, ir_less(ir, x, real(m, 0)), mirrored, x);
    x = without(m, x, 2 * count, 2 * count);
    Val back = ir_fsub(ir, real(m, 2 * count - 1), x);
    return ir_select(ir, ir_less(ir, x, real(m, count)), x, back);
}

static Val wrap(const Map *m, Val x, double count) {
    Builder *ir = m->ir;
    if (count == 1) return x;
    Val beyond = without(m, x, count - 1, count); // below 0 it goes up
    Val before = ir_less(ir, x, real(m, 0)), behind = ir_less(ir, real(m, count - 1), x);
    Val up = ir_fadd(ir, beyond, real(m, count));
    return ir_select(ir, before, up, ir_select(ir, behind, beyond, x));
}

static Val place(const Map *m, Val x, int64_t count) {
    if (m->n->fill == FILL_CONSTANT) return x;
    if (m->n->fill == FILL_REFLECT) x = reflect(m, x, (double)count);
    if (m->n->fill == FILL_WRAP) x = wrap(m, x, (double)count);
    return clamp(m, x, (double)(count - 1));
}

// The coefficient's share of a place: that of column x or row y.
static Val plus(const Map *m, int k, Val x, Val sum) {
    Val c = m->coefficient[k];
    if (!c) return sum;
    c = ir_splat(m->ir, c, m->width);
    return x ? ir_fma(m->ir, c, x, sum) : ir_fadd(m->ir, sum, c);
}

static Val mapped(const Map *m, int first, Val x, Val y) {
    Val alone = plus(m, first + 2, NULL, real(m, 0));
    return plus(m, first, x, plus(m, first + 1, y, alone));
}

typedef struct Line { // the pixels of an axis that a place is between
    int n;
    Val at[2], share[2], inside[2];
} Line;

static Val kept_inside(const Map *m, Line *l, int k, Val i, int64_t count) {
    Builder *ir = m->ir;
    Val low = ir_select(ir, ir_iless(ir, i, whole(m, 0)), whole(m, 0), i);
    Val in = ir_select(ir, ir_iless(ir, whole(m, count - 1), low), whole(m, count - 1), low);
    if (m->n->fill == FILL_CONSTANT) l->inside[k] = ir_equal(ir, in, i);
    return in;
}

static Line line(const Map *m, Val x, int64_t count, int64_t stride) {
    Builder *ir = m->ir;
    Line l = {.n = 1};
    x = place(m, x, count);
    if (linear(m->n)) {
        Val i = integer(m, x), above = ir_less(ir, x, number(m, i));
        i = ir_select(ir, above, ir_isub(ir, i, whole(m, 1)), i);
        l.n = 2;
        l.share[1] = ir_fsub(ir, x, number(m, i));
        l.share[0] = ir_fsub(ir, real(m, 1), l.share[1]);
        l.at[0] = i;
        l.at[1] = ir_iadd(ir, i, whole(m, 1));
    } else {
        Val half = ir_select(ir, ir_less(ir, x, real(m, 0)), real(m, -0.5), real(m, 0.5));
        l.at[0] = integer(m, ir_fadd(ir, x, half));
    }
    for (int k = 0; k < l.n; k++)
        l.at[k] = ir_imul(ir, kept_inside(m, &l, k, l.at[k], count), whole(m, stride));
    return l;
}

static Places places(const Map *m, Val x, Val y) {
    Builder *ir = m->ir;
    Line column = line(m, mapped(m, 0, x, y), m->image->dim[1], m->image->stride[1]);
    Line row = line(m, mapped(m, 3, x, y), m->image->dim[0], m->image->stride[0]);
    Places p = {.n = row.n * column.n};
    for (int k = 0; k < p.n; k++) {
        int i = k / column.n, j = k % column.n;
        p.pixel[k] = ir_iadd(ir, row.at[i], column.at[j]);
        if (row.share[i]) p.share[k] = ir_fmul(ir, row.share[i], column.share[j]);
        if (row.inside[i]) p.inside[k] = ir_and(ir, row.inside[i], column.inside[j]);
    }
    return p;
}

// The lanes of a row from `first` on.
static void warp_lanes(Map *m, Val to, Val y, Val first, Lanes l) {
    Builder *ir = m->ir;
    int64_t lane[MAX_LANES], channels = m->image->dim[2];
    for (int i = 0; i < l.width; i++) lane[i] = i;
    m->width = l.width;
    Val q = ir_iadd(ir, ir_splat(ir, ir_narrow(ir, first, ir->i32), l.width),
                    ir_constants(ir->i32, lane, l.width));
    Val x = channels == 1 ? q : ir_udiv(ir, q, whole(m, channels));
    Places p = places(m, number(m, x), ir_splat(ir, y, l.width));
    Val channel = ir_isub(ir, q, ir_imul(ir, x, whole(m, channels))), sum = NULL;
    for (int k = 0; k < p.n; k++) {
        Val at = channels == 1 ? p.pixel[k] : ir_iadd(ir, p.pixel[k], channel);
        Val v = ir_gather_at(ir, m->of, at, l.width);
        if (p.inside[k]) v = ir_select(ir, p.inside[k], v, real(m, m->n->outside));
        if (!p.share[k])
            sum = v;
        else
            sum = sum ? ir_fma(ir, p.share[k], v, sum) : ir_fmul(ir, p.share[k], v);
    }
    ir_store(ir, ir_at(ir, to, ir->f32, first), sum, l);
}

static void warp_row(Map *m, Val row) {
    Builder *ir = m->ir;
    Val to = ir_at(ir, m->to, ir->f32, ir_mulk(ir, row, m->warped->stride[0]));
    Val y = ir_to_float(ir, row, ir->f32);
    Pieces p = lane_pieces(m->warped->dim[1] * m->warped->dim[2], ir->vector, 1);
    int64_t end = p.groups * ir->vector;
    if (p.groups) {
        Loop l = ir_loop(ir, ir_int(ir, 0), ir_int(ir, end), ir->vector);
        warp_lanes(m, to, y, l.i, p.whole);
        ir_end(ir, &l);
    }
    if (p.tail.active) warp_lanes(m, to, y, ir_int(ir, end), p.tail);
}

// dx[pixel] += share dy, by channels.
static void spread_channels(const Map *m, const Places *p, int k, Val dy, Val channel, Lanes l) {
    Builder *ir = m->ir;
    Val pixel = ir_widen_signed(ir, ir_lane(ir, p->pixel[k], 0), ir->i64);
    Val at = ir_at(ir, m->of, ir->f32, ir_add(ir, pixel, channel));
    Val v = ir_load(ir, ir_at(ir, dy, ir->f32, channel), l);
    if (p->share[k]) v = ir_fmul(ir, v, ir_splat(ir, ir_lane(ir, p->share[k], 0), l.width));
    v = ir_fadd(ir, ir_load(ir, at, l), v);
    ir_store(ir, at, v, l);
}

static void spread_pixel(Map *m, Val row, Val column) {
    Builder *ir = m->ir;
    int64_t channels = m->warped->dim[2];
    m->width = 1;
    Val at = ir_add(ir, ir_mulk(ir, row, m->warped->stride[0]), ir_mulk(ir, column, channels));
    Val dy = ir_at(ir, m->to, ir->f32, at);
    Val x = ir_splat(ir, ir_to_float(ir, column, ir->f32), 1);
    Places p = places(m, x, ir_splat(ir, ir_to_float(ir, row, ir->f32), 1));
    Pieces c = lane_pieces(channels, ir->vector, 1);
    int64_t end = c.groups * ir->vector;
    for (int k = 0; k < p.n; k++) {
        If inside = {0};
        if (p.inside[k]) inside = ir_if(ir, ir_lane(ir, p.inside[k], 0));
        if (c.groups) {
            Loop l = ir_loop(ir, ir_int(ir, 0), ir_int(ir, end), ir->vector);
            spread_channels(m, &p, k, dy, l.i, c.whole);
            ir_end(ir, &l);
        }
        if (c.tail.active) spread_channels(m, &p, k, dy, ir_int(ir, end), c.tail);
        if (p.inside[k]) ir_endif(ir, &inside);
    }
}

static void spread_row(Map *m, Val row) {
    Loop column = ir_loop(m->ir, ir_int(m->ir, 0), ir_int(m->ir, m->warped->dim[1]), 1);
    spread_pixel(m, row, column.i);
    ir_end(m->ir, &column);
}

static Val first_pixel(Builder *ir, int tensor, const Tensor *t, Val sample) {
    int64_t at = 0;
    for (int d = 0; d < 3; d++) at += t->ring[d][0] * t->stride[d];
    assert(t->stride[2] == 1 && t->stride[1] == t->dim[2]); // rows are runs of pixels
    Val of = ir_addk(ir, ir_mulk(ir, sample, t->sample_stride), at);
    return ir_at(ir, ir_operand(ir, tensor), ir->f32, of);
}

static void read_map(Map *m, const Plan *p, Val sample) {
    Builder *ir = m->ir;
    Val in[MAX_IN] = {0};
    for (int k = 1; k < m->n->nin; k++) {
        const Tensor *u = &p->step->tensor[m->n->in[k].tensor];
        Val at = ir_addk(ir, ir_mulk(ir, sample, u->sample_stride), m->n->in[k].off[0]);
        Val of = ir_at(ir, ir_operand(ir, m->n->in[k].tensor), ir->f32, at);
        in[k] = ir_splat(ir, ir_scalar(ir, ir->f32, of), 1);
    }
    for (int k = 0; k < WARP_EXPRS; k++) {
        const Expr *e = m->n->expr[k];
        m->coefficient[k] = expr_is(e, 0) ? NULL : ir_lane(ir, emit_expr(ir, e, in, NULL, 1), 0);
    }
}

void emit_warp(Builder *ir, const Plan *p, const Kernel *k) {
    const Node *n = &p->step->node[k->node[0]];
    int image = n->scatter ? n->out[0].tensor : n->in[0].tensor;
    int warped = n->scatter ? n->in[0].tensor : n->out[0].tensor;
    Map m = {ir, n, &p->step->tensor[image], &p->step->tensor[warped], {0}, NULL, NULL, 0};
    if (n->scatter) emit_clear(ir, p, image);
    Loop sample = ir_loop(ir, ir->lo, ir->hi, 1);
    read_map(&m, p, sample.i);
    m.of = first_pixel(ir, image, m.image, sample.i);
    m.to = first_pixel(ir, warped, m.warped, sample.i);
    Loop row = ir_loop(ir, ir_int(ir, 0), ir_int(ir, m.warped->dim[0]), 1);
    (n->scatter ? spread_row : warp_row)(&m, row.i);
    ir_end(ir, &row);
    ir_end(ir, &sample);
}
