// SPDX-License-Identifier: MIT
// The gradient by a matrix of weights, dw[i, j] = sum over samples m of x[m, i] dy[m, j], by panels:
//     for blocks of rows i: copy their x
//         for strips of panels of columns j: copy their dy
//             for tiles of rows, for panels: acc = the sum over m of x dy, along the leaf tree;
//                 dw = acc, or the optimiser's update with it
// A strip of dy stays in the nearest cache, a block of x in the next one, both in pieces without gaps: where they
// are kept for the batch, the samples of a layer lie as far apart as all that is kept of a sample. Meanwhile the
// lines that the tile below is written to are on their way.
#include "kernels/panels/emit_panels.h"

typedef struct Side { // what one factor is read from, column or row 0 of what is at hand
    Val at; // its first sample
    Val step; // floats from a sample to the next
} Side;

typedef struct Gradient {
    Builder *ir;
    const Plan *p;
    const Nest *n;
    Panel of;
    int row, column; // axes
    int left, right; // operands that vary along rows, along columns
    Val room[2], places; // for copies; for the leaf tree
    Val packed; // are there so few samples that copies have room?
    Val step; // of copies of x
    Val panels, lines; // of a strip; of a result that are fetched at a time
    Side x, dy;
    int64_t columns; // of the panel being emitted
    int vectors;
} Gradient;

typedef struct Sum { // of one tile
    const Gradient *q;
    Cursor at;
    Val row; // of the block, its first one
    int64_t rows;
    Val acc[MAX_PANEL_TILE];
} Sum;

static Lanes lanes_of(const Gradient *q, int v) {
    return panel_lanes(q->ir, q->columns, v);
}

static Val factor(const Gradient *q, Side s, Val sample, Val i) {
    Builder *ir = q->ir;
    return ir_at(ir, s.at, ir->f32, ir_add(ir, ir_imul(ir, sample, s.step), i));
}

// Where a result goes: the sums, or what an update behind them writes, which it has read.
static int results(const Nest *n, int op[MAX_STAGE]) {
    int count = 0;
    if (n->out >= 0) op[count++] = n->out;
    for (int i = 0; i < n->nstage; i++) op[count++] = n->stage[i].out;
    return count;
}

// The lines that results of the tile below go to, some of them in so many samples: all of them in a tile's time.
static void fetch_ahead(const Sum *s, Val sample) {
    const Gradient *q = s->q;
    const Nest *n = q->n;
    Builder *ir = q->ir;
    const int64_t line = q->p->target.line, across = (int64_t)q->of.vectors * ir->vector / line;
    int op[MAX_STAGE], count = results(n, op);
    Val first = ir_imul(ir, ir_udiv(ir, sample, ir_int(ir, LEAF_TOGETHER)), q->lines);
    Val end = ir_min(ir, ir_add(ir, first, q->lines), ir_int(ir, across * q->of.rows));
    Loop l = ir_loop(ir, first, end, 1);
    Val row = ir_addk(ir, ir_udiv(ir, l.i, ir_int(ir, across)), s->rows);
    Val column = ir_mulk(ir, ir_urem(ir, l.i, ir_int(ir, across)), line);
    Cursor at = cursor_step(ir, n, s->at, q->row, row);
    at = cursor_step(ir, n, at, q->column, column);
    for (int k = 0; k < count; k++) ir_prefetch(ir, operand_at(ir, q->p, n, &at, op[k]));
    ir_end(ir, &l);
}

static void add_sample(const Sum *s, Val sample) {
    const Gradient *q = s->q;
    Builder *ir = q->ir;
    Type vec = ir_vec(ir, ir->f32, ir->vector);
    Val y[MAX_PANEL_TILE];
    for (int v = 0; v < q->vectors; v++)
        y[v] = ir_load(ir, factor(q, q->dy, sample, ir_int(ir, (int64_t)v * ir->vector)),
                       lanes_of(q, v));
    for (int64_t r = 0; r < s->rows; r++) {
        Val x = ir_scalar(ir, ir->f32, factor(q, q->x, sample, ir_addk(ir, s->row, r)));
        x = ir_splat(ir, x, ir->vector);
        for (int v = 0; v < q->vectors; v++) {
            Val acc = s->acc[r * q->vectors + v];
            ir_set(ir, acc, ir_fma(ir, x, y[v], ir_get(ir, vec, acc)));
        }
    }
}

// In a loop: side by side, LLVM loads the factors of all of them first, for which registers do not do.
static void add_samples(void *state, Val first, int together) {
    const Sum *s = state;
    Builder *ir = s->q->ir;
    fetch_ahead(s, first);
    Loop sample = ir_loop(ir, first, ir_addk(ir, first, together), 1);
    add_sample(s, sample.i);
    ir_end(ir, &sample);
}

// row: of the block.
static void tile(const Gradient *q, Cursor c, Val row, int64_t rows) {
    Builder *ir = q->ir;
    Type vec = ir_vec(ir, ir->f32, ir->vector);
    Sum s = {.q = q, .at = cursor_step(ir, q->n, c, q->row, row), .row = row, .rows = rows};
    int64_t sums = rows * q->vectors;
    for (int64_t i = 0; i < sums; i++) s.acc[i] = ir_var(ir, vec, ir_f32(ir, 0, ir->vector));
    LeafTree tree = {s.acc, sums, ir->vector, q->places, add_samples, &s};
    emit_leaf_tree(ir, &tree, ir->n);
    for (int64_t i = 0; i < sums; i++) {
        int v = (int)(i % q->vectors);
        Cursor at = cursor_stepk(ir, q->n, s.at, q->row, i / q->vectors);
        at = cursor_stepk(ir, q->n, at, q->column, (int64_t)v * ir->vector);
        finish_value(ir, q->p, q->n, &at, ir_get(ir, vec, s.acc[i]), lanes_of(q, v), q->column);
    }
}

// So many floats of each sample from the cursor on, one behind the other, to `room`, rows of `step` floats.
static void pack(const Gradient *q, int op, Cursor c, Val floats, Val room, Val step) {
    Builder *ir = q->ir;
    Val from = operand_at(ir, q->p, q->n, &c, op), apart = ir_int(ir, q->n->op[op].stride[0]);
    Val left = ir_urem(ir, floats, ir_int(ir, ir->vector));
    Loop sample = ir_loop(ir, ir_int(ir, 0), ir_select(ir, q->packed, ir->n, ir_int(ir, 0)), 1);
    Val to = ir_imul(ir, sample.i, step), at = ir_imul(ir, sample.i, apart);
    for (int whole = 1; whole >= 0; whole--) { // vectors, then single floats
        int width = whole ? ir->vector : 1;
        Val end = ir_isub(ir, floats, left);
        Loop i = ir_loop(ir, whole ? ir_int(ir, 0) : end, whole ? end : floats, width);
        Val x = ir_load(ir, ir_at(ir, from, ir->f32, ir_add(ir, at, i.i)), (Lanes){width, width});
        ir_store(ir, ir_at(ir, room, ir->f32, ir_add(ir, to, i.i)), x, (Lanes){width, width});
        ir_end(ir, &i);
    }
    ir_end(ir, &sample);
}

// What is read of a factor: its copy, or, of too many samples, what was to be copied.
static Side side(const Gradient *q, int op, Cursor c, Val room, Val step) {
    Builder *ir = q->ir;
    Val from = operand_at(ir, q->p, q->n, &c, op), apart = ir_int(ir, q->n->op[op].stride[0]);
    return (Side){ir_select(ir, q->packed, room, from), ir_select(ir, q->packed, step, apart)};
}

// Goes over so many panels from column `first` on: copies them, or one after the other gives its tiles of so many rows
// from `row` on.
static void each_panel(Gradient q, Cursor c, Val first, Val panels, Val row, int64_t rows) {
    Builder *ir = q.ir;
    const int64_t width = (int64_t)q.of.vectors * ir->vector;
    Loop p = ir_loop(ir, ir_int(ir, 0), panels, 1);
    Cursor at = cursor_step(ir, q.n, c, q.column, ir_add(ir, first, ir_mulk(ir, p.i, width)));
    Val copy = ir_mulk(ir, ir_imul(ir, p.i, ir->n), width), step = ir_int(ir, width);
    Val room = ir_at(ir, q.room[1], ir->f32, copy);
    if (rows) {
        q.dy = side(&q, q.right, at, room, step);
        tile(&q, at, row, rows);
    } else {
        pack(&q, q.right, at, ir_int(ir, q.columns), room, step);
    }
    ir_end(ir, &p);
}

// Panels of so many columns each, side by side: as many tiles of rows as there are, then pairs, then a single row.
static void strip(Gradient q, Cursor c, Val rows, Val first, Val panels) {
    Builder *ir = q.ir;
    q.vectors = (int)plan_vectors(q.p, q.columns);
    each_panel(q, c, first, panels, NULL, 0);
    const int64_t size[3] = {q.of.rows, 2, 1};
    Val at = ir_int(ir, 0);
    for (int i = 0; i < 3; i++) {
        if (i && size[i] >= size[i - 1]) continue;
        Val left = ir_isub(ir, rows, at);
        Val end = ir_add(ir, at, ir_mulk(ir, ir_idiv(ir, left, ir_int(ir, size[i])), size[i]));
        Loop r = ir_loop(ir, at, end, size[i]);
        each_panel(q, c, first, panels, r.i, size[i]);
        ir_end(ir, &r);
        at = end;
    }
}

static void block(Gradient q, Cursor c, Val rows) {
    Builder *ir = q.ir;
    int64_t width = (int64_t)q.of.vectors * ir->vector, all = q.n->extent[q.column];
    int64_t rest = all % width;
    pack(&q, q.left, c, rows, q.room[0], q.step);
    q.x = side(&q, q.left, c, q.room[0], q.step);
    q.columns = width;
    Val strips = ir_udiv(ir, ir_addk(ir, ir_addk(ir, q.panels, all / width), -1), q.panels);
    Loop j = ir_loop(ir, ir_int(ir, 0), strips, 1);
    Val from = ir_imul(ir, j.i, q.panels);
    Val panels = ir_min(ir, q.panels, ir_isub(ir, ir_int(ir, all / width), from));
    strip(q, c, rows, ir_mulk(ir, from, width), panels);
    ir_end(ir, &j);
    q.columns = rest;
    if (rest) strip(q, c, rows, ir_int(ir, all - rest), ir_int(ir, 1));
}

// Far memory answers in the time of some 128 samples' products, and likes long runs: of fewer samples there are more
// panels in a strip, and lines are fetched while the rows before them are computed.
static void strips(Gradient *q) {
    enum { AWAY = 128 };
    Builder *ir = q->ir;
    const int64_t lines = q->of.rows * q->of.vectors * ir->vector / q->p->target.line;
    Val turns = ir_udiv(ir, ir_addk(ir, ir->n, LEAF_TOGETHER - 1), ir_int(ir, LEAF_TOGETHER));
    q->lines = ir_udiv(ir, ir_addk(ir, ir_addk(ir, turns, lines), -1), turns);
    q->panels = ir_max(ir, ir_udiv(ir, ir_int(ir, AWAY), ir->n), ir_int(ir, 1));
}

// A block has as many rows as its room takes of all samples, each an odd number of lines apart.
static void blocks(Gradient *q) {
    enum { ROOM = 128 * 256, MOST = 256 };
    Builder *ir = q->ir;
    const int64_t line = q->p->target.line, unit = panel_unit(&q->of);
    Val lo, hi;
    axis_bounds(ir, q->n, q->row, &lo, &hi);
    q->packed = ir_iless(ir, ir->n, ir_int(ir, MOST + 1));
    Val n = ir_max(ir, ir_select(ir, q->packed, ir->n, ir_int(ir, MOST)), ir_int(ir, 16));
    Val lines = ir_udiv(ir, ir_udiv(ir, ir_int(ir, ROOM), n), ir_int(ir, line));
    q->step = ir_mulk(ir, ir_or(ir, ir_addk(ir, lines, -1), ir_int(ir, 1)), line);
    Val rows = ir_mulk(ir, ir_udiv(ir, q->step, ir_int(ir, unit)), unit);
    strips(q);
    q->room[0] = ir_room(ir, ir_vec(ir, ir->f32, ir->vector), ROOM / ir->vector);
    q->room[1] = ir_room(ir, ir_vec(ir, ir->f32, ir->vector), (int64_t)MOST * q->of.vectors);
    Val last = ir_udiv(ir, ir_addk(ir, ir_isub(ir, hi, lo), -1), rows);
    Loop b = ir_loop(ir, ir_int(ir, 0), ir_addk(ir, last, 1), 1);
    Val from = ir_add(ir, lo, ir_imul(ir, b.i, rows));
    Cursor c = cursor_step(ir, q->n, cursor_start(ir, q->n), q->row, from);
    block(*q, c, ir_min(ir, ir_isub(ir, hi, from), rows));
    ir_end(ir, &b);
}

void emit_panels_dw(Builder *ir, const Plan *p, const Kernel *k) {
    Gradient q = {.ir = ir, .p = p, .n = &k->nest, .of = panels_of(&p->target)};
    q.row = k->tile.axis[0];
    q.column = k->tile.lane;
    q.left = q.n->op[0].stride[q.row] ? 0 : 1;
    q.right = 1 - q.left;
    q.places = emit_places(ir, &k->tile);
    blocks(&q);
}
