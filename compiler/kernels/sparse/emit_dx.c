// SPDX-License-Identifier: MIT
// The row "sparse-dx": the gradient by the input of a convolution after a max-pool, walking only the
// non-zeros of the pooled gradient g[window, o] with its argmax (see kernels/sparse/select.c). For each window its
// patch of dX is in registers; for each position of the window and each o that has its maximum there
// and g != 0:
//     patch[kh, kw] += g * kernel[o][kh, kw]
// Which o those are is noted first, 64 to a word, for all windows of the sample: every vector of input
// channels walks the same words. Along a row of windows the columns that two patches share stay in
// registers; the rows that two rows of windows share are added in memory.
//
// MAPs after dX (relu's mask) are computed as elements of it are done with: those of a patch that no
// further window reaches, and at the end the rows below the last windows.
#include "kernels/generic/nest.h"
#include "kernels/sparse/emit_sparse.h"
#include "support/limit.h"

enum { WORD = 64, ROWS = 1, COLS = 2, CHANNELS = 6 }; // of the node's axes

typedef struct Patch { // dX around a window (or around one position of it), in registers
    Lanes l;
    int64_t rows, cols;
    Val acc[MAX_PATCH];
} Patch;

typedef struct SparseDx {
    Sparse q;
    int hits; // tensor of the words: [window][position][o / 64]
    int64_t positions, lists;
    Val sample, g, words,
        kernel; // of what is at hand: g and words of the window, kernel of the vector
    const Nest *n; // with the stages after dX, if there are any
    Cursor at; // where they stand: at the row of windows, or the window
} SparseDx;

// --- which channels ---

static Val word_at(const SparseDx *k, Val window, int64_t position, int64_t list) {
    Builder *ir = k->q.ir;
    const Tensor *t = &k->q.p->step->tensor[k->hits];
    Val i = ir_add(ir, ir_mulk(ir, k->sample, t->sample_stride / 2),
                   ir_mulk(ir, window, k->positions * k->lists));
    return ir_at(ir, ir_operand(ir, k->hits), ir->i64, ir_addk(ir, i, position * k->lists + list));
}

// The bits of the channels o in [at, at + 64) of a window whose gradient is not 0: <width x i1>.
static Val gradients(const SparseDx *k, Val g, int64_t at, Lanes l) {
    Builder *ir = k->q.ir;
    Val v = ir_load(ir, sparse_float(&k->q, k->q.g_id, ir_addk(ir, g, at)), l);
    return ir_fdiffer(ir, v, ir_f32(ir, 0, l.width)); // NaN goes on
}

static void note_window(const SparseDx *k, Val y, Val x) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Val g = sparse_window(q, q->g, k->sample, y, x);
    Val argmax = sparse_window(q, q->argmax, k->sample, y, x);
    Val window = ir_add(ir, ir_mulk(ir, y, q->windows[1]), x);
    Type element = element_of(ir, q->argmax->type);
    for (int64_t list = 0, at = 0; list < k->lists; list++, at += WORD) {
        int active = q->co - at < WORD ? (int)(q->co - at) : WORD, width = 8;
        while (width < active) width *= 2;
        Lanes l = {width, active};
        Type bits = ir_bits_type(ir, width);
        Val some = gradients(k, g, at, l);
        Val base = ir_at(ir, ir_operand(ir, q->argmax_id), element, ir_addk(ir, argmax, at));
        Val where = ir_load_as(ir, element, base, l);
        for (int64_t a = 0; a < k->positions; a++) {
            Val hit = ir_and(ir, some, sparse_at_position(q, where, a, l));
            hit = ir_as(ir, hit, bits);
            if (width < WORD) hit = ir_widen(ir, hit, ir->i64);
            ir_put(ir, word_at(k, window, a, list), hit);
        }
    }
}

static void note_windows(const SparseDx *k) {
    Builder *ir = k->q.ir;
    Loop y = ir_loop(ir, ir_int(ir, 0), ir_int(ir, k->q.windows[0]), 1);
    Loop x = ir_loop(ir, ir_int(ir, 0), ir_int(ir, k->q.windows[1]), 1);
    note_window(k, y.i, x.i);
    ir_end(ir, &x);
    ir_end(ir, &y);
}

// --- patches ---

static Val patch_at(const Sparse *q, Val corner, int64_t r, int64_t c) {
    Builder *ir = q->ir; // rows of dX follow at its own strides
    int64_t off = r * q->image->stride[0] + c * q->image->stride[1];
    return sparse_float(q, q->image_id, ir_addk(ir, corner, off));
}

static Type vector_of(const SparseDx *k, const Patch *t) {
    return ir_vec(k->q.ir, k->q.ir->f32, t->l.width);
}

static Cursor moved(const SparseDx *k, int64_t r, int64_t c) {
    return cursor_stepk(k->q.ir, k->n, cursor_stepk(k->q.ir, k->n, k->at, ROWS, r), COLS, c);
}

static void stages(const SparseDx *k, const Cursor *at, Lanes l, Val v) {
    emit_stages(k->q.ir, k->q.p, k->n, at, l, CHANNELS, v);
}

static void patch_store(const SparseDx *k, const Sparse *q, const Patch *t, Val corner,
                        int64_t cols) {
    for (int64_t r = 0; r < t->rows; r++)
        for (int64_t c = 0; c < cols; c++) {
            Val v = ir_get(q->ir, vector_of(k, t), t->acc[r * t->cols + c]);
            Cursor at = moved(k, r, c);
            if (k->n->nstage && r < q->pool[0])
                stages(k, &at, t->l, v);
            else
                ir_store(q->ir, patch_at(q, corner, r, c), v, t->l);
        }
}

// g in every lane. Where the kernel's rows alone keep the units busy that load, a broadcast from memory
// would take a turn: g comes by way of an integer register, which has a unit of its own.
static Val every_lane(const SparseDx *k, const Patch *t, Val at) {
    Builder *ir = k->q.ir;
    bool waits = ir->target->busy_loads && t->l.width == ir->vector;
    if (!waits) return ir_splat(ir, ir_scalar(ir, ir->f32, at), t->l.width);
    Val bits = ir_in_register(ir, ir_scalar(ir, ir->i32, at));
    return ir_as(ir, ir_splat(ir, bits, t->l.width), vector_of(k, t));
}

typedef struct Channel { // of output: its gradient in every lane, and its kernel
    Val g, kernel;
} Channel;

// Of the lowest of a word's bits.
static Channel channel_of(const SparseDx *k, const Patch *t, Val bits, int64_t list) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Val o = ir_addk(ir, ir_index(ir, ir_trailing_zeros(ir, bits)), list * WORD);
    Val g = every_lane(k, t, sparse_float(q, q->g_id, ir_add(ir, k->g, o)));
    Val row = ir_mulk(ir, o, q->kernel[0] * q->kernel[1] * t->l.active);
    return (Channel){g, sparse_float(q, q->n->in[1].tensor, ir_add(ir, k->kernel, row))};
}

static void add_kernel(const SparseDx *k, const Patch *t, const Channel *c, int64_t first) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    for (int64_t i = 0; i < q->kernel[0] * q->kernel[1]; i++) {
        Val at = ir_at(ir, c->kernel, ir->f32, ir_int(ir, i * t->l.active));
        Val acc = t->acc[first + i / q->kernel[1] * t->cols + i % q->kernel[1]];
        ir_set(ir, acc, ir_fma(ir, c->g, ir_load(ir, at, t->l), ir_get(ir, vector_of(k, t), acc)));
    }
}

// Adds the kernel of every channel of one word; first: the patch's accumulator of tap (0, 0). A channel is
// looked up before the products of the one before, which would wait for it; after the last one the
// word's last is, in vain.
static void add_kernels(const SparseDx *k, const Patch *t, Val window, int64_t position,
                        int64_t list, int64_t first) {
    Builder *ir = k->q.ir;
    int64_t left = k->q.co - list * WORD;
    int channels = WITHIN(left < WORD ? left : WORD, WORD, "channels of a word");
    Val last = ir_whole(ir->i64, (int64_t)((uint64_t)1 << (channels - 1)));
    Val word = ir_scalar(ir, ir->i64, word_at(k, window, position, list));
    Channel c = channel_of(k, t, ir_or(ir, word, last), list);
    Val g = ir_var(ir, vector_of(k, t), c.g), kernel = ir_var(ir, ir->ptr, c.kernel);
    Loop l = ir_each_bit(ir, word);
    Channel here = {ir_get(ir, vector_of(k, t), g), ir_get(ir, ir->ptr, kernel)};
    c = channel_of(k, t, ir_or(ir, l.rest, last), list);
    ir_set(ir, g, c.g);
    ir_set(ir, kernel, ir_first(ir, c.kernel));
    add_kernel(k, t, &here, first);
    ir_end_bits(ir, &l);
}

// What lies in memory where this row of windows begins: sums of the row before, in the rows shared.
static Val begun(const SparseDx *k, const Patch *t, Val corner, int64_t r, int64_t c) {
    Builder *ir = k->q.ir;
    if (r >= k->q.kernel[0] - 1) return ir_f32(ir, 0, t->l.width);
    return ir_load(ir, patch_at(&k->q, corner, r, c), t->l);
}

// A row of windows at step 1: a patch per window, its right columns being the next one's left ones.
static void row_of_patches(SparseDx *k, Patch t, Val corner, Val window) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    t.rows = q->pool[0] + q->kernel[0] - 1;
    t.cols = q->pool[1] + q->kernel[1] - 1;
    int64_t held = WITHIN(t.rows * t.cols, MAX_PATCH, "sums of a patch");
    int64_t shared = q->kernel[1] - 1;
    Type vec = vector_of(k, &t);
    Val carried[MAX_PATCH] = {0};
    for (int64_t i = 0; i < t.rows * shared; i++)
        carried[i] = ir_var(ir, vec, begun(k, &t, corner, i / shared, i % shared));
    Loop x = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q->windows[1]), 1);
    Val here = ir_add(ir, corner, ir_mulk(ir, x.i, q->pool[1] * q->step[1]));
    Val number = ir_add(ir, window, x.i), g = k->g;
    const Cursor row = k->at;
    k->g = ir_add(ir, g, ir_mulk(ir, x.i, q->g->stride[1]));
    k->at = cursor_step(ir, k->n, row, COLS, ir_mulk(ir, x.i, q->pool[1]));
    for (int64_t i = 0; i < held; i++) {
        int64_t r = i / t.cols, c = i % t.cols;
        t.acc[i] = ir_var(ir, vec,
                          c < shared ? ir_get(ir, vec, carried[r * shared + c])
                                     : begun(k, &t, here, r, c));
    }
    for (int64_t list = 0; list < k->lists; list++)
        for (int64_t a = 0; a < k->positions; a++)
            add_kernels(k, &t, number, a, list, a / q->pool[1] * t.cols + a % q->pool[1]);
    patch_store(k, q, &t, here, q->pool[1]);
    for (int64_t i = 0; i < t.rows * shared; i++)
        ir_set(ir, carried[i],
               ir_get(ir, vec, t.acc[i / shared * t.cols + i % shared + q->pool[1]]));
    ir_end(ir, &x);
    k->g = g;
    k->at = cursor_stepk(ir, k->n, row, COLS, q->windows[1] * q->pool[1]);
    Patch last = {t.l, t.rows, shared, {0}};
    for (int64_t i = 0; i < t.rows * shared; i++) last.acc[i] = carried[i];
    corner = ir_addk(ir, corner, q->windows[1] * q->pool[1] * q->step[1]);
    patch_store(k, q, &last, corner, shared);
}

// Few registers, strides or dilation: only the taps of one position at a time, loaded and stored.
static void position_patches(SparseDx *k, Patch t, Val corner, Val window) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    t.rows = q->kernel[0];
    t.cols = q->kernel[1];
    int64_t held = WITHIN(t.rows * t.cols, MAX_PATCH, "sums of a patch");
    Sparse taps = *q;
    Tensor spread = *q->image; // its rows are the taps, `dilation` apart
    spread.stride[0] = q->dilation[0];
    spread.stride[1] = q->dilation[1];
    taps.image = &spread;
    Loop x = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q->windows[1]), 1);
    Val here = ir_add(ir, corner, ir_mulk(ir, x.i, q->pool[1] * q->step[1])), g = k->g;
    k->g = ir_add(ir, g, ir_mulk(ir, x.i, q->g->stride[1]));
    for (int64_t a = 0; a < k->positions; a++) {
        int64_t off = a / q->pool[1] * q->step[0] + a % q->pool[1] * q->step[1];
        Val at = ir_addk(ir, here, off);
        for (int64_t i = 0; i < held; i++)
            t.acc[i] = ir_var(ir, vector_of(k, &t),
                              ir_load(ir, patch_at(&taps, at, i / t.cols, i % t.cols), t.l));
        for (int64_t list = 0; list < k->lists; list++)
            add_kernels(k, &t, ir_add(ir, window, x.i), a, list, 0);
        patch_store(k, &taps, &t, at, t.cols);
    }
    ir_end(ir, &x);
    k->g = g;
}

// --- the kernel ---

// The stages of the rows below the last windows, which no patch has done with.
static void last_rows(SparseDx *k, Lanes l, Val corner) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    const Cursor first = k->at;
    int64_t below = q->windows[0] * q->pool[0];
    Loop r = ir_loop(ir, ir_int(ir, below), ir_int(ir, below + q->kernel[0] - 1), 1);
    k->at = cursor_step(ir, k->n, first, ROWS, r.i);
    Val row = ir_add(ir, corner, ir_mulk(ir, r.i, q->image->stride[0]));
    int64_t cols = q->windows[1] * q->pool[1] + q->kernel[1] - 1;
    Loop c = ir_loop(ir, ir_int(ir, 0), ir_int(ir, cols), 1);
    Cursor at = cursor_step(ir, k->n, k->at, COLS, c.i);
    Val from = ir_add(ir, row, ir_mulk(ir, c.i, q->image->stride[1]));
    stages(k, &at, l, ir_load(ir, patch_at(q, from, 0, 0), l));
    ir_end(ir, &c);
    ir_end(ir, &r);
}

static void clear_all(const SparseDx *k) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Val at = ir_mulk(ir, k->sample, q->image->sample_stride);
    ir_zero(ir, sparse_float(q, q->image_id, at), ir_int(ir, q->image->bytes / 4));
}

// Where patches cover all of dX, only the rows that are added to need be cleared: of a vector of channels.
static void clear_rows(const SparseDx *k, Lanes l, Val corner) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    int64_t cols = q->windows[1] * q->pool[1] + q->kernel[1] - 1;
    Loop c = ir_loop(ir, ir_int(ir, 0), ir_int(ir, cols), 1);
    Val at = ir_add(ir, corner, ir_mulk(ir, c.i, q->image->stride[1]));
    for (int64_t r = 0; r < q->kernel[0] - 1; r++)
        ir_store(ir, patch_at(q, at, r, 0), ir_f32(ir, 0, l.width), l);
    ir_end(ir, &c);
}

void emit_sparse_dx(Builder *ir, const Plan *p, const Kernel *kernel) {
    const Node *n = p->step->node[kernel->node[0]];
    const Tensor *w = &p->step->tensor[n->in[1].tensor]; // [CI / V][CO][KH][KW][V]
    const int tap[2] = {4, 5};
    SparseDx k = {
        .q = sparse_setup(ir, p, n, &n->out[0], tap), .hits = n->out[1].tensor, .n = &kernel->nest};
    const Sparse *q = &k.q;
    k.positions = q->pool[0] * q->pool[1];
    k.lists = (q->co + WORD - 1) / WORD;
    int v = (int)w->dim[4], width = 1;
    while (width < v) width *= 2;
    Patch t = {.l = {width, v}};
    bool whole =
        q->step[0] == q->image->stride[0] && q->step[1] == q->image->stride[1] &&
        q->dilation[0] == q->step[0] && q->dilation[1] == q->step[1] &&
        (q->pool[0] + q->kernel[0] - 1) * (q->pool[1] + q->kernel[1] - 1) <= p->target.accumulators;
    Loop s = ir_loop(ir, ir->lo, ir->hi, 1);
    k.sample = s.i;
    note_windows(&k);
    bool cover = sparse_patches_cover(p, n);
    if (!cover) clear_all(&k);
    Val lo, hi; // vectors of channels
    ir_own_share(ir, w->dim[0], 1, &lo, &hi);
    Loop c = ir_loop(ir, lo, hi, 1);
    k.kernel = ir_mulk(ir, c.i, q->co * q->kernel[0] * q->kernel[1] * v);
    Val channel = ir_mulk(ir, c.i, v);
    Cursor first = cursor_step(ir, k.n, cursor_start(ir, k.n), 0, s.i);
    first = cursor_step(ir, k.n, first, CHANNELS, channel);
    Val image = ir_add(ir, channel, ir_mulk(ir, s.i, q->image->sample_stride));
    image = ir_addk(ir, image, q->origin);
    if (cover) clear_rows(&k, t.l, image);
    Loop y = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q->windows[0]), 1);
    Val corner = ir_add(ir, image, ir_mulk(ir, y.i, q->pool[0] * q->step[0]));
    k.at = cursor_step(ir, k.n, first, ROWS, ir_mulk(ir, y.i, q->pool[0]));
    k.g = sparse_window(q, q->g, s.i, y.i, ir_int(ir, 0));
    (whole ? row_of_patches : position_patches)(&k, t, corner, ir_mulk(ir, y.i, q->windows[1]));
    ir_end(ir, &y);
    k.at = first;
    if (k.n->nstage) last_rows(&k, t.l, image);
    ir_end(ir, &c);
    ir_end(ir, &s);
}
