// SPDX-License-Identifier: MIT
// The code of a depthwise convolution, and of a gathering gradient by its input:
//     for samples, tiles of places, vectors of channels:
//         sum[i][j] = 0
//         for rows of taps, or once for all taps where these fit the registers:
//             tap[] = the kernel
//             for each place of the input that the tile reads: x, once
//                 sum[i][j] += x tap[...]     for all outputs that x is part of
//         stages on sum
// Zeros around the input are a ring in memory: there is no edge.
#include "kernels/depthwise/depthwise.h"
#include "kernels/depthwise/products.h"
#include "support/limit.h"

typedef struct Depthwise {
    Products of;
    Builder *ir;
    const Nest *n;
    Places at;
    bool whole; // all taps are in registers at a time
    int64_t rows[2]; // of the tile being emitted
} Depthwise;

static int64_t extent(const Depthwise *d, int axis) {
    return axis < 0 ? 1 : d->n->extent[axis];
}

static int64_t x_stride(const Depthwise *d, int axis) {
    return axis < 0 ? 0 : d->n->op[0].stride[axis];
}

static Cursor step(const Depthwise *d, Cursor c, int axis, int64_t by) {
    return axis < 0 ? c : cursor_stepk(d->ir, d->n, c, axis, by);
}

// All products of a tile with the taps [0, taps[0]) x [0, taps[1]), by the place of the input.
static int list_products(const Depthwise *d, const int64_t *taps, Product *to) {
    int count = 0;
    for (int64_t t = 0; t < taps[0] * taps[1]; t++)
        for (int64_t r = 0; r < d->rows[0] * d->rows[1]; r++) {
            int64_t at = r / d->rows[1] * x_stride(d, d->at.place[0]) +
                         r % d->rows[1] * x_stride(d, d->at.place[1]) +
                         t / taps[1] * x_stride(d, d->at.tap[0]) +
                         t % taps[1] * x_stride(d, d->at.tap[1]);
            to[ROOM(count++, MAX_PRODUCTS, "products of a tile")] = (Product){at, (int)r, (int)t};
        }
    products_sort(to, count);
    return count;
}

static void multiply(const Depthwise *d, Cursor c, Lanes l, const int64_t *taps, const Val *sum) {
    Builder *ir = d->ir;
    Product product[MAX_PRODUCTS];
    Val tap[MAX_SUMS];
    int all = WITHIN(taps[0] * taps[1], MAX_SUMS, "taps in registers");
    for (int t = 0; t < all; t++) {
        Cursor at = step(d, c, d->at.tap[0], t / taps[1]);
        at = step(d, at, d->at.tap[1], t % taps[1]);
        tap[t] = load_operand(ir, d->of.p, d->n, &at, 1, l, d->of.lane);
    }
    products_emit(&d->of, &c, l, product, list_products(d, taps, product), tap, sum);
}

// A tile of one vector of channels.
static void tile(void *state, Cursor c, Lanes l) {
    const Depthwise *d = state;
    Builder *ir = d->ir;
    Val sum[MAX_SUMS];
    Type vec = ir_vec(ir, ir->f32, l.width);
    int count = WITHIN(d->rows[0] * d->rows[1], MAX_SUMS, "sums of a tile");
    for (int i = 0; i < count; i++) sum[i] = ir_var(ir, vec, ir_f32(ir, 0, l.width));
    int64_t taps[2] = {extent(d, d->at.tap[0]), extent(d, d->at.tap[1])}, rows = taps[0];
    if (d->whole) {
        multiply(d, c, l, taps, sum);
    } else {
        taps[0] = 1;
        Loop row = ir_loop(ir, ir_int(ir, 0), ir_int(ir, rows), 1);
        Cursor at = d->at.tap[0] < 0 ? c : cursor_step(ir, d->n, c, d->at.tap[0], row.i);
        multiply(d, at, l, taps, sum);
        ir_end(ir, &row);
    }
    for (int i = 0; i < count; i++) {
        Cursor at = step(d, c, d->at.place[0], i / d->rows[1]);
        at = step(d, at, d->at.place[1], i % d->rows[1]);
        finish_value(ir, d->of.p, d->n, &at, ir_get(ir, vec, sum[i]), l, d->of.lane);
    }
}

// Tiles along both axes of places, the last ones with what is left over.
static void places(Depthwise d, const Tile *t, Cursor c, int axis) {
    if (axis == 2) {
        int lane = d.of.lane;
        if (lane)
            each_vector(d.ir, d.n, c, lane, d.n->extent[lane], tile, &d);
        else
            tile(&d, c, (Lanes){1, 1});
        return;
    }
    if (d.at.place[axis] < 0) {
        d.rows[axis] = 1;
        places(d, t, c, axis + 1);
        return;
    }
    Builder *ir = d.ir;
    int64_t all = extent(&d, d.at.place[axis]), rest = all % t->rows[axis], whole = all - rest;
    for (int part = 0; part < 2; part++) {
        if (part ? !rest : !whole) continue;
        d.rows[axis] = part ? rest : t->rows[axis];
        Loop l =
            ir_loop(ir, ir_int(ir, part ? whole : 0), ir_int(ir, part ? all : whole), d.rows[axis]);
        places(d, t, cursor_step(ir, d.n, c, d.at.place[axis], l.i), axis + 1);
        ir_end(ir, &l);
    }
}

void emit_depthwise(Builder *ir, const Plan *p, const Kernel *k) {
    Depthwise d = {.of = {ir, p, &k->nest, k->tile.lane}, .ir = ir, .n = &k->nest};
    d.at = depthwise_places(d.n, d.of.lane);
    d.whole = depthwise_whole(p, d.n, &d.at);
    Loop sample = ir_loop(ir, ir->lo, ir->hi, 1);
    places(d, &k->tile, cursor_step(ir, d.n, cursor_start(ir, d.n), 0, sample.i), 0);
    ir_end(ir, &sample);
}
