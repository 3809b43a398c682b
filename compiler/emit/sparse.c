// SPDX-License-Identifier: MIT
// The rows "sparse-dx" and "sparse-dw": gradients of a convolution behind a max-pool, walking only the
// non-zeros of the pooled gradient g[window, o] with its argmax (see plan/select.c).
//   dX  for each window, its patch of dX in registers, for each of its positions, for each o that has
//       its maximum there and g != 0:     patch[kh, kw] += g * kernel[o][kh, kw]
//   dW  for each o, its row of dW in registers, for each window with g != 0 at position (y, x):
//                                         row[kh, kw] += g * X[y + kh, x + kw]
#include "emit/kernels.h"
#include "emit/sparse.h"

enum { WORD = 64 };

int sparse_tap_axis(const Access *x, int d) {
    for (int a = 1; a < MAX_AXIS; a++)
        if (x->coef[d][a]) return a;
    return 0;
}

// Geometry from the access to the image: index = position * stride + tap * dilation + off.
Sparse sparse_setup(Ir *ir, const Plan *p, const Node *n, const Access *image, const int tap[2]) {
    const Step *s = p->step;
    Sparse q = {.ir = ir,
                .p = p,
                .n = n,
                .g_id = n->in[0].tensor,
                .argmax_id = n->in[2].tensor,
                .image_id = image->tensor};
    q.g = &s->tensor[q.g_id];
    q.argmax = &s->tensor[q.argmax_id];
    q.image = &s->tensor[q.image_id];
    q.co = q.g->dim[2];
    q.ci = q.image->dim[2];
    for (int d = 0; d < 2; d++) {
        q.pool[d] = n->window[d];
        q.windows[d] = q.g->need[d].hi - q.g->need[d].lo;
        q.kernel[d] = n->axis[tap[d]].span.hi;
        int64_t stride = q.image->stride[d];
        for (int a = 1; a < n->naxis; a++)
            if (image->coef[d][a] && a != tap[d]) q.step[d] = image->coef[d][a] * stride;
        q.dilation[d] = image->coef[d][tap[d]] * stride;
        q.origin += (image->off[d] - q.image->need[d].lo + q.image->ring[d][0]) * stride;
    }
    return q;
}

Val sparse_float(const Sparse *q, int tensor, Val i) {
    return ir_at(q->ir, q->ir->operand[tensor], q->ir->f32, i);
}

// Offset of window (y, x) in the pooled tensors, of the sample at hand.
Val sparse_window(const Sparse *q, const Tensor *t, Val sample, Val y, Val x) {
    Ir *ir = q->ir;
    Val i = ir_add(ir, ir_mulk(ir, y, t->stride[0]), ir_mulk(ir, x, t->stride[1]));
    return ir_add(ir, i, ir_mulk(ir, sample, t->sample_stride));
}

// Bits of the channels o in [at, at + 64) of this window whose gradient is not 0 and, if position is
// not negative, whose maximum was there.
static Val hits(const Sparse *q, Val g, Val argmax, int64_t at, int64_t position) {
    Ir *ir = q->ir;
    int64_t left = q->co - at;
    int active = left < WORD ? (int)left : WORD, width = 8;
    while (width < active) width *= 2;
    Lanes l = {width, active};
    Val v = ir_load(ir, sparse_float(q, q->g_id, ir_addk(ir, g, at)), l);
    Val hit = LLVMBuildFCmp(ir->b, LLVMRealUNE, v, ir_f32(ir, 0, width), ""); // NaN goes on
    Type element = element_of(ir, q->argmax->type);
    Val base = ir_at(ir, ir->operand[q->argmax_id], element, ir_addk(ir, argmax, at));
    Val where = ir_load_as(ir, element, base, l);
    Val lane[WORD];
    for (int i = 0; i < width; i++)
        lane[i] = LLVMConstInt(element, (unsigned long long)position, 0);
    Val here = LLVMBuildICmp(ir->b, LLVMIntEQ, where, LLVMConstVector(lane, (unsigned)width), "");
    hit = LLVMBuildAnd(ir->b, hit, here, "");
    Type bits = LLVMIntTypeInContext(ir->context, (unsigned)width);
    hit = LLVMBuildBitCast(ir->b, hit, bits, "");
    return width == WORD ? hit : LLVMBuildZExt(ir->b, hit, ir->i64, "");
}

// --- dX ---

typedef struct Patch { // dX around a window (or around one position of it), in registers
    Lanes l;
    int64_t rows, cols;
    Val acc[MAX_PATCH];
} Patch;

static Val patch_at(const Sparse *q, Val corner, int64_t r, int64_t c) {
    Ir *ir = q->ir; // rows of dX follow at its own strides
    int64_t off = r * q->image->stride[0] + c * q->image->stride[1];
    return sparse_float(q, q->image_id, ir_addk(ir, corner, off));
}

static void patch_load(const Sparse *q, Patch *t, Val corner) {
    for (int64_t i = 0; i < t->rows * t->cols; i++) {
        Val v = ir_load(q->ir, patch_at(q, corner, i / t->cols, i % t->cols), t->l);
        t->acc[i] = ir_var(q->ir, ir_vec(q->ir, q->ir->f32, t->l.width), v);
    }
}

static void patch_store(const Sparse *q, Patch *t, Val corner) {
    for (int64_t i = 0; i < t->rows * t->cols; i++) {
        Val v = ir_get(q->ir, ir_vec(q->ir, q->ir->f32, t->l.width), t->acc[i]);
        ir_store(q->ir, patch_at(q, corner, i / t->cols, i % t->cols), v, t->l);
    }
}

// Adds every hit at one position; first: the patch's accumulator of tap (0, 0); step: between taps.
static void add_kernels(const Sparse *q, Patch *t, Val bits, Val g, Val rows, int64_t at,
                        int64_t first, const int64_t step[2]) {
    Ir *ir = q->ir;
    Type vec = ir_vec(ir, ir->f32, t->l.width);
    int64_t taps = q->kernel[0] * q->kernel[1];
    Loop l = ir_each_bit(ir, bits);
    Val o = ir_addk(ir, l.i, at);
    Val scale = ir_splat(ir, ir_scalar(ir, ir->f32, sparse_float(q, q->g_id, ir_add(ir, g, o))),
                         t->l.width);
    Val row = ir_add(ir, rows, ir_mulk(ir, o, taps * t->l.active));
    for (int64_t k = 0; k < taps; k++) {
        Val w = ir_load(ir, sparse_float(q, q->n->in[1].tensor, ir_addk(ir, row, k * t->l.active)),
                        t->l);
        int64_t to = first + k / q->kernel[1] * step[0] + k % q->kernel[1] * step[1];
        ir_set(ir, t->acc[to], ir_fma(ir, scale, w, ir_get(ir, vec, t->acc[to])));
    }
    ir_end_bits(ir, &l);
}

// The whole patch of a window in registers: it overlaps the next window's, so it is loaded and stored.
static void window_patch(const Sparse *q, Patch t, Val corner, Val g, Val argmax, Val rows) {
    t.rows = q->pool[0] + q->kernel[0] - 1;
    t.cols = q->pool[1] + q->kernel[1] - 1;
    patch_load(q, &t, corner);
    for (int64_t at = 0; at < q->co; at += WORD)
        for (int64_t a = 0; a < q->pool[0] * q->pool[1]; a++) {
            int64_t first = a / q->pool[1] * t.cols + a % q->pool[1], step[2] = {t.cols, 1};
            add_kernels(q, &t, hits(q, g, argmax, at, a), g, rows, at, first, step);
        }
    patch_store(q, &t, corner);
}

// Few registers, strides or dilation: only the taps of one position at a time.
static void position_patches(const Sparse *q, Patch t, Val corner, Val g, Val argmax, Val rows) {
    Ir *ir = q->ir;
    t.rows = q->kernel[0];
    t.cols = q->kernel[1];
    Sparse taps = *q;
    Tensor spread = *q->image; // its rows are the taps, `dilation` apart
    spread.stride[0] = q->dilation[0];
    spread.stride[1] = q->dilation[1];
    taps.image = &spread;
    int64_t step[2] = {t.cols, 1};
    for (int64_t a = 0; a < q->pool[0] * q->pool[1]; a++) {
        Val at_position =
            ir_addk(ir, corner, a / q->pool[1] * q->step[0] + a % q->pool[1] * q->step[1]);
        patch_load(&taps, &t, at_position);
        for (int64_t at = 0; at < q->co; at += WORD)
            add_kernels(q, &t, hits(q, g, argmax, at, a), g, rows, at, 0, step);
        patch_store(&taps, &t, at_position);
    }
}

void emit_sparse_dx(Ir *ir, const Plan *p, const Kernel *k) {
    const Node *n = &p->step->node[k->node[0]];
    const Tensor *w = &p->step->tensor[n->in[1].tensor]; // [CI / V][CO][KH][KW][V]
    const int tap[2] = {4, 5};
    Sparse q = sparse_setup(ir, p, n, &n->out[0], tap);
    int v = (int)w->dim[4], width = 1;
    while (width < v) width *= 2;
    Patch t = {.l = {width, v}};
    bool whole =
        q.step[0] == q.image->stride[0] && q.step[1] == q.image->stride[1] &&
        q.dilation[0] == q.step[0] && q.dilation[1] == q.step[1] &&
        (q.pool[0] + q.kernel[0] - 1) * (q.pool[1] + q.kernel[1] - 1) <= p->target.accumulators;
    emit_clear(ir, p, q.image_id);
    Loop s = ir_loop(ir, ir->lo, ir->hi, 1);
    Loop c = ir_loop(ir, ir_int(ir, 0), ir_int(ir, w->dim[0]), 1);
    Loop y = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q.windows[0]), 1);
    Loop x = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q.windows[1]), 1);
    Val corner = ir_add(ir, ir_mulk(ir, y.i, q.pool[0] * q.step[0]),
                        ir_mulk(ir, x.i, q.pool[1] * q.step[1]));
    corner = ir_add(ir, corner, ir_mulk(ir, s.i, q.image->sample_stride));
    corner = ir_addk(ir, ir_add(ir, corner, ir_mulk(ir, c.i, v)), q.origin);
    Val g = sparse_window(&q, q.g, s.i, y.i, x.i),
        argmax = sparse_window(&q, q.argmax, s.i, y.i, x.i);
    Val rows = ir_mulk(ir, c.i, q.co * q.kernel[0] * q.kernel[1] * v);
    (whole ? window_patch : position_patches)(&q, t, corner, g, argmax, rows);
    ir_end(ir, &x);
    ir_end(ir, &y);
    ir_end(ir, &c);
    ir_end(ir, &s);
}

// --- dW ---

// Offset of window number i: one multiple of i where windows follow each other without a break.
static Val numbered_window(const Sparse *q, Val sample, Val i) {
    Ir *ir = q->ir;
    if (q->g->stride[0] == q->g->stride[1] * q->windows[1])
        return ir_add(ir, ir_mulk(ir, i, q->g->stride[1]),
                      ir_mulk(ir, sample, q->g->sample_stride));
    Val y = LLVMBuildUDiv(ir->b, i, ir_int(ir, q->windows[1]), "");
    return sparse_window(q, q->g, sample, y,
                         LLVMBuildURem(ir->b, i, ir_int(ir, q->windows[1]), ""));
}

// One word: which of `count` windows from number 32 word on have a gradient, for each lane.
static void mark_word(const Sparse *q, int bits, Val sample, Val word, int64_t count, Val o,
                      Lanes l) {
    Ir *ir = q->ir;
    const Tensor *b = &q->p->step->tensor[bits];
    Val mask = ir_i32(ir, 0, l.width);
    for (int64_t i = 0; i < count; i++) {
        Val w = numbered_window(q, sample, ir_addk(ir, ir_mulk(ir, word, 32), i));
        Val g = ir_load(ir, sparse_float(q, q->g_id, ir_add(ir, w, o)), l);
        Val hit = LLVMBuildFCmp(ir->b, LLVMRealUNE, g, ir_f32(ir, 0, l.width), "");
        Val bit = ir_i32(ir, (int64_t)1 << i, l.width);
        mask = LLVMBuildOr(ir->b, mask, ir_select(ir, hit, bit, ir_i32(ir, 0, l.width)), "");
    }
    Val at = ir_add(ir, ir_mulk(ir, sample, b->sample_stride), ir_mulk(ir, word, b->stride[0]));
    at = ir_at(ir, ir->operand[bits], ir->i32, ir_add(ir, at, o));
    ir_store_as(ir, ir->i32, at, mask, l);
}

// For each sample, 32 windows and channel: which of the windows have a gradient there.
static void mark_windows(const Sparse *q, int bits) {
    Ir *ir = q->ir;
    int64_t count = q->windows[0] * q->windows[1], whole = count / 32, rest = count % 32;
    Pieces pc = lane_pieces(q->co, ir->vector, 1);
    Loop s = ir_loop(ir, ir->lo, ir->hi, 1);
    for (int part = 0; part < 2; part++) {
        Lanes l = part ? pc.tail : pc.whole;
        if (part ? !l.active : !pc.groups) continue;
        int64_t from = part ? pc.groups * ir->vector : 0;
        int64_t to = part ? from + 1 : pc.groups * ir->vector;
        Loop o = ir_loop(ir, ir_int(ir, from), ir_int(ir, to), ir->vector);
        if (whole) {
            Loop word = ir_loop(ir, ir_int(ir, 0), ir_int(ir, whole), 1);
            mark_word(q, bits, s.i, word.i, 32, o.i, l);
            ir_end(ir, &word);
        }
        if (rest) mark_word(q, bits, s.i, ir_int(ir, whole), rest, o.i, l);
        ir_end(ir, &o);
    }
    ir_end(ir, &s);
}

typedef struct Row { // [KH][KW][vectors] of dW for one output channel
    Lanes l;
    int vectors;
    Val acc[MAX_PATCH];
} Row;

// Adds g X for the window with number i of sample s.
static void add_patch(const Sparse *q, Row *r, Val s, Val i, Val o, Val channel) {
    Ir *ir = q->ir;
    Type vec = ir_vec(ir, ir->f32, r->l.width), element = element_of(ir, q->argmax->type);
    Val y = LLVMBuildUDiv(ir->b, i, ir_int(ir, q->windows[1]), "");
    Val x = LLVMBuildURem(ir->b, i, ir_int(ir, q->windows[1]), "");
    Val at_g = ir_add(ir, sparse_window(q, q->g, s, y, x), o);
    Val at_a = ir_add(ir, sparse_window(q, q->argmax, s, y, x), o);
    Val a = ir_scalar(ir, element, ir_at(ir, ir->operand[q->argmax_id], element, at_a));
    a = LLVMBuildZExt(ir->b, a, ir->i64, "");
    Val ay = LLVMBuildUDiv(ir->b, a, ir_int(ir, q->pool[1]), "");
    Val ax = LLVMBuildURem(ir->b, a, ir_int(ir, q->pool[1]), "");
    Val py = ir_add(ir, ir_mulk(ir, y, q->pool[0]), ay),
        px = ir_add(ir, ir_mulk(ir, x, q->pool[1]), ax);
    Val from = ir_add(ir, ir_mulk(ir, py, q->step[0]), ir_mulk(ir, px, q->step[1]));
    from = ir_add(ir, from, ir_mulk(ir, s, q->image->sample_stride));
    from = ir_addk(ir, ir_add(ir, from, channel), q->origin);
    Val scale = ir_splat(ir, ir_scalar(ir, ir->f32, sparse_float(q, q->g_id, at_g)), r->l.width);
    for (int64_t k = 0; k < q->kernel[0] * q->kernel[1]; k++)
        for (int v = 0; v < r->vectors; v++) {
            int64_t off = k / q->kernel[1] * q->dilation[0] + k % q->kernel[1] * q->dilation[1];
            Val in = ir_load(
                ir, sparse_float(q, q->image_id, ir_addk(ir, from, off + v * r->l.width)), r->l);
            Val acc = r->acc[k * r->vectors + v];
            ir_set(ir, acc, ir_fma(ir, scale, in, ir_get(ir, vec, acc)));
        }
}

static Val row_at(const Sparse *q, const Row *r, Val o, Val channel, int64_t k, int v) {
    int64_t taps = q->kernel[0] * q->kernel[1];
    Val at = ir_add(q->ir, ir_mulk(q->ir, o, taps * q->ci), channel);
    return sparse_float(q, q->n->out[0].tensor,
                        ir_addk(q->ir, at, k * q->ci + (int64_t)v * r->l.width));
}

// All output channels for `vectors` vectors of input channels from `channel` on.
static void channel_piece(const Sparse *q, int bits, Val channel, Lanes l, int vectors) {
    Ir *ir = q->ir;
    const Tensor *b = &q->p->step->tensor[bits];
    Row r = {.l = l, .vectors = vectors};
    Type vec = ir_vec(ir, ir->f32, l.width);
    int64_t taps = q->kernel[0] * q->kernel[1], words = b->dim[0];
    Loop o = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q->co), 1);
    for (int64_t i = 0; i < taps * vectors; i++)
        r.acc[i] = ir_var(
            ir, vec, ir_load(ir, row_at(q, &r, o.i, channel, i / vectors, (int)(i % vectors)), l));
    Loop s = ir_loop(ir, ir->lo, ir->hi, 1);
    Loop w = ir_loop(ir, ir_int(ir, 0), ir_int(ir, words), 1);
    Val at = ir_add(ir, ir_mulk(ir, s.i, b->sample_stride), ir_mulk(ir, w.i, b->stride[0]));
    Val word = ir_scalar(ir, ir->i32, ir_at(ir, ir->operand[bits], ir->i32, ir_add(ir, at, o.i)));
    Loop bit = ir_each_bit(ir, LLVMBuildZExt(ir->b, word, ir->i64, ""));
    add_patch(q, &r, s.i, ir_add(ir, ir_mulk(ir, w.i, 32), bit.i), o.i, channel);
    ir_end_bits(ir, &bit);
    ir_end(ir, &w);
    ir_end(ir, &s);
    for (int64_t i = 0; i < taps * vectors; i++)
        ir_store(ir, row_at(q, &r, o.i, channel, i / vectors, (int)(i % vectors)),
                 ir_get(ir, vec, r.acc[i]), l);
    ir_end(ir, &o);
}

void emit_sparse_dw(Ir *ir, const Plan *p, const Kernel *k) {
    const Node *n = &p->step->node[k->node[0]];
    const int tap[2] = {sparse_tap_axis(&n->out[0], 0), sparse_tap_axis(&n->out[0], 1)};
    Sparse q = sparse_setup(ir, p, n, &n->in[1], tap);
    int bits = n->out[1].tensor;
    mark_windows(&q, bits);
    int vectors = (int)(p->target.accumulators / (q.kernel[0] * q.kernel[1]));
    if (vectors < 1) vectors = 1;
    Pieces pc = lane_pieces(q.ci, ir->vector, vectors);
    int64_t group = (int64_t)ir->vector * vectors;
    if (pc.groups) {
        Loop c = ir_loop(ir, ir_int(ir, 0), ir_int(ir, pc.groups * group), group);
        channel_piece(&q, bits, c.i, pc.whole, vectors);
        ir_end(ir, &c);
    }
    if (pc.rest) channel_piece(&q, bits, ir_int(ir, pc.groups * group), pc.whole, pc.rest);
    if (pc.tail.active)
        channel_piece(&q, bits, ir_int(ir, pc.groups * group + (int64_t)pc.rest * ir->vector),
                      pc.tail, 1);
}
