// SPDX-License-Identifier: MIT
// A product of samples with a matrix of weights, y[m, j] = sum over k of x[m, k] w[k, j], by panels:
//     for blocks of samples m, strips of columns j, blocks of k:
//         for panels of the strip:
//             panel[k][j] = the weights, on the stack
//             for tiles of samples: acc = 0, or what is in y; for k: acc += x panel; y = acc
//     and after the last block of k: stages on y
// The weights come once for a block of samples; a panel stays in the nearest cache while all of them go over
// it; a strip's y, and the block's x, stay in the next one. Of a gradient by the input the weights lie along k:
// they are turned round on their way. Each sum is made in the order of k, whatever the blocks: its bits are
// those of one long sum. Until it is whole it lies where the last stage's result will.
#include "kernels/panels/emit_panels.h"

typedef struct Panels {
    Builder *ir;
    const Plan *p;
    const Nest *n;
    Panel of;
    int out, sum; // axes
    int y; // operand that sums lie in
    int64_t columns; // of the panel being emitted
    int vectors; // that hold them
    Val panel; // where it is
    Val next; // offset of the weights of the panel after it
    Val samples; // of the block
} Panels;

enum { MOST_ROWS = 16 };

Lanes panel_lanes(const Builder *ir, int64_t columns, int v) {
    int64_t left = columns - (int64_t)v * ir->vector;
    return (Lanes){ir->vector, left < ir->vector ? (int)left : ir->vector};
}

static Val row_of(const Panels *q, Val k, int v) {
    Builder *ir = q->ir;
    Val at = ir_addk(ir, ir_mulk(ir, k, (int64_t)q->vectors * ir->vector), (int64_t)v * ir->vector);
    return ir_at(ir, q->panel, ir->f32, at);
}

static Lanes whole(const Panels *q) {
    return (Lanes){q->ir->vector, q->ir->vector};
}

// Columns of the panel's vector v that there are.
static Lanes lanes_of(const Panels *q, int v) {
    return panel_lanes(q->ir, q->columns, v);
}

// --- the weights on their way to the panel ---

static void copy_rows(const Panels *q, Cursor c, Val depth) {
    Builder *ir = q->ir;
    Loop k = ir_loop(ir, ir_int(ir, 0), depth, 1);
    Cursor row = cursor_step(ir, q->n, c, q->sum, k.i);
    for (int v = 0; v < q->vectors; v++) {
        Cursor at = cursor_stepk(ir, q->n, row, q->out, (int64_t)v * ir->vector);
        Val w = ir_load(ir, operand_at(ir, q->p, q->n, &at, 1), lanes_of(q, v));
        ir_store(ir, row_of(q, k.i, v), w, whole(q));
    }
    ir_end(ir, &k);
}

// So many rows of the panel from row k on, at most a vector's.
static void turn_block(const Panels *q, Cursor c, Val k, int rows) {
    Builder *ir = q->ir;
    int width = ir->vector;
    Cursor from = cursor_step(ir, q->n, c, q->sum, k);
    for (int v = 0; v < q->vectors; v++) {
        Val x[MAX_LANES];
        int columns = lanes_of(q, v).active;
        for (int j = 0; j < width; j++) {
            Cursor at = cursor_stepk(ir, q->n, from, q->out, (int64_t)v * width + j);
            x[j] = j < columns
                       ? ir_load(ir, operand_at(ir, q->p, q->n, &at, 1), (Lanes){width, rows})
                       : ir_f32(ir, 0, width);
        }
        ir_turn(ir, x, width);
        for (int i = 0; i < rows; i++)
            ir_store(ir, row_of(q, ir_addk(ir, k, i), v), x[i], whole(q));
    }
}

static void turn_rows(const Panels *q, Cursor c, Val depth) {
    Builder *ir = q->ir;
    int rest = (int)(q->n->extent[q->sum] % ir->vector); // of the last block alone
    Val left = ir_urem(ir, depth, ir_int(ir, ir->vector)), full = ir_isub(ir, depth, left);
    Loop k = ir_loop(ir, ir_int(ir, 0), full, ir->vector);
    turn_block(q, c, k.i, ir->vector);
    ir_end(ir, &k);
    if (!rest) return;
    If last = ir_if(ir, ir_iless(ir, full, depth));
    turn_block(q, c, full, rest);
    ir_endif(ir, &last);
}

static void fill_panel(const Panels *q, Cursor c, Val depth) {
    (q->n->op[1].stride[q->out] == 1 ? copy_rows : turn_rows)(q, c, depth);
}

// --- tiles of samples over the panel ---

static Val sum_at(const Panels *q, Cursor c, int64_t row, int v) {
    Cursor at = cursor_stepk(q->ir, q->n, c, 0, row);
    at = cursor_stepk(q->ir, q->n, at, q->out, (int64_t)v * q->ir->vector);
    return operand_at(q->ir, q->p, q->n, &at, q->y);
}

// A line of the next panel's weights: of row k of it, or of a column that lies along k. Tile by tile it is
// another one, so that all are on their way when they are wanted.
static void fetch_ahead(const Panels *q, Val number, Val k) {
    Builder *ir = q->ir;
    const int64_t *stride = q->n->op[1].stride, line = q->p->target.line, depth = q->of.depth;
    int64_t width = (int64_t)q->of.vectors * ir->vector;
    bool rows = stride[q->out] == 1;
    int64_t long_way = rows ? depth : width, lines = (rows ? width : depth) / line;
    if (lines < 1) lines = 1;
    Val i = ir_add(ir, ir_mulk(ir, number, depth), k);
    Val at = ir_mulk(ir, ir_urem(ir, i, ir_int(ir, long_way)), stride[rows ? q->sum : q->out]);
    Val step = ir_urem(ir, ir_udiv(ir, i, ir_int(ir, long_way)), ir_int(ir, lines));
    at = ir_add(ir, ir_add(ir, q->next, at), ir_mulk(ir, step, line));
    ir_prefetch(ir, ir_at(ir, ir_operand(ir, q->n->op[1].tensor), ir->f32, at));
}

// c: at the first block of k; `from`: where this one starts.
static void tile(const Panels *q, Cursor c, Val number, Val from, Val depth, int64_t rows) {
    Builder *ir = q->ir;
    Type vec = ir_vec(ir, ir->f32, ir->vector);
    Val acc[MAX_PANEL_TILE], w[MAX_PANEL_TILE], zero = ir_f32(ir, 0, ir->vector);
    Val first = ir_equal(ir, from, ir_int(ir, 0));
    for (int64_t i = 0; i < rows * q->vectors; i++) {
        int v = (int)(i % q->vectors);
        Val before = ir_load(ir, sum_at(q, c, i / q->vectors, v), lanes_of(q, v));
        acc[i] = ir_var(ir, vec, ir_select(ir, first, zero, before));
    }
    Loop k = ir_loop(ir, ir_int(ir, 0), depth, 1);
    fetch_ahead(q, number, k.i);
    Cursor row = cursor_step(ir, q->n, c, q->sum, ir_add(ir, from, k.i));
    for (int v = 0; v < q->vectors; v++) w[v] = ir_load(ir, row_of(q, k.i, v), whole(q));
    for (int64_t r = 0; r < rows; r++) {
        Cursor at = cursor_stepk(ir, q->n, row, 0, r);
        Val x = ir_scalar(ir, ir->f32, operand_at(ir, q->p, q->n, &at, 0));
        x = ir_splat(ir, x, ir->vector);
        for (int v = 0; v < q->vectors; v++) {
            Val sum = acc[r * q->vectors + v];
            ir_set(ir, sum, ir_fma(ir, x, w[v], ir_get(ir, vec, sum)));
        }
    }
    ir_end(ir, &k);
    for (int64_t i = 0; i < rows * q->vectors; i++) {
        int v = (int)(i % q->vectors);
        ir_store(ir, sum_at(q, c, i / q->vectors, v), ir_get(ir, vec, acc[i]), lanes_of(q, v));
    }
}

// As many tiles as there are, then pairs, then a single sample.
static void tiles(const Panels *q, Cursor c, Val from, Val depth) {
    Builder *ir = q->ir;
    const int64_t size[3] = {q->of.rows, 2, 1};
    Val at = ir_int(ir, 0);
    for (int i = 0; i < 3; i++) {
        if (i && size[i] >= size[i - 1]) continue;
        Val left = ir_isub(ir, q->samples, at), step = ir_int(ir, size[i]);
        Val end = ir_add(ir, at, ir_mulk(ir, ir_idiv(ir, left, step), size[i]));
        Loop m = ir_loop(ir, at, end, size[i]);
        tile(q, cursor_step(ir, q->n, c, 0, m.i), ir_udiv(ir, m.i, ir_int(ir, q->of.rows)), from,
             depth, size[i]);
        ir_end(ir, &m);
        at = end;
    }
}

// --- panels ---

// part: where the block of k starts, and its length
static void multiply(const Panels *of, Cursor c, const Val *part) {
    Panels q = *of;
    Cursor at = cursor_step(q.ir, q.n, c, q.sum, part[0]);
    q.next =
        ir_add(q.ir, at.off[1], ir_mulk(q.ir, ir_int(q.ir, q.columns), q.n->op[1].stride[q.out]));
    fill_panel(&q, at, part[1]);
    tiles(&q, c, part[0], part[1]);
}

static void finish(const Panels *q, Cursor c, const Val *part) {
    (void)part;
    Builder *ir = q->ir;
    Loop m = ir_loop(ir, ir_int(ir, 0), q->samples, 1);
    Cursor row = cursor_step(ir, q->n, c, 0, m.i);
    for (int v = 0; v < q->vectors; v++) {
        Cursor at = cursor_stepk(ir, q->n, row, q->out, (int64_t)v * ir->vector);
        Val sum = ir_load(ir, operand_at(ir, q->p, q->n, &at, q->y), lanes_of(q, v));
        finish_value(ir, q->p, q->n, &at, sum, lanes_of(q, v), q->out);
    }
    ir_end(ir, &m);
}

// Whole panels of columns [lo, hi), then one of the columns that are left.
static void each_panel(Panels q, Cursor c, Val lo, Val hi,
                       void (*body)(const Panels *q, Cursor c, const Val *part), const Val *part) {
    Builder *ir = q.ir;
    int64_t width = (int64_t)q.of.vectors * ir->vector, rest = q.n->extent[q.out] % width;
    Val end = ir_min(ir, hi, ir_int(ir, q.n->extent[q.out] - rest));
    q.columns = width;
    q.vectors = q.of.vectors;
    Loop j = ir_loop(ir, lo, end, width);
    body(&q, cursor_step(ir, q.n, c, q.out, j.i), part);
    ir_end(ir, &j);
    if (!rest) return;
    q.columns = rest;
    q.vectors = (int)plan_vectors(q.p, rest);
    If last = ir_if(ir, ir_iless(ir, end, hi));
    body(&q, cursor_step(ir, q.n, c, q.out, end), part);
    ir_endif(ir, &last);
}

static void strips(const Panels *q, Cursor c) {
    Builder *ir = q->ir;
    Val lo, hi, all = ir_int(ir, q->n->extent[q->sum]);
    axis_bounds(ir, q->n, q->out, &lo, &hi);
    Loop strip = ir_loop(ir, lo, hi, q->of.strip);
    Val end = ir_min(ir, hi, ir_addk(ir, strip.i, q->of.strip));
    Loop k = ir_loop(ir, ir_int(ir, 0), all, q->of.depth);
    Val part[2] = {k.i, ir_min(ir, ir_isub(ir, all, k.i), ir_int(ir, q->of.depth))};
    each_panel(*q, c, strip.i, end, multiply, part);
    ir_end(ir, &k);
    each_panel(*q, c, strip.i, end, finish, NULL);
    ir_end(ir, &strip);
}

static void blocks(Panels q, Val lo, Val hi) {
    Builder *ir = q.ir;
    Loop block = ir_loop(ir, lo, hi, q.of.samples);
    q.samples = ir_min(ir, ir_isub(ir, hi, block.i), ir_int(ir, q.of.samples));
    strips(&q, cursor_step(ir, q.n, cursor_start(ir, q.n), 0, block.i));
    ir_end(ir, &block);
}

// --- few samples ---

// Rows of the weights that are read side by side: as many as the nearest cache has places for where each is as far
// behind the one before it as would put them all in one place.
static int side_by_side(const Panels *q) {
    int64_t apart = 4 * q->n->op[1].stride[q->sum];
    return apart % q->p->target.way ? MOST_ROWS : MOST_ROWS / 2;
}

typedef struct RowSum { // of a sample's sums
    const Panels *q;
    int rows; // of the weights
    Val x[MOST_ROWS]; // the sample's factors, in all lanes
    Val first; // are they the first rows?
} RowSum;

static void add_vector(void *state, Cursor c, Lanes l) {
    const RowSum *s = state;
    const Panels *q = s->q;
    Builder *ir = q->ir;
    Val y = operand_at(ir, q->p, q->n, &c, q->y);
    Val sum = ir_select(ir, s->first, ir_f32(ir, 0, l.width), ir_load(ir, y, l));
    for (int i = 0; i < s->rows; i++) {
        Cursor row = cursor_stepk(ir, q->n, c, q->sum, i);
        Val w = ir_gather(ir, operand_at(ir, q->p, q->n, &row, 1), q->n->op[1].stride[q->out], l);
        sum = ir_fma(ir, ir_splat(ir, s->x[i], l.width), w, sum);
    }
    ir_store(ir, y, sum, l);
}

// So many rows of the weights, from row k on, times the sample's factors, added to all its sums.
static void add_rows(const Panels *q, Cursor c, Val k, int rows) {
    Builder *ir = q->ir;
    RowSum s = {.q = q, .rows = rows, .first = ir_equal(ir, k, ir_int(ir, 0))};
    Cursor from = cursor_step(ir, q->n, c, q->sum, k);
    for (int i = 0; i < rows; i++) {
        Cursor row = cursor_stepk(ir, q->n, from, q->sum, i);
        s.x[i] = ir_scalar(ir, ir->f32, operand_at(ir, q->p, q->n, &row, 0));
    }
    each_vector(ir, q->n, from, q->out, q->n->extent[q->out], add_vector, &s);
}

// Where fewer samples than a tile's come, as they may in inference, no panel pays: the weights are read once, as
// they lie, some rows at a time for all samples.
static void few_samples(const Panels *q, Val lo, Val hi) {
    Builder *ir = q->ir;
    int at_once = side_by_side(q), rest = (int)(q->n->extent[q->sum] % at_once);
    Val all = ir_int(ir, q->n->extent[q->sum]), whole = ir_addk(ir, all, -rest);
    Cursor start = cursor_start(ir, q->n);
    for (int i = 0; i < 1 + (rest > 0); i++) {
        Loop k = ir_loop(ir, i ? whole : ir_int(ir, 0), i ? all : whole, i ? rest : at_once);
        Loop m = ir_loop(ir, lo, hi, 1);
        add_rows(q, cursor_step(ir, q->n, start, 0, m.i), k.i, i ? rest : at_once);
        ir_end(ir, &m);
        ir_end(ir, &k);
    }
    Panels all_columns = *q;
    all_columns.samples = ir_isub(ir, hi, lo);
    each_panel(all_columns, cursor_step(ir, q->n, start, 0, lo), ir_int(ir, 0),
               ir_int(ir, q->n->extent[q->out]), finish, NULL);
}

void emit_panels(Builder *ir, const Plan *p, const Kernel *k) {
    const Nest *n = &k->nest;
    Panels q = {
        .ir = ir, .p = p, .n = n, .of = panels_of(&p->target), .out = 1, .sum = 2, .y = n->out};
    for (int i = 0; q.y < 0 && i < n->nstage; i++) q.y = n->stage[n->nstage - 1 - i].out;
    q.panel = ir_room(ir, ir_vec(ir, ir->f32, ir->vector), q.of.depth * q.of.vectors);
    Val lo, hi;
    axis_bounds(ir, n, 0, &lo, &hi);
    if (!kernel_by_leaf(p, k)) {
        blocks(q, lo, hi);
        return;
    }
    Val few = ir_iless(ir, ir_isub(ir, hi, lo), ir_int(ir, q.of.rows));
    blocks(q, ir_select(ir, few, hi, lo), hi);
    If rows = ir_if(ir, few);
    few_samples(&q, lo, hi);
    ir_endif(ir, &rows);
}
