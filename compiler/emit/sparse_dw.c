// SPDX-License-Identifier: MIT
// The row "sparse-dw": the gradient by the kernel of a convolution behind a max-pool, walking only the
// non-zeros of the pooled gradient g[window, o] with its argmax (see plan/select.c). For each o its row
// of dW is in registers; for each window with g != 0, whose maximum is at position (y, x):
//     row[kh, kw] += g * X[y + kh, x + kw]
#include "emit/kernels.h"
#include "emit/sparse.h"

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

typedef struct SparseDw {
    Sparse q;
    int hits,
        place; // tensors: bits of 32 windows, and where a window's maximum lies in X; by channel
} SparseDw;

// Where in X the patch of each lane's maximum begins, for window number i.
static Val placed(const Sparse *q, Val sample, Val i, Val o, Lanes l) {
    Ir *ir = q->ir;
    Type element = element_of(ir, q->argmax->type), ints = ir_vec(ir, ir->i32, l.width);
    Val y = LLVMBuildUDiv(ir->b, i, ir_int(ir, q->windows[1]), "");
    Val x = LLVMBuildURem(ir->b, i, ir_int(ir, q->windows[1]), "");
    Val at = ir_add(ir, sparse_window(q, q->argmax, sample, y, x), o);
    Val a = ir_load_as(ir, element, ir_at(ir, ir->operand[q->argmax_id], element, at), l);
    if (element != ir->i32) a = LLVMBuildZExt(ir->b, a, ints, "");
    Val cols = ir_i32(ir, q->pool[1], l.width), ay = LLVMBuildUDiv(ir->b, a, cols, "");
    Val ax = LLVMBuildURem(ir->b, a, cols, "");
    Val corner = ir_add(ir, ir_mulk(ir, y, q->pool[0] * q->step[0]),
                        ir_mulk(ir, x, q->pool[1] * q->step[1]));
    corner = LLVMBuildTrunc(ir->b, ir_addk(ir, corner, q->origin), ir->i32, "");
    ay = LLVMBuildMul(ir->b, ay, ir_i32(ir, q->step[0], l.width), "");
    ax = LLVMBuildMul(ir->b, ax, ir_i32(ir, q->step[1], l.width), "");
    return LLVMBuildAdd(ir->b, ir_splat(ir, corner, l.width), LLVMBuildAdd(ir->b, ay, ax, ""), "");
}

static Val note_at(const SparseDw *k, int tensor, Val sample, Val row, Val o) {
    Ir *ir = k->q.ir;
    const Tensor *t = &k->q.p->step->tensor[tensor];
    Val i = ir_add(ir, ir_mulk(ir, sample, t->sample_stride), ir_mulk(ir, row, t->stride[0]));
    return ir_at(ir, ir->operand[tensor], ir->i32, ir_add(ir, i, o));
}

// One word: which of `count` windows from number 32 word on have a gradient, for each lane.
static void note_word(const SparseDw *k, Val sample, Val word, int64_t count, Val o, Lanes l) {
    const Sparse *q = &k->q;
    Ir *ir = q->ir;
    Val mask = ir_i32(ir, 0, l.width);
    for (int64_t i = 0; i < count; i++) {
        Val number = ir_addk(ir, ir_mulk(ir, word, 32), i), w = numbered_window(q, sample, number);
        Val g = ir_load(ir, sparse_float(q, q->g_id, ir_add(ir, w, o)), l);
        Val hit = LLVMBuildFCmp(ir->b, LLVMRealUNE, g, ir_f32(ir, 0, l.width), "");
        Val bit = ir_i32(ir, (int64_t)1 << i, l.width);
        mask = LLVMBuildOr(ir->b, mask, ir_select(ir, hit, bit, ir_i32(ir, 0, l.width)), "");
        Val at = note_at(k, k->place, sample, number, o);
        ir_store_as(ir, ir->i32, at, placed(q, sample, number, o, l), l);
    }
    ir_store_as(ir, ir->i32, note_at(k, k->hits, sample, word, o), mask, l);
}

static void note_windows(const SparseDw *k) {
    const Sparse *q = &k->q;
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
            note_word(k, s.i, word.i, 32, o.i, l);
            ir_end(ir, &word);
        }
        if (rest) note_word(k, s.i, ir_int(ir, whole), rest, o.i, l);
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
static void add_patch(const SparseDw *k, Row *r, Val s, Val i, Val o, Val channel) {
    const Sparse *q = &k->q;
    Ir *ir = q->ir;
    Type vec = ir_vec(ir, ir->f32, r->l.width);
    Val from = ir_scalar(ir, ir->i32, note_at(k, k->place, s, i, o));
    from = ir_add(ir, LLVMBuildSExt(ir->b, from, ir->i64, ""),
                  ir_mulk(ir, s, q->image->sample_stride));
    from = ir_add(ir, from, channel);
    Val g = sparse_float(q, q->g_id, ir_add(ir, numbered_window(q, s, i), o));
    Val scale = ir_splat(ir, ir_scalar(ir, ir->f32, g), r->l.width);
    for (int64_t t = 0; t < q->kernel[0] * q->kernel[1]; t++)
        for (int v = 0; v < r->vectors; v++) {
            int64_t off = t / q->kernel[1] * q->dilation[0] + t % q->kernel[1] * q->dilation[1];
            Val at = sparse_float(q, q->image_id, ir_addk(ir, from, off + v * r->l.width));
            Val acc = r->acc[t * r->vectors + v];
            ir_set(ir, acc, ir_fma(ir, scale, ir_load(ir, at, r->l), ir_get(ir, vec, acc)));
        }
}

static Val row_at(const Sparse *q, const Row *r, Val o, Val channel, int64_t k, int v) {
    int64_t taps = q->kernel[0] * q->kernel[1];
    Val at = ir_add(q->ir, ir_mulk(q->ir, o, taps * q->ci), channel);
    return sparse_float(q, q->n->out[0].tensor,
                        ir_addk(q->ir, at, k * q->ci + (int64_t)v * r->l.width));
}

// The bits of word w for channel o of samples s and, in the upper half, s + 1: one loop over both is
// left half as often as two, and it is leaving that a processor cannot foresee.
static Val two_words(const SparseDw *k, Val s, Val w, Val o) {
    Ir *ir = k->q.ir;
    Val next = ir_addk(ir, s, 1), some = LLVMBuildICmp(ir->b, LLVMIntSLT, next, ir->hi, "");
    Val low = ir_scalar(ir, ir->i32, note_at(k, k->hits, s, w, o));
    Val second = ir_select(ir, some, next, s);
    Val high = ir_scalar(ir, ir->i32, note_at(k, k->hits, second, w, o));
    high = ir_select(ir, some, high, LLVMConstInt(ir->i32, 0, 0));
    high = LLVMBuildShl(ir->b, LLVMBuildZExt(ir->b, high, ir->i64, ""), ir_int(ir, 32), "");
    return LLVMBuildOr(ir->b, LLVMBuildZExt(ir->b, low, ir->i64, ""), high, "");
}

// All output channels for `vectors` vectors of input channels from `channel` on.
static void channel_piece(const SparseDw *k, Val channel, Lanes l, int vectors) {
    const Sparse *q = &k->q;
    Ir *ir = q->ir;
    Row r = {.l = l, .vectors = vectors};
    Type vec = ir_vec(ir, ir->f32, l.width);
    int64_t taps = q->kernel[0] * q->kernel[1], words = q->p->step->tensor[k->hits].dim[0];
    Loop o = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q->co), 1);
    for (int64_t i = 0; i < taps * vectors; i++)
        r.acc[i] = ir_var(
            ir, vec, ir_load(ir, row_at(q, &r, o.i, channel, i / vectors, (int)(i % vectors)), l));
    Loop s = ir_loop(ir, ir->lo, ir->hi, 2);
    Loop w = ir_loop(ir, ir_int(ir, 0), ir_int(ir, words), 1);
    Loop bit = ir_each_bit(ir, two_words(k, s.i, w.i, o.i));
    Val half = LLVMBuildLShr(ir->b, bit.i, ir_int(ir, 5), "");
    Val number = LLVMBuildAnd(ir->b, bit.i, ir_int(ir, 31), "");
    number = ir_add(ir, ir_mulk(ir, w.i, 32), number);
    add_patch(k, &r, ir_add(ir, s.i, half), number, o.i, channel);
    ir_end_bits(ir, &bit);
    ir_end(ir, &w);
    ir_end(ir, &s);
    for (int64_t i = 0; i < taps * vectors; i++)
        ir_store(ir, row_at(q, &r, o.i, channel, i / vectors, (int)(i % vectors)),
                 ir_get(ir, vec, r.acc[i]), l);
    ir_end(ir, &o);
}

void emit_sparse_dw(Ir *ir, const Plan *p, const Kernel *kernel) {
    const Node *n = &p->step->node[kernel->node[0]];
    const int tap[2] = {sparse_tap_axis(&n->out[0], 0), sparse_tap_axis(&n->out[0], 1)};
    SparseDw k = {sparse_setup(ir, p, n, &n->in[1], tap), n->out[1].tensor, n->out[2].tensor};
    const Sparse *q = &k.q;
    note_windows(&k);
    int vectors = (int)(p->target.accumulators / (q->kernel[0] * q->kernel[1]));
    if (vectors < 1) vectors = 1;
    Pieces pc = lane_pieces(q->ci, ir->vector, vectors);
    int64_t group = (int64_t)ir->vector * vectors;
    if (pc.groups) {
        Loop c = ir_loop(ir, ir_int(ir, 0), ir_int(ir, pc.groups * group), group);
        channel_piece(&k, c.i, pc.whole, vectors);
        ir_end(ir, &c);
    }
    if (pc.rest) channel_piece(&k, ir_int(ir, pc.groups * group), pc.whole, pc.rest);
    if (pc.tail.active)
        channel_piece(&k, ir_int(ir, pc.groups * group + (int64_t)pc.rest * ir->vector), pc.tail,
                      1);
}
