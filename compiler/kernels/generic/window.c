// SPDX-License-Identifier: MIT
// Max and average over windows, channel by channel in the lanes, and their adjoints. Taps outside the
// input are left out: where a window can reach outside, the loops over its taps have run-time bounds;
// where it cannot, they are unrolled.
//   max      y = max over taps, the first maximum winning; argmax is the tap's row-major number
//   average  y = sum / valid taps
//   adjoint  dx[tap] += argmax == tap ? dy : 0, or dy / valid taps
#include "kernels/generic/nest.h"

typedef struct Windows {
    Builder *ir;
    const Plan *p;
    const Kernel *k;
    const Nest *n;
    const Node *node;
    int image; // operand that has the windows: input, or the adjoint's output
    int space; // dimensions of a window; positions are axes 1 on, then come the channels
    int64_t taps; // of a window
    int tap[MAX_SPACE]; // axes of the taps
    int64_t base[MAX_SPACE], step[MAX_SPACE]; // first index of a window: base + position * step
    int64_t dim[MAX_SPACE];
    bool inside; // no window reaches outside
    Val from[MAX_SPACE], to[MAX_SPACE], count; // valid taps of the window at hand; count as a float
    Lanes lanes;
} Windows;

static void setup(Windows *w, const Access *x) {
    const Node *n = w->node;
    const Tensor *t = &w->p->step->tensor[x->tensor];
    w->inside = true;
    w->space = step_inner(n);
    w->taps = step_positions(n);
    for (int d = 0; d < w->space; d++) {
        w->tap[d] = n->naxis - w->space + d;
        w->step[d] = x->coef[d][1 + d];
        w->base[d] = x->off[d] + n->axis[1 + d].span.lo * w->step[d];
        w->dim[d] = t->dim[d];
        int64_t last = w->base[d] + (w->n->extent[1 + d] - 1) * w->step[d] + n->window[d];
        if (w->base[d] < 0 || last > w->dim[d]) w->inside = false;
    }
}

// Bounds of the valid taps for the window at position `at`.
static void valid_taps(Windows *w, const Val *at) {
    Builder *ir = w->ir;
    Val count = ir_int(ir, 1);
    for (int d = 0; d < w->space; d++) {
        Val first = ir_addk(ir, ir_mulk(ir, at[d], w->step[d]), w->base[d]);
        w->from[d] = ir_max(ir, ir_int(ir, 0), ir_ineg(ir, first));
        w->to[d] =
            ir_min(ir, ir_int(ir, w->node->window[d]), ir_isub(ir, ir_int(ir, w->dim[d]), first));
        count = ir_imul(ir, count, ir_isub(ir, w->to[d], w->from[d]));
    }
    w->count = ir_to_float(ir, count, ir->f32);
}

typedef void Tap(Windows *w, const Cursor *c, Val index, void *state);

static Val number(Windows *w, Val before, Val index, int d) { // of a tap, row-major
    if (!d) return index;
    return ir_add(w->ir, ir_mulk(w->ir, before, w->node->window[d]), index);
}

static void loop_taps(Windows *w, Cursor c, int d, Val index, Tap *tap, void *state) {
    if (d == w->space || d == MAX_SPACE) {
        tap(w, &c, index, state);
        return;
    }
    Loop l = ir_loop(w->ir, w->from[d], w->to[d], 1);
    Cursor at = cursor_step(w->ir, w->n, c, w->tap[d], l.i);
    loop_taps(w, at, d + 1, number(w, index, l.i, d), tap, state);
    ir_end(w->ir, &l);
}

static void each_tap(Windows *w, Cursor c, Tap *tap, void *state) {
    enum { UNROLLED = 16 };
    if (!w->inside || w->taps > UNROLLED) {
        loop_taps(w, c, 0, NULL, tap, state);
        return;
    }
    for (int64_t i = 0; i < w->taps; i++) {
        Cursor at = c;
        int64_t of = w->taps, rest = i;
        for (int d = 0; d < w->space; d++) {
            of /= w->node->window[d];
            at = cursor_stepk(w->ir, w->n, at, w->tap[d], rest / of);
            rest %= of;
        }
        tap(w, &at, ir_int(w->ir, i), state);
    }
}

typedef struct Best {
    Val value, index;
    bool argmax;
} Best;

static Val index_vector(Builder *ir, Val index, int width) {
    return ir_splat(ir, ir_narrow(ir, index, ir->i32), width);
}

static void tap_max(Windows *w, const Cursor *c, Val index, void *state) {
    Builder *ir = w->ir;
    Best *best = state;
    int width = w->lanes.width;
    Type f = ir_vec(ir, ir->f32, width), i = ir_vec(ir, ir->i32, width);
    Val x = ir_load(ir, operand_at(ir, w->p, w->n, c, w->image), w->lanes);
    Val old = ir_get(ir, f, best->value);
    Val nan = ir_unordered(ir, x, x); // a NaN wins and stays
    Val take = ir_or(ir, ir_less(ir, old, x), nan);
    ir_set(ir, best->value, ir_select(ir, take, x, old));
    if (!best->argmax) return;
    Val old_index = ir_get(ir, i, best->index);
    ir_set(ir, best->index, ir_select(ir, take, index_vector(ir, index, width), old_index));
}

static void tap_sum(Windows *w, const Cursor *c, Val index, void *state) {
    Builder *ir = w->ir;
    (void)index;
    Val *sum = state, old = ir_get(ir, ir_vec(ir, ir->f32, w->lanes.width), *sum);
    Val x = ir_load(ir, operand_at(ir, w->p, w->n, c, w->image), w->lanes);
    ir_set(ir, *sum, ir_fadd(ir, old, x));
}

// One window of one piece of channels, forward.
static void pool(void *state, Cursor c, Lanes l) {
    Windows *w = state;
    w->lanes = l;
    Builder *ir = w->ir;
    int width = w->lanes.width, lane = 1 + w->space;
    Type f = ir_vec(ir, ir->f32, width);
    bool max = w->node->op == W_MAX;
    Val var = ir_var(ir, f, ir_f32(ir, max ? -__builtin_inf() : 0, width)), value;
    if (max) {
        bool argmax = w->node->nout == 2;
        Val first = NULL;
        for (int d = 0; d < w->space; d++) first = number(w, first, w->from[d], d);
        Best best = {var, ir_var(ir, ir_vec(ir, ir->i32, width), index_vector(ir, first, width)),
                     argmax};
        each_tap(w, c, tap_max, &best);
        value = ir_get(ir, f, var);
        if (argmax) {
            int op = w->n->nin + 1;
            TensorType t = w->p->step->tensor[w->n->op[op].tensor].type;
            Val index = ir_get(ir, ir_vec(ir, ir->i32, width), best.index);
            if (t == T_U8) index = ir_narrow(ir, index, ir_vec(ir, ir->i8, width));
            ir_store_as(ir, element_of(ir, t), operand_at(ir, w->p, w->n, &c, op), index, w->lanes);
        }
    } else {
        each_tap(w, c, tap_sum, &var);
        value = ir_fdiv(ir, ir_get(ir, f, var), ir_splat(ir, w->count, width));
    }
    finish_value(ir, w->p, w->n, &c, value, w->lanes, lane);
}

typedef struct Spread {
    Val dy, argmax;
    bool add;
} Spread;

static void tap_spread(Windows *w, const Cursor *c, Val index, void *state) {
    Builder *ir = w->ir;
    Spread *s = state;
    int width = w->lanes.width;
    Val v = s->dy, at = operand_at(ir, w->p, w->n, c, w->image);
    if (s->argmax) {
        Val here = ir_equal(ir, s->argmax, index_vector(ir, index, width));
        v = ir_select(ir, here, v, ir_f32(ir, 0, width));
    }
    if (s->add) v = ir_fadd(ir, ir_load(ir, at, w->lanes), v);
    ir_store(ir, at, v, w->lanes);
}

// One window of one piece of channels, backward.
static void spread(void *state, Cursor c, Lanes l) {
    Windows *w = state;
    w->lanes = l;
    Builder *ir = w->ir;
    int width = w->lanes.width;
    Spread s = {.dy = ir_load(ir, operand_at(ir, w->p, w->n, &c, 0), w->lanes), .add = w->n->add};
    if (w->node->op == W_MAX_GRAD) {
        TensorType t = w->p->step->tensor[w->n->op[1].tensor].type;
        Val index = ir_load_as(ir, element_of(ir, t), operand_at(ir, w->p, w->n, &c, 1), w->lanes);
        if (t == T_U8) index = ir_widen(ir, index, ir_vec(ir, ir->i32, width));
        s.argmax = index;
    } else {
        s.dy = ir_fdiv(ir, s.dy, ir_splat(ir, w->count, width));
    }
    each_tap(w, c, tap_spread, &s);
}

static void loop_windows(Windows *w, Cursor c, int d, Val *at, VectorBody *body) {
    Builder *ir = w->ir;
    const Nest *n = w->n;
    if (d == w->space || d == MAX_SPACE) {
        valid_taps(w, at);
        each_own_vector(ir, n, c, 1 + d, n->extent[1 + d], body, w);
        return;
    }
    Loop l = ir_loop(ir, ir_int(ir, 0), ir_int(ir, n->extent[1 + d]), 1);
    at[d] = l.i;
    loop_windows(w, cursor_step(ir, n, c, 1 + d, l.i), d + 1, at, body);
    ir_end(ir, &l);
}

static void each_window(Windows *w, VectorBody *body) {
    Val at[MAX_SPACE];
    Loop s = ir_loop(w->ir, w->ir->lo, w->ir->hi, 1);
    Cursor c = cursor_step(w->ir, w->n, cursor_start(w->ir, w->n), 0, s.i);
    loop_windows(w, c, 0, at, body);
    ir_end(w->ir, &s);
}

void emit_window(Builder *ir, const Plan *p, const Kernel *k) {
    Windows w = {.ir = ir, .p = p, .k = k, .n = &k->nest, .node = p->step->node[k->node[0]]};
    setup(&w, &w.node->in[0]);
    each_window(&w, pool);
}

void emit_window_grad(Builder *ir, const Plan *p, const Kernel *k) {
    Windows w = {.ir = ir, .p = p, .k = k, .n = &k->nest, .node = p->step->node[k->node[0]]};
    w.image = k->nest.out;
    setup(&w, &w.node->out[0]);
    if (k->nest.clear) emit_clear(ir, p, w.node->out[0].tensor);
    each_window(&w, spread);
}
