// SPDX-License-Identifier: MIT
// WARP: an image through an affine map, and the adjoint; what it means is in step/interpret_warp.c. The
// lanes run along a row of the result, channels included: lane q is column q / C, channel q % C. Each works
// out its place, and its pixels are gathered. Where nothing is turned, a row of the result is between two rows
// of the image, which are mixed first, so that each lane gathers two pixels, not four. The adjoint goes pixel
// by pixel, with channels in the lanes: pixels of the result may add to the same one.
#include "kernels/generic/nest.h"
#include <assert.h>

typedef struct Map {
    Builder *ir;
    const Node *n;
    const Tensor *image, *warped;
    Val coefficient[WARP_EXPRS]; // of the sample at hand; NULL: 0
    Val of, to; // its image and what it becomes, at the first pixel; or their gradients
    Val mixed; // room for a row of the image; NULL: rows are not mixed
    Val row, y; // of the result: its memory and number
    int width; // lanes at work
} Map;

typedef struct Places { // of the lanes
    int n;
    Val pixel[4]; // floats from the first pixel, channel 0; of one inside
    Val share[4]; // NULL: 1
    Val inside[4]; // NULL: all are
} Places;

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

static Val period(const Map *m, Val x, double count) {
    Builder *ir = m->ir;
    if (count == 1) return x;
    Val nearer = without(m, x, count - 1, count - 1); // below 0 it goes up
    Val up = ir_fadd(ir, nearer, real(m, count - 1));
    Val kept = ir_select(ir, ir_less(ir, real(m, count - 1), x), nearer, x);
    return ir_select(ir, ir_less(ir, x, real(m, 0)), up, kept);
}

static Val place(const Map *m, Val x, int64_t count) {
    if (warp_fills(m->n->fill)) return x;
    if (m->n->fill == FILL_REFLECT) x = reflect(m, x, (double)count);
    if (m->n->fill == FILL_WRAP) x = wrap(m, x, (double)count);
    if (m->n->fill == FILL_PERIOD) x = period(m, x, (double)count);
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

static Val within(const Map *m, Val x, int64_t count) {
    Builder *ir = m->ir;
    Val before = ir_less(ir, x, real(m, 0)), behind = ir_less(ir, real(m, (double)(count - 1)), x);
    return ir_equal(ir, whole(m, 0),
                    ir_select(ir, ir_or(ir, before, behind), whole(m, 1), whole(m, 0)));
}

static Line line(const Map *m, Val x, int64_t count, int64_t stride) {
    Builder *ir = m->ir;
    Line l = {.n = 1};
    Val cut = m->n->fill == FILL_CUT ? within(m, x, count) : NULL;
    x = place(m, x, count);
    if (warp_linear(m->n)) {
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
    for (int k = 0; k < l.n; k++) {
        l.at[k] = ir_imul(ir, kept_inside(m, &l, k, l.at[k], count), whole(m, stride));
        if (cut) l.inside[k] = cut;
    }
    return l;
}

// In the mixed row, or in the image.
static Places places(const Map *m, Val x, Val y) {
    Builder *ir = m->ir;
    Line column = line(m, mapped(m, 0, x, y), m->image->dim[1], m->image->stride[1]),
         row = {.n = 1};
    if (!m->mixed) row = line(m, mapped(m, 3, x, y), m->image->dim[0], m->image->stride[0]);
    Places p = {.n = row.n * column.n};
    for (int k = 0; k < p.n; k++) {
        int i = k / column.n, j = k % column.n;
        p.pixel[k] = row.at[i] ? ir_iadd(ir, row.at[i], column.at[j]) : column.at[j];
        p.share[k] = row.share[i] ? ir_fmul(ir, row.share[i], column.share[j]) : column.share[j];
        p.inside[k] =
            row.inside[i] ? ir_and(ir, row.inside[i], column.inside[j]) : column.inside[j];
    }
    return p;
}

typedef void Body(Map *m, void *state, Val first, Lanes l);

static void each_piece(Map *m, int64_t floats, Body *body, void *state) {
    Builder *ir = m->ir;
    Pieces p = lane_pieces(floats, ir->vector, 1);
    int64_t end = p.groups * ir->vector;
    if (p.groups) {
        Loop l = ir_loop(ir, ir_int(ir, 0), ir_int(ir, end), ir->vector);
        body(m, state, l.i, p.whole);
        ir_end(ir, &l);
    }
    if (p.tail.active) body(m, state, ir_int(ir, end), p.tail);
}

static void add(const Map *m, Val *sum, Val v, Val share, Val inside) {
    Builder *ir = m->ir;
    if (inside) v = ir_select(ir, inside, v, real(m, m->n->outside));
    if (!share)
        *sum = v;
    else
        *sum = *sum ? ir_fma(ir, share, v, *sum) : ir_fmul(ir, share, v);
}

static void warp_lanes(Map *m, void *state, Val first, Lanes l) {
    Builder *ir = m->ir;
    int64_t lane[MAX_LANES], channels = m->image->dim[2];
    (void)state;
    for (int i = 0; i < l.width; i++) lane[i] = i;
    m->width = l.width;
    Val q = ir_iadd(ir, ir_splat(ir, ir_narrow(ir, first, ir->i32), l.width),
                    ir_constants(ir->i32, lane, l.width));
    Val x = channels == 1 ? q : ir_udiv(ir, q, whole(m, channels));
    Places p = places(m, number(m, x), ir_splat(ir, m->y, l.width));
    Val channel = ir_isub(ir, q, ir_imul(ir, x, whole(m, channels))), sum = NULL;
    for (int k = 0; k < p.n; k++) {
        Val at = channels == 1 ? p.pixel[k] : ir_iadd(ir, p.pixel[k], channel);
        Val v = ir_gather_at(ir, m->mixed ? m->mixed : m->of, at, l.width);
        add(m, &sum, v, p.share[k], p.inside[k]);
    }
    ir_store(ir, ir_at(ir, m->row, ir->f32, first), sum, l);
}

static Val lane_of(const Map *m, Val v, int width) { // the only one, in so many
    return v ? ir_splat(m->ir, ir_lane(m->ir, v, 0), width) : NULL;
}

static void mix_lanes(Map *m, void *state, Val first, Lanes l) {
    Builder *ir = m->ir;
    const Line *row = state;
    Val sum = NULL;
    m->width = l.width;
    for (int k = 0; k < row->n; k++) {
        Val pixel = ir_widen_signed(ir, ir_lane(ir, row->at[k], 0), ir->index);
        Val v = ir_load(ir, ir_at(ir, m->of, ir->f32, ir_add(ir, pixel, first)), l);
        add(m, &sum, v, lane_of(m, row->share[k], l.width), lane_of(m, row->inside[k], l.width));
    }
    ir_store(ir, ir_at(ir, m->mixed, ir->f32, first), sum, l);
}

static void mix_rows(Map *m) {
    m->width = 1;
    Val place = mapped(m, 3, NULL, ir_splat(m->ir, m->y, 1));
    Line row = line(m, place, m->image->dim[0], m->image->stride[0]);
    each_piece(m, m->image->dim[1] * m->image->dim[2], mix_lanes, &row);
}

static void warp_row(Map *m, Val row) {
    m->row = ir_at(m->ir, m->to, m->ir->f32, ir_mulk(m->ir, row, m->warped->stride[0]));
    m->y = ir_to_float(m->ir, row, m->ir->f32);
    if (m->mixed) mix_rows(m);
    each_piece(m, m->warped->dim[1] * m->warped->dim[2], warp_lanes, NULL);
}

typedef struct Spread { // dx[pixel] += share dy
    Val dy, pixel, share;
} Spread;

static void spread_channels(Map *m, void *state, Val channel, Lanes l) {
    Builder *ir = m->ir;
    const Spread *s = state;
    Val pixel = ir_widen_signed(ir, ir_lane(ir, s->pixel, 0), ir->index);
    Val at = ir_at(ir, m->of, ir->f32, ir_add(ir, pixel, channel));
    Val v = ir_load(ir, ir_at(ir, s->dy, ir->f32, channel), l);
    if (s->share) v = ir_fmul(ir, v, lane_of(m, s->share, l.width));
    ir_store(ir, at, ir_fadd(ir, ir_load(ir, at, l), v), l);
}

static void spread_pixel(Map *m, Val row, Val column) {
    Builder *ir = m->ir;
    int64_t channels = m->warped->dim[2];
    m->width = 1;
    Val at = ir_add(ir, ir_mulk(ir, row, m->warped->stride[0]), ir_mulk(ir, column, channels));
    Val x = ir_splat(ir, ir_to_float(ir, column, ir->f32), 1);
    Places p = places(m, x, ir_splat(ir, ir_to_float(ir, row, ir->f32), 1));
    for (int k = 0; k < p.n; k++) {
        Spread s = {ir_at(ir, m->to, ir->f32, at), p.pixel[k], p.share[k]};
        If inside = {0};
        if (p.inside[k]) inside = ir_if(ir, ir_lane(ir, p.inside[k], 0));
        each_piece(m, channels, spread_channels, &s);
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

// Not turned, and of rows that fit the stack.
static bool mixes_rows(const Node *n, const Tensor *image) {
    enum { MOST_FLOATS = 4096 };
    bool straight = expr_is(n->expr[1], 0) && expr_is(n->expr[3], 0);
    return straight && n->op == I_LINEAR && image->dim[1] * image->dim[2] <= MOST_FLOATS;
}

void emit_warp(Builder *ir, const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    int image = n->scatter ? n->out[0].tensor : n->in[0].tensor;
    int warped = n->scatter ? n->in[0].tensor : n->out[0].tensor;
    Map m = {
        .ir = ir, .n = n, .image = &p->step->tensor[image], .warped = &p->step->tensor[warped]};
    if (mixes_rows(n, m.image)) m.mixed = ir_room(ir, ir->f32, m.image->dim[1] * m.image->dim[2]);
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
