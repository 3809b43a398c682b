// SPDX-License-Identifier: MIT
// The gradient by a matrix of weights, dw[i, j] = sum over samples m of x[m, i] dy[m, j], by panels:
//     for blocks of rows i: copy their x
//         for panels of columns j: copy their dy
//             for tiles of rows: acc = the sum over m of x dy, along the leaf tree; dw = acc
// A panel of dy stays in the nearest cache, a block of x in the next one, both in pieces without gaps: where they
// are kept for the batch, the samples of a layer lie as far apart as all that is kept of a sample. Meanwhile the
// lines that the next tile is written to are on their way.
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

// A line of each row that tile after tile is written to, of two rows in so many samples.
static void fetch_ahead(const Sum *s, Val sample) {
    enum { ROWS = 2, SAMPLES = 16 };
    const Gradient *q = s->q;
    const Nest *n = q->n;
    Builder *ir = q->ir;
    Val turn = ir_udiv(ir, sample, ir_int(ir, SAMPLES));
    Val step = ir_udiv(ir, ir_urem(ir, sample, ir_int(ir, SAMPLES)), ir_int(ir, LEAF_TOGETHER));
    Cursor at = cursor_step(ir, n, s->at, q->row, ir_addk(ir, ir_mulk(ir, turn, ROWS), s->rows));
    at = cursor_step(ir, n, at, q->column, ir_mulk(ir, step, q->p->target.line));
    for (int r = 0; r < ROWS; r++) {
        Cursor row = cursor_stepk(ir, n, at, q->row, r);
        ir_prefetch(ir, operand_at(ir, q->p, n, &row, n->out));
    }
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

// So many floats of each sample from the cursor on, one behind the other, to `room`, rows of `step` floats; or,
// of too many samples, where they are.
static Side pack(const Gradient *q, int op, Cursor c, Val floats, Val room, Val step) {
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
    return (Side){ir_select(ir, q->packed, room, from), ir_select(ir, q->packed, step, apart)};
}

// As many tiles as there are, then pairs, then a single row.
static void panel(Gradient q, Cursor c, Val rows) {
    Builder *ir = q.ir;
    q.vectors = (int)plan_vectors(q.p, q.columns);
    Val step = ir_int(ir, (int64_t)q.of.vectors * ir->vector);
    q.dy = pack(&q, q.right, c, ir_int(ir, q.columns), q.room[1], step);
    const int64_t size[3] = {q.of.rows, 2, 1};
    Val at = ir_int(ir, 0);
    for (int i = 0; i < 3; i++) {
        if (i && size[i] >= size[i - 1]) continue;
        Val left = ir_isub(ir, rows, at);
        Val end = ir_add(ir, at, ir_mulk(ir, ir_idiv(ir, left, ir_int(ir, size[i])), size[i]));
        Loop r = ir_loop(ir, at, end, size[i]);
        tile(&q, c, r.i, size[i]);
        ir_end(ir, &r);
        at = end;
    }
}

static void block(Gradient q, Cursor c, Val rows) {
    Builder *ir = q.ir;
    int64_t width = (int64_t)q.of.vectors * ir->vector, all = q.n->extent[q.column];
    int64_t rest = all % width;
    q.x = pack(&q, q.left, c, rows, q.room[0], q.step);
    q.columns = width;
    Loop j = ir_loop(ir, ir_int(ir, 0), ir_int(ir, all - rest), width);
    panel(q, cursor_step(ir, q.n, c, q.column, j.i), rows);
    ir_end(ir, &j);
    q.columns = rest;
    if (rest) panel(q, cursor_stepk(ir, q.n, c, q.column, all - rest), rows);
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
