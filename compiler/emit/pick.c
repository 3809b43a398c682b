// SPDX-License-Identifier: MIT
// The row "pick-dw": the gradient by the kernel of a first layer behind a max-pool. Output channels
// are in the lanes; each lane's window has its maximum at a position of its own, so the input a lane
// needs for a tap is picked among the window's positions by comparing the argmax:
//     dW[tap, i, lanes] += g[window, lanes] * X[position(lanes) + tap, i]
#include "emit/kernels.h"
#include "emit/sparse.h"

enum { MAX_VECTORS = 8, MAX_POSITIONS = 4 };

typedef struct Pick {
    Sparse q;
    Lanes l;
    int vectors;
    Val acc[MAX_PATCH]; // [tap][vector]
} Pick;

static Val gradient_at(const Pick *k, Val o, Val i, int64_t tap, int v) {
    Ir *ir = k->q.ir;
    Val at = ir_add(ir, ir_mulk(ir, i, k->q.co), o); // [KH][KW][CI][CO]
    return sparse_float(&k->q, k->q.n->out[0].tensor,
                        ir_addk(ir, at, tap * k->q.ci * k->q.co + (int64_t)v * k->l.width));
}

// Which lanes have their maximum at position a, for a = 1, 2, ...; the others have it at 0.
static void compare(const Pick *k, Val argmax, int64_t positions, Val here[MAX_POSITIONS]) {
    Ir *ir = k->q.ir;
    Type element = element_of(ir, k->q.argmax->type);
    Val at = ir_at(ir, ir->operand[k->q.argmax_id], element, argmax);
    Val where = ir_load_as(ir, element, at, k->l), lane[64];
    for (int64_t a = 1; a < positions; a++) {
        for (int i = 0; i < k->l.width; i++)
            lane[i] = LLVMConstInt(element, (unsigned long long)a, 0);
        here[a] =
            LLVMBuildICmp(ir->b, LLVMIntEQ, where, LLVMConstVector(lane, (unsigned)k->l.width), "");
    }
}

// One window: corner is the image's element at its first position, tap (0, 0).
static void window(const Pick *k, Val corner, Val g, Val argmax) {
    const Sparse *q = &k->q;
    Ir *ir = q->ir;
    int64_t positions = q->pool[0] * q->pool[1], taps = q->kernel[0] * q->kernel[1];
    Val scale[MAX_VECTORS], here[MAX_VECTORS][MAX_POSITIONS];
    for (int v = 0; v < k->vectors; v++) {
        scale[v] = ir_load(ir, sparse_float(q, q->g_id, ir_addk(ir, g, v * k->l.width)), k->l);
        compare(k, ir_addk(ir, argmax, v * k->l.width), positions, here[v]);
    }
    for (int64_t t = 0; t < taps; t++) {
        Val x[MAX_POSITIONS];
        for (int64_t a = 0; a < positions; a++) {
            int64_t off = a / q->pool[1] * q->step[0] + a % q->pool[1] * q->step[1] +
                          t / q->kernel[1] * q->dilation[0] + t % q->kernel[1] * q->dilation[1];
            Val at = sparse_float(q, q->image_id, ir_addk(ir, corner, off));
            x[a] = ir_splat(ir, ir_scalar(ir, ir->f32, at), k->l.width);
        }
        for (int v = 0; v < k->vectors; v++) {
            Val picked = x[0], acc = k->acc[t * k->vectors + v];
            for (int64_t a = 1; a < positions; a++)
                picked = ir_select(ir, here[v][a], x[a], picked);
            Val old = ir_get(ir, ir_vec(ir, ir->f32, k->l.width), acc);
            ir_set(ir, acc, ir_fma(ir, scale[v], picked, old));
        }
    }
}

// All windows of all samples for `vectors` vectors of output channels from o on and channel i.
static void piece(Pick *k, Val o, Val i) {
    const Sparse *q = &k->q;
    Ir *ir = q->ir;
    Type vec = ir_vec(ir, ir->f32, k->l.width);
    int64_t count = q->kernel[0] * q->kernel[1] * k->vectors;
    for (int64_t a = 0; a < count; a++) {
        Val at = gradient_at(k, o, i, a / k->vectors, (int)(a % k->vectors));
        k->acc[a] = ir_var(ir, vec, ir_load(ir, at, k->l));
    }
    Loop s = ir_loop(ir, ir->lo, ir->hi, 1);
    Loop y = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q->windows[0]), 1);
    Loop x = ir_loop(ir, ir_int(ir, 0), ir_int(ir, q->windows[1]), 1);
    Val corner = ir_add(ir, ir_mulk(ir, y.i, q->pool[0] * q->step[0]),
                        ir_mulk(ir, x.i, q->pool[1] * q->step[1]));
    corner = ir_add(ir, corner, ir_mulk(ir, s.i, q->image->sample_stride));
    corner = ir_addk(ir, ir_add(ir, corner, i), q->origin);
    Val g = ir_add(ir, sparse_window(q, q->g, s.i, y.i, x.i), o);
    window(k, corner, g, ir_add(ir, sparse_window(q, q->argmax, s.i, y.i, x.i), o));
    ir_end(ir, &x);
    ir_end(ir, &y);
    ir_end(ir, &s);
    for (int64_t a = 0; a < count; a++) {
        Val at = gradient_at(k, o, i, a / k->vectors, (int)(a % k->vectors));
        ir_store(ir, at, ir_get(ir, vec, k->acc[a]), k->l);
    }
}

void emit_pick_dw(Ir *ir, const Plan *p, const Kernel *kernel) {
    const Node *n = &p->step->node[kernel->node[0]];
    const int tap[2] = {sparse_tap_axis(&n->out[0], 0), sparse_tap_axis(&n->out[0], 1)};
    Pick k = {.q = sparse_setup(ir, p, n, &n->in[1], tap)};
    int vectors = (int)(p->target.accumulators / (k.q.kernel[0] * k.q.kernel[1]));
    if (vectors < 1) vectors = 1;
    if (vectors > MAX_VECTORS) vectors = MAX_VECTORS;
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
