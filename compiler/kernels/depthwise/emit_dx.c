// SPDX-License-Identifier: MIT
// The gradient by a depthwise convolution's input at strides above 1: see select.c. Of a tile's elements the
// residue of u by the stride is known, for tiles are multiples of it: each has its own taps, no branch.
#include "kernels/depthwise/depthwise.h"
#include "kernels/depthwise/products.h"
#include "step/problem.h"
#include "support/limit.h"

typedef struct Back {
    Products of;
    Steps along[2];
    int place[2], tap[2]; // axes; 0: none
    int64_t first[2]; // the place that cursors start at
    int64_t rows[2]; // of the tile being emitted
} Back;

static int64_t floor_div(int64_t a, int64_t b) { // b > 0
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

// To u = `by` further along d: dy by whole strides, the kernel stays, all others by each.
static Cursor move(const Back *d, Cursor c, int dim, Val by) {
    Builder *ir = d->of.ir;
    const Nest *n = d->of.n;
    if (!d->place[dim]) return c;
    Val places = ir_idiv(ir, by, ir_int(ir, d->along[dim].stride));
    c.off[0] = ir_add(ir, c.off[0], ir_mulk(ir, places, n->op[0].stride[d->place[dim]]));
    for (int k = 2; k < n->nop; k++)
        c.off[k] = ir_add(ir, c.off[k], ir_mulk(ir, by, n->op[k].stride[d->tap[dim]]));
    return c;
}

// At the first element: dy and dX stand at the first place's first tap; what follows dX stands there.
static Cursor at_start(const Back *d, Cursor c, int dim) {
    Builder *ir = d->of.ir;
    const Nest *n = d->of.n;
    if (!d->place[dim]) return c;
    const Steps *s = &d->along[dim];
    int64_t places = floor_div(s->lo, s->stride) - d->first[dim];
    int64_t u = s->lo - d->first[dim] * s->stride;
    c.off[0] = ir_addk(ir, c.off[0], places * n->op[0].stride[d->place[dim]]);
    c.off[2] = ir_addk(ir, c.off[2], u * n->op[2].stride[d->tap[dim]]);
    return c;
}

// Element `at` of a tile along d and the m-th of its taps: which tap, or -1, and how many places on.
static int64_t tap_of(const Back *d, int dim, int64_t at, int64_t m, int64_t *places) {
    const Steps *s = &d->along[dim];
    int64_t residue = s->lo - floor_div(s->lo, s->stride) * s->stride + at;
    int64_t tap = residue % s->stride + m * s->stride;
    *places = residue / s->stride - m;
    return tap < s->taps ? tap : -1;
}

static int64_t stride_of(const Back *d, int op, int axis) {
    return axis ? d->of.n->op[op].stride[axis] : 0;
}

static int list_products(const Back *d, Product *to) {
    int count = 0;
    int64_t most[2], places[2], tap[2];
    for (int i = 0; i < 2; i++)
        most[i] = (d->along[i].taps + d->along[i].stride - 1) / d->along[i].stride;
    for (int64_t r = 0; r < d->rows[0] * d->rows[1]; r++)
        for (int64_t m = 0; m < most[0] * most[1]; m++) {
            tap[0] = tap_of(d, 0, r / d->rows[1], m / most[1], &places[0]);
            tap[1] = tap_of(d, 1, r % d->rows[1], m % most[1], &places[1]);
            if (tap[0] < 0 || tap[1] < 0) continue;
            int64_t at =
                places[0] * stride_of(d, 0, d->place[0]) + places[1] * stride_of(d, 0, d->place[1]);
            to[ROOM(count++, MAX_PRODUCTS, "products of a tile")] =
                (Product){at, (int)r, (int)(tap[0] * d->along[1].taps + tap[1])};
        }
    products_sort(to, count);
    return count;
}

static void tile(void *state, Cursor c, Lanes l) {
    const Back *d = state;
    const Products *of = &d->of;
    Builder *ir = of->ir;
    Product product[MAX_PRODUCTS];
    Val tap[MAX_SUMS], sum[MAX_SUMS];
    Type vec = ir_vec(ir, ir->f32, l.width);
    int count = WITHIN(d->rows[0] * d->rows[1], MAX_SUMS, "sums of a tile");
    int taps = WITHIN(d->along[0].taps * d->along[1].taps, MAX_SUMS, "taps in registers");
    for (int t = 0; t < taps; t++) {
        Cursor at = c;
        int64_t by = t / d->along[1].taps * stride_of(d, 1, d->tap[0]) +
                     t % d->along[1].taps * stride_of(d, 1, d->tap[1]);
        at.off[1] = ir_addk(ir, at.off[1], by);
        tap[t] = load_operand(ir, of->p, of->n, &at, 1, l, of->lane);
    }
    for (int i = 0; i < count; i++) sum[i] = ir_var(ir, vec, ir_f32(ir, 0, l.width));
    products_emit(of, &c, l, product, list_products(d, product), tap, sum);
    for (int i = 0; i < count; i++) {
        Cursor at = c;
        for (int k = 2; k < of->n->nop; k++)
            at.off[k] = ir_addk(ir, at.off[k],
                                i / d->rows[1] * stride_of(d, k, d->tap[0]) +
                                    i % d->rows[1] * stride_of(d, k, d->tap[1]));
        finish_value(ir, of->p, of->n, &at, ir_get(ir, vec, sum[i]), l, of->lane);
    }
}

static void tiles(Back d, Cursor c, int dim) {
    Builder *ir = d.of.ir;
    if (dim == 2) {
        int lane = d.of.lane;
        each_vector(ir, d.of.n, c, lane, d.of.n->extent[lane], tile, &d);
        return;
    }
    const Steps *s = &d.along[dim];
    int64_t all = s->hi - s->lo, rest = all % s->rows, whole = all - rest;
    for (int part = 0; part < 2; part++) {
        if (part ? !rest : !whole) continue;
        d.rows[dim] = part ? rest : s->rows;
        Loop l =
            ir_loop(ir, ir_int(ir, part ? whole : 0), ir_int(ir, part ? all : whole), d.rows[dim]);
        tiles(d, move(&d, c, dim, l.i), dim + 1);
        ir_end(ir, &l);
    }
}

void emit_depthwise_dx(Builder *ir, const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    const Problem *q = n->problem;
    Back d = {.of = {ir, p, &k->nest, q->group}};
    depthwise_steps(p, n, d.along);
    for (int i = 0, at = 2 - q->space; i < q->space; i++, at++) {
        d.place[at] = q->dim[i].place;
        d.tap[at] = q->dim[i].tap;
        d.first[at] = n->axis[q->dim[i].place].span.lo;
    }
    Loop sample = ir_loop(ir, ir->lo, ir->hi, 1);
    Cursor c = cursor_step(ir, d.of.n, cursor_start(ir, d.of.n), 0, sample.i);
    for (int i = 0; i < 2; i++) c = at_start(&d, c, i);
    tiles(d, c, 0);
    ir_end(ir, &sample);
}
