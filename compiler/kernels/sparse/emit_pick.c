// SPDX-License-Identifier: MIT
// The row "pick-dw": the gradient by the kernel of a first layer after a max-pool. Output channels
// are in the lanes; each lane's window has its maximum at a position of its own, so the input a lane
// needs for a tap is picked among the window's positions:
//     dW[tap, i, lanes] += g[window, lanes] * X[position(lanes) + tap, i]
// either by comparing the argmax, or, where the window's whole patch of X fits a register, by permuting
// it. Where broadcasts wait for other loads, two vectors of output channels share what is loaded to compare: of a
// large kernel so many taps at a time as the registers then hold. With g = f(dy, y) and
// d(bias)[lanes] += g[window, lanes], where kernels/sparse/absorb.c has put them here.
#include "kernels/sparse/emit_sparse.h"
#include "support/limit.h"

enum { MAX_VECTORS = 8, MAX_POSITIONS = 4 };

typedef struct Pick {
    Sparse q;
    Lanes l;
    int vectors;
    int64_t tap, taps; // of those that are summed at a time the first one, and how many
    int g_id[2]; // tensors the gradient is computed from; -1: none
    bool bias; // its gradient is summed here too
    Val acc[MAX_PATCH + MAX_VECTORS]; // [tap][vector], with the first taps [vector] of the bias
} Pick;

typedef struct Place { // of a window: offsets in X, in the tensors of the gradient, in the argmax
    Val corner, g[2], argmax;
} Place;

static Val gradient_at(const Pick *k, Val o, Val i, int64_t tap, int v) {
    Builder *ir = k->q.ir;
    Val at = ir_add(ir, ir_mulk(ir, i, k->q.co), o); // [KH][KW][CI][CO]
    return sparse_float(&k->q, k->q.n->out[0].tensor,
                        ir_addk(ir, at, tap * k->q.ci * k->q.co + (int64_t)v * k->l.width));
}

// Which lanes have their maximum at position a, for a = 1, 2, ...; the others have it at 0.
static void compare(const Pick *k, Val argmax, int64_t positions, Val here[MAX_POSITIONS]) {
    Builder *ir = k->q.ir;
    Type element = element_of(ir, k->q.argmax->type);
    Val at = ir_at(ir, ir_operand(ir, k->q.argmax_id), element, argmax);
    Val where = ir_load_as(ir, element, at, k->l);
    for (int64_t a = 1; a < positions; a++) here[a] = sparse_at_position(&k->q, where, a, k->l);
}

// The gradient of each lane's window: as it lies in memory, or computed from that.
static Val gradient(const Pick *k, const Place *at, int v) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Val in[2] = {0};
    for (int j = 0; j < 2 && at->g[j]; j++)
        in[j] =
            ir_load(ir, sparse_float(q, k->g_id[j], ir_addk(ir, at->g[j], v * k->l.width)), k->l);
    if (!q->n->expr[0]) return in[0];
    return emit_expr(ir, q->n->expr[0], in, NULL, k->l.width);
}

static void add(const Pick *k, Val acc, Val scale, Val x) {
    Builder *ir = k->q.ir;
    Val old = ir_get(ir, ir_vec(ir, ir->f32, k->l.width), acc);
    ir_set(ir, acc, x ? ir_fma(ir, scale, x, old) : ir_fadd(ir, old, scale));
}

// --- by comparing ---

static void compared_window(const Pick *k, const Place *at, const Val *scale) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    int positions = WITHIN(q->pool[0] * q->pool[1], MAX_POSITIONS, "positions of a window");
    Val here[MAX_VECTORS][MAX_POSITIONS];
    for (int v = 0; v < k->vectors; v++)
        compare(k, ir_addk(ir, at->argmax, v * k->l.width), positions, here[v]);
    for (int64_t i = 0; i < k->taps; i++) {
        int64_t t = k->tap + i;
        Val x[MAX_POSITIONS];
        for (int64_t a = 0; a < positions; a++) {
            int64_t off = a / q->pool[1] * q->step[0] + a % q->pool[1] * q->step[1] +
                          t / q->kernel[1] * q->dilation[0] + t % q->kernel[1] * q->dilation[1];
            Val pixel = sparse_float(q, q->image_id, ir_addk(ir, at->corner, off));
            x[a] = ir_splat(ir, ir_scalar(ir, ir->f32, pixel), k->l.width);
        }
        for (int v = 0; v < k->vectors; v++) {
            Val picked = x[0];
            for (int64_t a = 1; a < positions; a++)
                picked = ir_select(ir, here[v][a], x[a], picked);
            add(k, k->acc[i * k->vectors + v], scale[v], picked);
        }
    }
}

// --- by permuting ---

static int64_t patch_pitch(const Sparse *q) { // of a row in the register
    int64_t pitch = 1;
    while (pitch < q->pool[1] + q->kernel[1] - 1) pitch *= 2;
    return pitch;
}

static bool permutable(const Pick *k) {
    const Sparse *q = &k->q;
    int64_t rows = q->pool[0] + q->kernel[0] - 1;
    bool dense = q->step[1] == 1 && q->dilation[1] == 1 && q->step[0] == q->dilation[0];
    return dense && rows * patch_pitch(q) <= k->l.width && ir_permutes(q->ir, k->l.width);
}

// The rows of X under the window's patch, side by side in one register.
static Val load_patch(const Pick *k, Val corner) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    int64_t pitch = patch_pitch(q);
    Lanes l = {(int)pitch, (int)(q->pool[1] + q->kernel[1] - 1)};
    Val patch = ir_f32(ir, 0, k->l.width);
    int lane[MAX_LANES];
    for (int64_t r = 0; r < q->pool[0] + q->kernel[0] - 1; r++) {
        Val row = ir_load(ir, sparse_float(q, q->image_id, ir_addk(ir, corner, r * q->step[0])), l);
        for (int i = 0; i < k->l.width; i++) lane[i] = (int)(i % pitch);
        Val spread = ir_shuffle(ir, row, NULL, lane, k->l.width);
        for (int i = 0; i < k->l.width; i++) lane[i] = i / pitch == r ? i + k->l.width : i;
        patch = ir_shuffle(ir, patch, spread, lane, k->l.width);
    }
    return patch;
}

// Where in the patch each lane's maximum was.
static Val patch_index(const Pick *k, Val argmax) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Type element = element_of(ir, q->argmax->type);
    Val a = ir_load_as(ir, element, ir_at(ir, ir_operand(ir, q->argmax_id), element, argmax), k->l);
    if (element != ir->i32) a = ir_widen(ir, a, ir_vec(ir, ir->i32, k->l.width));
    Val cols = ir_i32(ir, q->pool[1], k->l.width), pitch = ir_i32(ir, patch_pitch(q), k->l.width);
    Val row = ir_imul(ir, ir_udiv(ir, a, cols), pitch);
    return ir_iadd(ir, row, ir_urem(ir, a, cols));
}

// The patch one tap further to the right: lanes moved down by one.
static Val shifted(const Pick *k, Val patch) {
    int lane[MAX_LANES];
    for (int i = 0; i < k->l.width; i++) lane[i] = (i + 1) % k->l.width;
    return ir_shuffle(k->q.ir, patch, NULL, lane, k->l.width);
}

// Taps of a row move the patch, rows move the indices: few constants to keep in registers.
static void permuted_window(const Pick *k, const Place *at, const Val *scale) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Val patch[MAX_PATCH] = {load_patch(k, at->corner)};
    for (int64_t c = 1; c < q->kernel[1]; c++) patch[c] = shifted(k, patch[c - 1]);
    for (int v = 0; v < k->vectors; v++) {
        Val index = patch_index(k, ir_addk(ir, at->argmax, v * k->l.width));
        for (int64_t i = 0; i < k->taps; i++) {
            int64_t t = k->tap + i, row = t / q->kernel[1] * patch_pitch(q);
            Val from = ir_iadd(ir, index, ir_i32(ir, row, k->l.width));
            add(k, k->acc[i * k->vectors + v], scale[v],
                ir_permute(ir, patch[t % q->kernel[1]], from));
        }
    }
}

// --- the kernel ---

static bool sums_bias(const Pick *k) {
    return k->bias && k->tap == 0;
}

// Accumulators of dW and, after them, of the bias: loaded or stored.
static void accumulators(Pick *k, Val o, Val i, bool load) {
    Builder *ir = k->q.ir;
    Type vec = ir_vec(ir, ir->f32, k->l.width);
    int64_t of_taps = k->taps * k->vectors, of_bias = sums_bias(k) ? k->vectors : 0;
    int sums = WITHIN(of_taps + of_bias, MAX_PATCH + MAX_VECTORS, "sums of a patch");
    for (int64_t a = 0; a < sums; a++) {
        int v = (int)(a % k->vectors);
        Val at = a < of_taps ? gradient_at(k, o, i, k->tap + a / k->vectors, v)
                             : sparse_float(&k->q, k->q.n->out[1].tensor,
                                            ir_addk(ir, o, (int64_t)v * k->l.width));
        if (load)
            k->acc[a] = ir_var(ir, vec, ir_load(ir, at, k->l));
        else
            ir_store(ir, at, ir_get(ir, vec, k->acc[a]), k->l);
    }
}

static void window(const Pick *k, const Place *at) {
    Val scale[MAX_VECTORS];
    for (int v = 0; v < k->vectors; v++) {
        scale[v] = gradient(k, at, v);
        if (sums_bias(k)) add(k, k->acc[k->taps * k->vectors + v], scale[v], NULL);
    }
    (permutable(k) ? permuted_window : compared_window)(k, at, scale);
}

// All windows of all samples for `vectors` vectors of output channels from o on and channel i.
static void some_taps(Pick *k, Val o, Val i) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    accumulators(k, o, i, true);
    Loop s = ir_loop(ir, ir->lo, ir->hi, 1);
    Loop y = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q->windows[0]), 1);
    Loop x = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q->windows[1]), 1);
    Val corner = ir_add(ir, ir_mulk(ir, y.i, q->pool[0] * q->step[0]),
                        ir_mulk(ir, x.i, q->pool[1] * q->step[1]));
    corner = ir_add(ir, corner, ir_mulk(ir, s.i, q->image->sample_stride));
    Place at = {.corner = ir_addk(ir, ir_add(ir, corner, i), q->origin)};
    for (int j = 0; j < 2 && k->g_id[j] >= 0; j++)
        at.g[j] = ir_add(ir, sparse_window(q, &q->p->step->tensor[k->g_id[j]], s.i, y.i, x.i), o);
    at.argmax = ir_add(ir, sparse_window(q, q->argmax, s.i, y.i, x.i), o);
    window(k, &at);
    ir_end(ir, &x);
    ir_end(ir, &y);
    ir_end(ir, &s);
    accumulators(k, o, i, false);
}

static void piece(Pick *k, Val o, Val i) {
    int64_t all = k->q.kernel[0] * k->q.kernel[1];
    int64_t most = k->vectors > 1 ? k->q.p->target.accumulators / k->vectors : all;
    int64_t groups = (all + most - 1) / most;
    for (int64_t g = 0; g < groups; g++) {
        k->tap = all * g / groups;
        k->taps = all * (g + 1) / groups - k->tap;
        some_taps(k, o, i);
    }
}

int sparse_pick_vectors(const Plan *p, int64_t taps) {
    int64_t most = p->target.accumulators / taps, least = p->target.busy_loads ? 2 : 1;
    return most < least ? (int)least : most < MAX_VECTORS ? (int)most : MAX_VECTORS;
}

void emit_pick_dw(Builder *ir, const Plan *p, const Kernel *kernel) {
    const Node *n = p->step->node[kernel->node[0]];
    const int tap[2] = {sparse_tap_axis(&n->out[0], 0), sparse_tap_axis(&n->out[0], 1)};
    Pick k = {.q = sparse_setup(ir, p, n, &n->in[1], tap), .bias = n->nout > 1};
    k.g_id[0] = k.q.g_id;
    k.g_id[1] = n->nin > 3 ? n->in[3].tensor : -1;
    int vectors = sparse_pick_vectors(p, k.q.kernel[0] * k.q.kernel[1]);
    Pieces pc = lane_pieces(k.q.co, ir->vector, vectors);
    int64_t group = (int64_t)ir->vector * vectors, at = pc.groups * group;
    Loop i = ir_loop(ir, ir_int(ir, 0), ir_int(ir, k.q.ci), 1);
    k.l = pc.whole;
    if (pc.groups) {
        Loop o = ir_loop(ir, ir_int(ir, 0), ir_int(ir, at), group);
        k.vectors = vectors;
        piece(&k, o.i, i.i);
        ir_end(ir, &o);
    }
    k.vectors = pc.rest;
    if (pc.rest) piece(&k, ir_int(ir, at), i.i);
    at += (int64_t)pc.rest * ir->vector;
    k.l = pc.tail;
    k.vectors = 1;
    if (pc.tail.active) piece(&k, ir_int(ir, at), i.i);
    ir_end(ir, &i);
}
