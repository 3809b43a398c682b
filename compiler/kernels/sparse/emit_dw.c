// SPDX-License-Identifier: MIT
// The row "sparse-dw": the gradient by the kernel of a convolution after a max-pool, walking only the
// non-zeros of the pooled gradient g[window, o] with its argmax (see kernels/sparse/select.c). For each o its row
// of dW is in registers; for each window with g != 0, whose maximum is at position (y, x):
//     row[kh, kw] += g * X[y + kh, x + kw]
// Every output channel reads the input again, so the windows are taken in strips whose input stays in
// the nearest cache. Before a strip is walked its gradients are noted: one bit a window, and g and the
// maximum's place in rows that no two of them meet in the same set of the cache. Where a row of dW is too
// long for the registers the input channels are taken in pieces; a strip's input is then copied by pieces,
// for what is left between them in memory would leave sets of the cache unused.
#include "kernels/sparse/emit_sparse.h"
#include "support/limit.h"

typedef struct SparseDw {
    Sparse q;
    int hits, entries; // tensors: bits of up to 64 windows by channel; [window] of g and of places
    int64_t entry; // elements a window has there: co floats of g, co offsets in X, padding
    int vectors; // of input channels, in a piece
    Val from, to; // output channels that are this thread's, if a team shares them
    int64_t samples, rows, cols; // of windows, in a strip
    // What is walked, X or the copy of a strip's piece: elements between rows, columns and samples.
    int image;
    int64_t stride[2], between;
} SparseDw;

typedef struct Strip { // its first sample, row and column of windows
    Val sample, row, col;
} Strip;

// Rows or columns of X that so many windows reach.
static int64_t reach(const Sparse *q, int d, int64_t windows) {
    int64_t stride = q->image->stride[d];
    return ((windows * q->pool[d] - 1) * q->step[d] + (q->kernel[d] - 1) * q->dilation[d]) /
               stride +
           1;
}

// --- how long a strip is ---

static int64_t floats_copied(const SparseDw *k, int64_t samples, int64_t rows, int64_t cols) {
    int64_t places = reach(&k->q, 0, rows) * reach(&k->q, 1, cols);
    return samples * places * k->vectors * k->q.p->target.vector;
}

// Cycles, by channel and sample: a row of dW is loaded and stored for every strip, and a loop of
// unforeseen length is left; an entry's FMAs slow down as X outgrows the cache. Measured on
// Zen 4 with strips of 8 to 50 KB.
static double strip_cost(const SparseDw *k, bool copied, int64_t samples, int64_t rows) {
    const Sparse *q = &k->q;
    double row = (double)(q->kernel[0] * q->kernel[1]) * k->vectors;
    int64_t down = (q->windows[0] + rows - 1) / rows, across = q->windows[1] / k->cols;
    double strips = (double)(down * across);
    double floats = (double)floats_copied(k, samples, rows, k->cols);
    const Target *m = &q->p->target;
    if (!copied) floats *= (double)q->image->stride[1] / (k->vectors * m->vector);
    double over = 4 * floats - 0.875 * (double)m->l1, slow = over > 0 ? 0.02 * over / 1024 : 0;
    double entries = SPARSE_SHARE * (double)(q->windows[0] * q->windows[1]);
    return strips / (double)samples * (2 * row + m->mispredict) + entries * row * slow;
}

// The cheapest strip; of those whose copy has room in `room` floats, if any has. False: none has.
static bool choose_strip(SparseDw *k, int64_t block, int64_t room) {
    const Sparse *q = &k->q;
    k->cols = q->windows[1]; // or else its largest divisor
    for (int64_t n = 2; k->cols > SPARSE_WINDOWS; n++)
        if (q->windows[1] % n == 0) k->cols = q->windows[1] / n;
    double least = 0;
    for (int64_t samples = 1; samples <= block; samples *= 2)
        for (int64_t rows = 1; rows <= q->windows[0]; rows++) {
            if (samples * rows * k->cols > SPARSE_WINDOWS || block % samples) continue;
            if (room && floats_copied(k, samples, rows, k->cols) > room) continue;
            double cost = strip_cost(k, room > 0, samples, rows);
            if (least > 0 && cost >= least) continue;
            least = cost;
            k->samples = samples;
            k->rows = rows;
        }
    return least > 0;
}

static void walk_image(SparseDw *k) {
    const Sparse *q = &k->q;
    k->image = q->image_id;
    for (int d = 0; d < 2; d++) k->stride[d] = q->image->stride[d];
    k->between = q->image->sample_stride;
}

static void walk_copy(SparseDw *k, int copy) {
    k->image = copy;
    k->stride[1] = (int64_t)k->vectors * k->q.p->target.vector;
    k->stride[0] = reach(&k->q, 1, k->cols) * k->stride[1];
    k->between = reach(&k->q, 0, k->rows) * k->stride[0];
}

// --- what is noted of a strip ---

static Val note_at(const SparseDw *k, int tensor, Val i) {
    Builder *ir = k->q.ir;
    Val lo = ir_mulk(ir, ir->lo, k->q.p->step->tensor[tensor].sample_stride);
    return ir_at(ir, ir_operand(ir, tensor), ir->i32, ir_add(ir, lo, i));
}

static Val entry_at(const SparseDw *k, Val window, Val o, int64_t field) {
    Builder *ir = k->q.ir;
    Val i = ir_add(ir, ir_mulk(ir, window, k->entry), o);
    return note_at(k, k->entries, ir_addk(ir, i, field * k->q.co));
}

static Val hits_at(const SparseDw *k, int64_t half, Val o) {
    return note_at(k, k->hits, ir_addk(k->q.ir, o, half * k->q.co));
}

typedef struct
    Window { // of a strip: where it is, or the last there is; exists NULL: it always does
    Val sample, row, col, exists;
} Window;

static Window window_of(const SparseDw *k, const Strip *s, int64_t number) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    int64_t x = number % k->cols, y = number / k->cols % k->rows, n = number / k->cols / k->rows;
    Window w = {ir_addk(ir, s->sample, n), ir_addk(ir, s->row, y), ir_addk(ir, s->col, x), NULL};
    int64_t rest = q->windows[0] % k->rows;
    if (n > 0) {
        w.exists = ir_iless(ir, w.sample, ir->hi);
        w.sample = ir_select(ir, w.exists, w.sample, s->sample);
    }
    if (rest && y >= rest) {
        Val inside = ir_iless(ir, w.row, ir_int(ir, q->windows[0]));
        w.row = ir_select(ir, inside, w.row, s->row);
        w.exists = w.exists ? ir_and(ir, w.exists, inside) : inside;
    }
    return w;
}

// Where the patch of each lane's maximum begins, from the strip's corner on.
static Val placed(const SparseDw *k, const Window *w, int64_t number, Val o, Lanes l) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Type element = element_of(ir, q->argmax->type), ints = ir_vec(ir, ir->i32, l.width);
    int64_t x = number % k->cols, y = number / k->cols % k->rows, n = number / k->cols / k->rows;
    int64_t step[2];
    for (int d = 0; d < 2; d++) step[d] = q->step[d] / q->image->stride[d] * k->stride[d];
    Val at = ir_add(ir, sparse_window(q, q->argmax, w->sample, w->row, w->col), o);
    Val a = ir_load_as(ir, element, ir_at(ir, ir_operand(ir, q->argmax_id), element, at), l);
    if (element != ir->i32) a = ir_widen(ir, a, ints);
    Val cols = ir_i32(ir, q->pool[1], l.width), ay = ir_udiv(ir, a, cols);
    Val ax = ir_urem(ir, a, cols);
    int64_t corner = n * k->between + y * q->pool[0] * step[0] + x * q->pool[1] * step[1];
    ay = ir_imul(ir, ay, ir_i32(ir, step[0], l.width));
    ax = ir_imul(ir, ax, ir_i32(ir, step[1], l.width));
    return ir_iadd(ir, ir_i32(ir, corner, l.width), ir_iadd(ir, ay, ax));
}

// One window: its entries, and which lanes have a gradient.
static Val note_window(const SparseDw *k, const Strip *s, int64_t number, Val o, Lanes l) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Window w = window_of(k, s, number);
    Val at = ir_add(ir, sparse_window(q, q->g, w.sample, w.row, w.col), o);
    Val g = ir_load(ir, sparse_float(q, q->g_id, at), l);
    ir_store(ir, entry_at(k, ir_int(ir, number), o, 0), g, l);
    Val place = placed(k, &w, number, o, l);
    ir_store_as(ir, ir->i32, entry_at(k, ir_int(ir, number), o, 1), place, l);
    Val hit = ir_fdiffer(ir, g, ir_f32(ir, 0, l.width));
    return w.exists ? ir_and(ir, hit, ir_splat(ir, w.exists, l.width)) : hit;
}

static void note_lanes(const SparseDw *k, const Strip *s, Val o, Lanes l) {
    Builder *ir = k->q.ir;
    int64_t windows = k->samples * k->rows * k->cols;
    Val zero = ir_i32(ir, 0, l.width);
    for (int64_t half = 0; half < 2; half++) {
        Val mask = zero;
        for (int64_t i = 32 * half; i < windows && i < 32 * (half + 1); i++) {
            Val bit = ir_i32(ir, (int64_t)1 << (i & 31), l.width);
            bit = ir_select(ir, note_window(k, s, i, o, l), bit, zero);
            mask = ir_or(ir, mask, bit);
        }
        ir_store_as(ir, ir->i32, hits_at(k, half, o), mask, l);
    }
}

static void note_strip(const SparseDw *k, const Strip *s) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Pieces pc = lane_pieces(q->co, ir->vector, 1);
    int64_t whole = pc.groups * ir->vector;
    Loop o = ir_loop(ir, k->from, ir_min(ir, k->to, ir_int(ir, whole)), ir->vector);
    note_lanes(k, s, o.i, pc.whole);
    ir_end(ir, &o);
    if (!pc.tail.active) return;
    If last = ir_if_last(ir);
    note_lanes(k, s, ir_int(ir, whole), pc.tail);
    ir_endif(ir, &last);
}

// --- walking it ---

typedef struct Row { // [KH][KW][vectors] of dW for one output channel
    Lanes l;
    int vectors;
    Val channel; // the first input channel
    Val corner; // of the strip, in what is walked
    Val acc[MAX_PATCH];
} Row;

typedef struct Entry { // of a window: g in every lane, and where its patch of X begins
    Val g, patch;
} Entry;

// Of the lowest of some bits.
static Entry entry_of(const SparseDw *k, const Row *r, Val bits, Val o) {
    Builder *ir = k->q.ir;
    Val window = ir_index(ir, ir_trailing_zeros(ir, bits));
    Val place = ir_scalar(ir, ir->i32, entry_at(k, window, o, 1));
    Val from = ir_add(ir, ir_widen_signed(ir, place, ir->index), r->corner);
    Val g = ir_scalar(ir, ir->f32, entry_at(k, window, o, 0));
    return (Entry){ir_splat(ir, g, r->l.width), sparse_float(&k->q, k->image, from)};
}

static void add_patch(const SparseDw *k, const Row *r, const Entry *e) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Type vec = ir_vec(ir, ir->f32, r->l.width);
    int64_t dilation[2];
    for (int d = 0; d < 2; d++) dilation[d] = q->dilation[d] / q->image->stride[d] * k->stride[d];
    for (int64_t t = 0; t < q->kernel[0] * q->kernel[1]; t++)
        for (int v = 0; v < r->vectors; v++) {
            int64_t off = t / q->kernel[1] * dilation[0] + t % q->kernel[1] * dilation[1];
            Val at = ir_at(ir, e->patch, ir->f32, ir_int(ir, off + v * r->l.width));
            Val acc = r->acc[t * r->vectors + v];
            ir_set(ir, acc, ir_fma(ir, e->g, ir_load(ir, at, r->l), ir_get(ir, vec, acc)));
        }
}

// Adds g X for each window that has a bit. Finding an entry takes longer than its products do: it is looked
// up before those of the entry before, and after the last entry the strip's last window is, in vain.
static void add_entries(const SparseDw *k, const Row *r, Val bits, Val o) {
    Builder *ir = k->q.ir;
    Type vec = ir_vec(ir, ir->f32, r->l.width);
    int windows = WITHIN(k->samples * k->rows * k->cols, SPARSE_WINDOWS, "windows of a strip");
    Val last = ir_whole(ir->i64, (int64_t)((uint64_t)1 << (windows - 1)));
    Entry e = entry_of(k, r, ir_or(ir, bits, last), o);
    Val g = ir_var(ir, vec, e.g), patch = ir_var(ir, ir->ptr, e.patch);
    Loop bit = ir_each_bit(ir, bits);
    Entry here = {ir_get(ir, vec, g), ir_get(ir, ir->ptr, patch)};
    e = entry_of(k, r, ir_or(ir, bit.rest, last), o);
    ir_set(ir, g, e.g);
    ir_set(ir, patch, ir_first(ir, e.patch));
    add_patch(k, r, &here);
    ir_end_bits(ir, &bit);
}

static Val row_at(const Sparse *q, const Row *r, Val o, int64_t i) {
    int64_t taps = q->kernel[0] * q->kernel[1];
    Val at = ir_add(q->ir, ir_mulk(q->ir, o, taps * q->ci), r->channel);
    return sparse_float(q, q->n->out[0].tensor,
                        ir_addk(q->ir, at, i / r->vectors * q->ci + i % r->vectors * r->l.width));
}

// Where dW is more than the second cache has, the row after is on its way while one is added to.
static void fetch_row(const SparseDw *k, const Row *r, Val o, int64_t sums) {
    const Sparse *q = &k->q;
    int64_t floats = q->kernel[0] * q->kernel[1] * q->ci * q->co;
    if (4 * floats <= 2 * q->ir->target->l2) return;
    for (int64_t i = 0; i < sums; i++) ir_prefetch_near(q->ir, row_at(q, r, o, i));
}

static Val word(const SparseDw *k, Val o) {
    Builder *ir = k->q.ir;
    Val low = ir_scalar(ir, ir->i32, hits_at(k, 0, o));
    Val high = ir_scalar(ir, ir->i32, hits_at(k, 1, o));
    high = ir_shl(ir, ir_widen(ir, high, ir->i64), ir_whole(ir->i64, 32));
    return ir_or(ir, ir_widen(ir, low, ir->i64), high);
}

// Of the strip's corner in X, for an input channel.
static Val image_corner(const SparseDw *k, const Strip *s, Val channel) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Val at = ir_addk(ir, ir_mulk(ir, s->sample, q->image->sample_stride), q->origin);
    at = ir_add(ir, at, ir_mulk(ir, s->row, q->pool[0] * q->step[0]));
    return ir_add(ir, ir_add(ir, at, ir_mulk(ir, s->col, q->pool[1] * q->step[1])), channel);
}

// Of the last samples and rows, which may not exist, it copies the last that do once more.
static Val copy_piece(const SparseDw *k, const Strip *s, Val channel, Lanes l, int vectors) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    int64_t rows = reach(q, 0, k->rows), cols = reach(q, 1, k->cols);
    int64_t step = q->pool[0] * q->step[0] / q->image->stride[0], all = reach(q, 0, q->windows[0]);
    Val corner = ir_mulk(ir, ir->lo, q->p->step->tensor[k->image].sample_stride);
    Val left = ir_isub(ir, ir_int(ir, all - 1), ir_mulk(ir, s->row, step));
    for (int64_t n = 0; n < k->samples; n++) {
        Strip sample = *s;
        sample.sample = ir_min(ir, ir_addk(ir, s->sample, n), ir_addk(ir, ir->hi, -1));
        Val from = image_corner(k, &sample, channel), to = ir_addk(ir, corner, n * k->between);
        Loop y = ir_loop(ir, ir_int(ir, 0), ir_int(ir, rows), 1);
        from = ir_add(ir, from, ir_mulk(ir, ir_min(ir, y.i, left), q->image->stride[0]));
        to = ir_add(ir, to, ir_mulk(ir, y.i, k->stride[0]));
        Loop x = ir_loop(ir, ir_int(ir, 0), ir_int(ir, cols), 1);
        from = ir_add(ir, from, ir_mulk(ir, x.i, q->image->stride[1]));
        to = ir_add(ir, to, ir_mulk(ir, x.i, k->stride[1]));
        for (int v = 0; v < vectors; v++) {
            Val in = ir_load(ir, sparse_float(q, q->image_id, ir_addk(ir, from, v * l.width)), l);
            ir_store(ir, sparse_float(q, k->image, ir_addk(ir, to, v * l.width)), in, l);
        }
        ir_end(ir, &x);
        ir_end(ir, &y);
    }
    return corner;
}

// The output channels for `vectors` vectors of input channels from `channel` on.
static void walk_piece(const SparseDw *k, const Strip *s, Val channel, Lanes l, int vectors) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Row r = {.l = l, .vectors = vectors, .channel = channel};
    bool copied = k->image != q->image_id;
    r.corner = copied ? copy_piece(k, s, channel, l, vectors) : image_corner(k, s, channel);
    Type vec = ir_vec(ir, ir->f32, l.width);
    int64_t taps = q->kernel[0] * q->kernel[1];
    int64_t sums = WITHIN(taps * vectors, MAX_PATCH, "sums of a patch");
    Loop o = ir_loop(ir, k->from, k->to, 1);
    for (int64_t i = 0; i < sums; i++)
        r.acc[i] = ir_var(ir, vec, ir_load(ir, row_at(q, &r, o.i, i), l));
    fetch_row(k, &r, ir_addk(ir, o.i, 1), sums);
    add_entries(k, &r, word(k, o.i), o.i);
    for (int64_t i = 0; i < sums; i++)
        ir_store(ir, row_at(q, &r, o.i, i), ir_get(ir, vec, r.acc[i]), l);
    ir_end(ir, &o);
}

static void walk_strip(const SparseDw *k, const Strip *s) {
    const Sparse *q = &k->q;
    Builder *ir = q->ir;
    Pieces pc = lane_pieces(q->ci, ir->vector, k->vectors);
    int64_t group = (int64_t)ir->vector * k->vectors, rest = pc.groups * group;
    if (pc.groups) {
        Loop c = ir_loop(ir, ir_int(ir, 0), ir_int(ir, rest), group);
        walk_piece(k, s, c.i, pc.whole, k->vectors);
        ir_end(ir, &c);
    }
    if (pc.rest) walk_piece(k, s, ir_int(ir, rest), pc.whole, pc.rest);
    rest += (int64_t)pc.rest * ir->vector;
    if (pc.tail.active) walk_piece(k, s, ir_int(ir, rest), pc.tail, 1);
}

// All that is known before code is written; ir may then be NULL.
static SparseDw setup(Builder *ir, const Plan *p, const Kernel *kernel) {
    const Node *n = p->step->node[kernel->node[0]];
    const int tap[2] = {sparse_tap_axis(&n->out[0], 0), sparse_tap_axis(&n->out[0], 1)};
    SparseDw k = {.q = sparse_setup(ir, p, n, &n->in[1], tap),
                  .hits = n->out[1].tensor,
                  .entries = n->out[2].tensor};
    k.vectors = sparse_dw_vectors(p, k.q.kernel[0] * k.q.kernel[1]);
    k.entry = p->step->tensor[k.entries].stride[0];
    int copy = n->nout > 3 ? n->out[3].tensor : -1;
    int64_t room = copy >= 0 ? p->step->tensor[copy].dim[0] * kernel->block : 0;
    if (room && choose_strip(&k, kernel->block, room)) {
        walk_copy(&k, copy);
    } else {
        choose_strip(&k, kernel->block, 0);
        walk_image(&k);
    }
    return k;
}

SparseStrips sparse_strips(const Plan *p, const Kernel *kernel) {
    const SparseDw k = setup(NULL, p, kernel);
    const Sparse *q = &k.q;
    int64_t down = (q->windows[0] + k.rows - 1) / k.rows, across = q->windows[1] / k.cols;
    SparseStrips s = {.number = (double)(down * across) / (double)k.samples};
    int64_t copied = floats_copied(&k, k.samples, k.rows, k.cols) / p->target.vector;
    if (k.image != q->image_id) s.copied = (double)copied;
    return s;
}

void emit_sparse_dw(Builder *ir, const Plan *p, const Kernel *kernel) {
    SparseDw k = setup(ir, p, kernel);
    const Sparse *q = &k.q;
    ir_own_share(ir, q->co, plan_line(ir->target), &k.from, &k.to);
    Loop s = ir_loop(ir, ir->lo, ir->hi, k.samples);
    Loop y = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q->windows[0]), k.rows);
    Loop x = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q->windows[1]), k.cols);
    Strip strip = {s.i, y.i, x.i};
    note_strip(&k, &strip);
    walk_strip(&k, &strip);
    ir_end(ir, &x);
    ir_end(ir, &y);
    ir_end(ir, &s);
}
