// SPDX-License-Identifier: MIT
// The generic tiler: any affine nest, with one axis in the vector lanes, up to two axes as rows of a
// register tile, sums in loops inside and everything else in loops around.
//
//     for outer axes, pieces of the lane axis, tiles of rows:
//         acc[chain][row][vector] = 0
//         for sums: acc[chain][row][vector] += a * b    (fused multiply-add; chains take turns;
//                   over all samples of a batch by the leaf tree)
//         stages on acc, stored or added to memory
// A nest without sums is the same with the value loaded instead of summed. Where the lane axis is
// itself summed (dot products), the lanes of acc are added up before the stages, which then see floats.
#include "kernels/generic/nest.h"
#include "support/limit.h"

typedef struct Tiler {
    Builder *ir;
    const Plan *p;
    const Nest *n;
    const Tile *t;
    bool sums; // is there anything to sum?
    bool even; // samples fill the tile's rows
    Val places; // of the leaf tree, where samples are summed along it
    int ahead; // axis along which the next weights are fetched, or 0: see ahead.c
    int64_t turns; // of tiles over the same weights, each of which then fetches a part; or 0
    Val turn; // which one this is
    bool sums_far; // is what its sums are added to fetched?
    TileCut cut; // of a team's share
    Lanes lanes, last; // of the vectors of the piece being emitted, and of the last of them
    int vectors;
    int64_t rows[2];
} Tiler;

enum { MAX_ACC = 64, UNROLL = 2, UNROLL_WHOLE = 9, UNROLL_FMA = 256 };

// Steps to row (i, j) and vector v of the tile.
static Cursor to_row(const Tiler *t, Cursor c, int64_t i, int64_t j, int v) {
    if (t->t->axis[0] >= 0) c = cursor_stepk(t->ir, t->n, c, t->t->axis[0], i);
    if (t->t->axis[1] >= 0) c = cursor_stepk(t->ir, t->n, c, t->t->axis[1], j);
    if (t->t->lane) c = cursor_stepk(t->ir, t->n, c, t->t->lane, (int64_t)v * t->lanes.width);
    return c;
}

// To accumulator i: row by row, vector by vector.
static Cursor to_sum(const Tiler *t, Cursor c, int64_t i) {
    int64_t row = i / t->vectors;
    return to_row(t, c, row / t->rows[1], row % t->rows[1], (int)(i % t->vectors));
}

static Lanes lanes_of(const Tiler *t, int v) {
    return v == t->vectors - 1 ? t->last : t->lanes;
}

static int64_t row_stride(const Tiler *t, int op, int r) {
    return t->t->axis[r] >= 0 ? t->n->op[op].stride[t->t->axis[r]] : 0;
}

// What a step adds to `old`: a product, a value, or an expression of them.
static Val added(const Tiler *t, const Val *x, Val old) {
    Builder *ir = t->ir;
    const Nest *n = t->n;
    if (n->sum) return ir_fadd(ir, old, emit_expr(ir, n->sum, x, NULL, t->lanes.width));
    return n->nin == 2 ? ir_fma(ir, x[0], x[1], old) : ir_fadd(ir, old, x[0]);
}

// The same of the weights that come next, if this is of weights.
static void fetch_ahead(const Tiler *t, const Cursor *c, int op) {
    if (t->n->op[op].stride[0] || !t->ahead) return;
    Cursor next = cursor_stepk(t->ir, t->n, *c, t->ahead, 1);
    ir_prefetch(t->ir, operand_at(t->ir, t->p, t->n, &next, op));
}

// One step of the sum: loads what the tile needs once, then adds.
static void multiply(const Tiler *t, const Cursor *c, Val *acc) {
    Builder *ir = t->ir;
    Val seen[MAX_IN][MAX_ACC] = {{0}};
    int64_t rows = t->rows[0] * t->rows[1];
    Type vec = ir_vec(ir, ir->f32, t->lanes.width);
    for (int64_t row = 0; row < rows; row++)
        for (int v = 0; v < t->vectors; v++) {
            Val x[MAX_IN] = {0};
            for (int k = 0; k < t->n->nin; k++) {
                int64_t i = row_stride(t, k, 0) ? row / t->rows[1] : 0;
                int64_t j = row_stride(t, k, 1) ? row % t->rows[1] : 0;
                int w = t->t->lane && t->n->op[k].stride[t->t->lane] ? v : 0;
                Val *slot = &seen[k][(i * t->rows[1] + j) * t->vectors + w];
                if (!*slot) {
                    Cursor at = to_row(t, *c, i, j, w);
                    if (!t->turns) fetch_ahead(t, &at, k);
                    *slot = load_operand(ir, t->p, t->n, &at, k, lanes_of(t, w), t->t->lane);
                }
                x[k] = *slot;
            }
            Val var = acc[row * t->vectors + v];
            ir_set(ir, var, added(t, x, ir_get(ir, vec, var)));
        }
}

// Accumulators of one chain.
static int64_t held(const Tiler *t) {
    return t->rows[0] * t->rows[1] * t->vectors;
}

// In as many steps of the sum as there are turns, one of the next weights, from this turn's part of them on.
static void fetch_turn(const Tiler *t, Cursor c, int axis, Val step) {
    Builder *ir = t->ir;
    Val from = ir_mulk(ir, t->turn, t->n->extent[axis] / t->turns);
    c = cursor_step(ir, t->n, c, axis,
                    ir_add(ir, from, ir_exact_div(ir, step, ir_int(ir, t->turns))));
    for (int v = 0; v < t->vectors; v++)
        for (int k = 0; k < t->n->nin; k++) {
            Cursor at = to_row(t, c, 0, 0, v);
            fetch_ahead(t, &at, k);
        }
}

// Can the turns of a tile share what there is to fetch, each of them in as many steps of this sum?
static bool takes_turns(const Tiler *t, int axis) {
    int64_t extent = t->n->extent[axis];
    bool whole = t->turns > 1 && extent > UNROLL_WHOLE && extent % t->turns == 0;
    return whole && t->turns * held(t) <= UNROLL_FMA && t->t->chains == 1 &&
           !tile_lanes(t->t, axis);
}

// Along row axis r of single rows: as many turns over the same weights as it has.
static bool in_turns(const Tiler *t, int r) {
    int axis = t->t->axis[r];
    bool same = t->ahead && r == 1 && t->t->rows[r] == 1 && axis != t->n->range;
    for (int k = 0; k < t->n->nin; k++)
        same &= t->n->op[k].stride[0] != 0 || t->n->op[k].stride[axis] == 0;
    return same;
}

// The innermost sum in a loop, some steps at a time; short ones without a loop. Steps along the lanes
// are whole vectors and, under a mask, the rest.
static void sum_innermost(Tiler own, Cursor c, int axis, Val *acc) {
    const Tiler *t = &own;
    Builder *ir = t->ir;
    int64_t width = tile_lanes(t->t, axis) ? t->lanes.width : 1, fma = held(t),
            chains = t->t->chains;
    int64_t extent = t->n->extent[axis] / width, rest = t->n->extent[axis] % width;
    bool turns = takes_turns(t, axis);
    if (!turns) own.turns = 0;
    int64_t few = turns ? t->turns : chains > UNROLL ? chains : UNROLL;
    int64_t unroll = extent <= UNROLL_WHOLE && extent * fma <= UNROLL_FMA ? extent : few;
    int64_t whole =
        extent ? extent / unroll * unroll : 0; // none: less than a vector along the lanes
    if (whole) {
        Loop l = ir_loop(ir, ir_int(ir, 0), ir_int(ir, whole * width), unroll * width);
        Cursor at = cursor_step(ir, t->n, c, axis, l.i);
        if (turns) fetch_turn(t, c, axis, l.i);
        for (int64_t u = 0; u < unroll; u++) {
            Cursor step = cursor_stepk(ir, t->n, at, axis, u * width);
            multiply(t, &step, acc + u % chains * fma);
        }
        ir_end(ir, &l);
    }
    for (int64_t u = whole; u < extent + (rest > 0); u++) {
        Tiler some = *t;
        if (u == extent) some.last.active = (int)rest;
        Cursor step = cursor_stepk(ir, t->n, c, axis, u * width);
        multiply(&some, &step, acc + u % chains * fma);
    }
}

// The chains added up in pairs, in the first one.
static void join_chains(const Tiler *t, Val *acc) {
    Builder *ir = t->ir;
    Type vec = ir_vec(ir, ir->f32, t->lanes.width);
    int64_t fma = held(t);
    for (int64_t far = t->t->chains / 2; far >= 1; far /= 2)
        for (int64_t i = 0; i < far * fma; i++)
            ir_set(ir, acc[i],
                   ir_fadd(ir, ir_get(ir, vec, acc[i]), ir_get(ir, vec, acc[i + far * fma])));
}

static void sum_axes(const Tiler *t, Cursor c, int axis, Val *acc) {
    const Nest *n = t->n;
    while (axis < n->naxis && n->role[axis] != A_SUM) axis++;
    if (axis == n->naxis) {
        multiply(t, &c, acc);
        return;
    }
    bool last = true;
    for (int a = axis + 1; a < n->naxis; a++) last &= n->role[a] != A_SUM;
    if (last && axis > 0) {
        sum_innermost(*t, c, axis, acc);
        return;
    }
    Val lo, hi;
    axis_bounds(t->ir, n, axis, &lo, &hi);
    Loop l = ir_loop(t->ir, lo, hi, 1);
    sum_axes(t, cursor_step(t->ir, n, c, axis, l.i), axis + 1, acc);
    ir_end(t->ir, &l);
}

typedef struct LeafSum { // what sums a leaf's samples
    const Tiler *t;
    Cursor at;
    Val *acc;
} LeafSum;

static void sum_samples(void *state, Val first, int together) {
    const LeafSum *s = state;
    Builder *ir = s->t->ir;
    Cursor at = cursor_step(ir, s->t->n, s->at, 0, first);
    for (int i = 0; i < together; i++)
        sum_axes(s->t, cursor_stepk(ir, s->t->n, at, 0, i), 1, s->acc);
}

static void sum_leaves(const Tiler *t, Cursor c, Val *acc, int sums) {
    LeafSum leaf = {t, c, acc};
    LeafTree tree = {.acc = acc,
                     .n = sums,
                     .width = t->lanes.width,
                     .places = t->places,
                     .sum = sum_samples,
                     .state = &leaf};
    emit_leaf_tree(t->ir, &tree, t->ir->n);
}

static void finish(const Tiler *t, const Cursor *c, Val value, Lanes l) {
    Builder *ir = t->ir;
    if (tile_dots(t->n, t->t)) {
        value = ir_splat(ir, ir_sum(ir, value, l.width), 1);
        l = (Lanes){1, 1};
    }
    finish_value(ir, t->p, t->n, c, value, l, tile_dots(t->n, t->t) ? 0 : t->t->lane);
}

// The root's own value: what was summed up, or a product where there is nothing to sum.
static Val root_value(const Tiler *t, const Cursor *at, Val acc, Lanes l) {
    Builder *ir = t->ir;
    if (t->sums) return ir_get(ir, ir_vec(ir, ir->f32, t->lanes.width), acc);
    if (t->n->nin == 0) return NULL;
    Val x = load_operand(ir, t->p, t->n, at, 0, l, t->t->lane);
    if (t->n->nin == 1) return x;
    return ir_fmul(ir, x, load_operand(ir, t->p, t->n, at, 1, l, t->t->lane));
}

// The maximum of the window that starts at row (i, j) of the tile, the first one winning.
static void finish_window(const Tiler *t, Cursor c, const Val *acc, int64_t i, int64_t j, int v) {
    Builder *ir = t->ir;
    const Nest *n = t->n;
    Lanes l = lanes_of(t, v);
    int count = WITHIN(n->pool[0] * n->pool[1], MAX_WINDOW, "positions of a window");
    Val x[MAX_WINDOW];
    for (int a = 0; a < count; a++) {
        int64_t row = (i + a / n->pool[1]) * t->rows[1] + j + a % n->pool[1];
        Cursor at = to_row(t, c, row / t->rows[1], row % t->rows[1], v);
        x[a] = root_value(t, &at, acc[row * t->vectors + v], l);
    }
    Cursor at = to_row(t, c, i, j, v);
    finish_maximum(ir, t->p, n, &at, x, l, t->t->lane);
}

static void finish_windows(const Tiler *t, Cursor c, const Val *acc) {
    for (int64_t i = 0; i < t->rows[0]; i += t->n->pool[0])
        for (int64_t j = 0; j < t->rows[1]; j += t->n->pool[1])
            for (int v = 0; v < t->vectors; v++) finish_window(t, c, acc, i, j, v);
}

// What the tile's sums are added to is on its way while they are made.
static void fetch_sums(const Tiler *t, Cursor c) {
    for (int64_t i = 0; i < held(t); i++) {
        Cursor at = to_sum(t, c, i);
        ir_prefetch(t->ir, operand_at(t->ir, t->p, t->n, &at, t->n->out));
    }
}

// Do weights and the optimiser's states come from beyond the second cache in each step?
static bool weights_far(const Plan *p) {
    double floats = (double)p->param_floats + (double)p->opt_floats;
    return plan_has_teams(p) && 4 * floats > (double)p->target.l2;
}

// What an update will change is near by then, and weights are this thread's.
static void fetch_updated(const Tiler *t, Cursor c) {
    const Nest *n = t->n;
    const bool far = weights_far(t->p);
    for (int64_t i = 0; i < held(t); i++) {
        Cursor at = to_sum(t, c, i);
        for (int k = 0; k < n->nstage; k++) {
            Val line = operand_at(t->ir, t->p, n, &at, n->stage[k].out);
            if (read_by_all(t->p, n, n->stage[k].out))
                ir_claim_line(t->ir, t->p, line);
            else if (far)
                ir_prefetch_near(t->ir, line);
        }
    }
}

// The sums of a gradient, for who looks at it.
static void store_asked(const Tiler *t, Cursor c, const Val *acc) {
    Builder *ir = t->ir;
    Val asked = ir_field(ir, ir->run, (int64_t)offsetof(CnnRun, gradients), ir->i64);
    If looked_at = ir_if(ir, ir_iless(ir, ir_int(ir, 0), ir_index(ir, asked)));
    for (int64_t i = 0; i < held(t); i++) {
        Cursor at = to_sum(t, c, i);
        Lanes l = lanes_of(t, (int)(i % t->vectors));
        ir_store(ir, operand_at(ir, t->p, t->n, &at, t->n->out), root_value(t, &at, acc[i], l), l);
    }
    ir_endif(ir, &looked_at);
}

static void tile(const Tiler *t, Cursor c) {
    Builder *ir = t->ir;
    Val acc[MAX_ACC] = {0};
    Type vec = ir_vec(ir, ir->f32, t->lanes.width);
    int64_t count = held(t);
    if (t->sums) {
        if (t->sums_far) fetch_sums(t, c);
        if (t->n->tree && t->n->nstage) fetch_updated(t, c);
        int sums = WITHIN(count * t->t->chains, MAX_ACC, "sums of a tile");
        for (int64_t i = 0; i < sums; i++) acc[i] = ir_var(ir, vec, ir_f32(ir, 0, t->lanes.width));
        if (t->n->tree)
            sum_leaves(t, c, acc, sums);
        else
            sum_axes(t, c, 0, acc);
        join_chains(t, acc);
    }
    if (t->n->pool[0]) {
        finish_windows(t, c, acc);
        return;
    }
    if (t->n->asked) store_asked(t, c, acc);
    for (int64_t i = 0; i < count; i++) {
        Cursor at = to_sum(t, c, i);
        Lanes l = lanes_of(t, (int)(i % t->vectors));
        finish(t, &at, root_value(t, &at, acc[i], l), l);
    }
}

// Tiles along row axis r, then what is left over: a smaller tile, or single rows where the extent is
// known only at run time.
static void rows(Tiler t, Cursor c, int r) {
    if (r == 2) {
        tile(&t, c);
        return;
    }
    int axis = t.t->axis[r];
    int64_t size = t.t->rows[r];
    if (axis < 0) {
        t.rows[r] = 1;
        rows(t, c, r + 1);
        return;
    }
    Builder *ir = t.ir;
    Val lo, hi;
    axis_bounds(ir, t.n, axis, &lo, &hi);
    bool runtime = axis == t.n->range;
    Val count = ir_isub(ir, hi, lo);
    Val whole = ir_mulk(ir, ir_idiv(ir, count, ir_int(ir, size)), size);
    Val middle = ir_add(ir, lo, whole);
    Loop l = ir_loop(ir, lo, middle, size);
    t.rows[r] = size;
    t.turns = in_turns(&t, r) ? t.n->extent[axis] : 0;
    t.turn = l.i;
    rows(t, cursor_step(ir, t.n, c, axis, l.i), r + 1);
    ir_end(ir, &l);
    int64_t rest = runtime ? 1 : t.n->extent[axis] % size;
    if (!rest || (runtime && (size == 1 || t.even))) return;
    t.rows[r] = rest;
    l = ir_loop(ir, middle, hi, rest);
    rows(t, cursor_step(ir, t.n, c, axis, l.i), r + 1);
    ir_end(ir, &l);
}

// `vectors` of `lanes`, the last of them of `last`.
static void lane_piece(Tiler t, Cursor c, int64_t start, Lanes lanes, Lanes last, int vectors) {
    t.lanes = lanes;
    t.last = last;
    t.vectors = vectors;
    rows(t, t.t->lane ? cursor_stepk(t.ir, t.n, c, t.t->lane, start) : c, 0);
}

// The lane axis itself is cut by the caller (an optimiser's long runs): groups, vectors, single floats.
static void lane_range(Tiler t, Cursor c) {
    Builder *ir = t.ir;
    int64_t step[3] = {(int64_t)ir->vector * t.t->vectors, ir->vector, 1};
    Val at = ir->lo;
    for (int i = 0; i < 3; i++) {
        Val left = ir_isub(ir, ir->hi, at);
        Val whole = ir_mulk(ir, ir_idiv(ir, left, ir_int(ir, step[i])), step[i]);
        Val end = ir_add(ir, at, whole);
        Loop l = ir_loop(ir, at, end, step[i]);
        int width = i == 2 ? 1 : ir->vector;
        Lanes all = {width, width};
        lane_piece(t, cursor_step(ir, t.n, c, t.t->lane, l.i), 0, all, all,
                   i == 0 ? t.t->vectors : 1);
        ir_end(ir, &l);
        at = end;
    }
}

// What whole groups of vectors have left, from `at` on.
static void lanes_left(const Tiler *t, Cursor c, Pieces p, int64_t at) {
    Builder *ir = t->ir;
    bool together = p.rest && p.tail.active && t->p->target.masks; // one walk through the sums
    if (together) lane_piece(*t, c, at, p.whole, (Lanes){ir->vector, p.tail.active}, p.rest + 1);
    if (together) return;
    if (p.rest) lane_piece(*t, c, at, p.whole, p.whole, p.rest);
    at += (int64_t)p.rest * ir->vector;
    if (p.tail.active) lane_piece(*t, c, at, p.tail, p.tail, 1);
}

static void lanes(const Tiler *t, Cursor c) {
    Builder *ir = t->ir;
    if (!t->t->lane || tile_dots(t->n, t->t)) {
        int width = t->t->lane ? ir->vector : 1;
        lane_piece(*t, c, 0, (Lanes){width, width}, (Lanes){width, width}, 1);
        return;
    }
    if (t->t->lane == t->n->range) {
        lane_range(*t, c);
        return;
    }
    Pieces p = lane_pieces(t->n->extent[t->t->lane], ir->vector, t->t->vectors);
    int64_t group = (int64_t)ir->vector * t->t->vectors, at = p.groups * group;
    bool cut = ir->parts && !t->cut.axis;
    if (p.groups) {
        Val lo = ir_int(ir, 0), hi = ir_int(ir, at);
        if (cut) ir_own_share(ir, at, group, &lo, &hi);
        Loop l = ir_loop(ir, lo, hi, group);
        lane_piece(*t, cursor_step(ir, t->n, c, t->t->lane, l.i), 0, p.whole, p.whole,
                   t->t->vectors);
        ir_end(ir, &l);
    }
    If last = cut ? ir_if_last(ir) : (If){NULL};
    lanes_left(t, c, p, at);
    ir_endif(ir, &last);
}

static void outer(const Tiler *t, Cursor c, int axis) {
    const Nest *n = t->n;
    for (; axis < n->naxis; axis++) {
        bool inside = n->role[axis] == A_SUM || tile_lanes(t->t, axis) || axis == t->t->axis[0] ||
                      axis == t->t->axis[1] || (axis == 0 && n->extent[0] == 1);
        if (inside) continue;
        Val lo, hi;
        axis_bounds(t->ir, n, axis, &lo, &hi);
        if (t->cut.axis && axis == t->cut.axis) ir_own_share(t->ir, n->extent[axis], 1, &lo, &hi);
        Loop l = ir_loop(t->ir, lo, hi, 1);
        outer(t, cursor_step(t->ir, n, c, axis, l.i), axis + 1);
        ir_end(t->ir, &l);
        return;
    }
    lanes(t, c);
}

// All of the nest, or a team's share of it. What cannot be cut its first thread has.
static void whole_nest(Tiler t) {
    Builder *ir = t.ir;
    t.cut = ir->parts ? plan_tile_cut(t.p, t.n, t.t) : (TileCut){0};
    bool one = ir->parts && t.cut.pieces < 2;
    If first = one ? ir_if(ir, ir_equal(ir, ir->part, ir_int(ir, 0))) : (If){NULL};
    Val parts = ir->parts;
    if (one) ir->parts = NULL;
    outer(&t, cursor_start(ir, t.n), 0);
    ir->parts = parts;
    ir_endif(ir, &first);
}

// Samples in the rows of a tile: as many whole tiles as there are, then the rest with its own.
static void samples(Tiler t, const Tile *rest, int64_t size) {
    Builder *ir = t.ir;
    Val lo = ir->lo, hi = ir->hi, count = ir_isub(ir, hi, lo);
    Val whole = ir_mulk(ir, ir_idiv(ir, count, ir_int(ir, size)), size);
    t.even = true;
    ir->hi = ir_add(ir, lo, whole);
    whole_nest(t);
    t.t = rest;
    t.ahead = nest_weights_ahead(t.p, t.n, rest);
    ir->lo = ir->hi;
    ir->hi = hi;
    whole_nest(t);
    ir->lo = lo;
}

void emit_nest(Builder *ir, const Plan *p, const Kernel *k) {
    Tiler t = {.ir = ir, .p = p, .n = &k->nest, .t = &k->tile};
    for (int a = 0; a < k->nest.naxis; a++) t.sums |= k->nest.role[a] == A_SUM;
    if (k->nest.clear) emit_clear(ir, p, k->nest.op[k->nest.out].tensor);
    if (k->nest.tree) t.places = emit_places(ir, &k->tile);
    t.ahead = nest_weights_ahead(p, &k->nest, &k->tile);
    t.sums_far = nest_sums_far(p, &k->nest);
    for (int r = 0; r < 2; r++)
        if (k->tile.axis[r] == 0 && k->tile.rows[r] > 1 && k->nest.range == 0 && k->rest.vectors) {
            samples(t, &k->rest, k->tile.rows[r]);
            return;
        }
    whole_nest(t);
}
