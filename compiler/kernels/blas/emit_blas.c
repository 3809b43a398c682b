// SPDX-License-Identifier: MIT
// The row "blas": a matrix product by OpenBLAS's sgemm, of numbers of samples that do not depend on the threads.
//   forward, dX   Y[m, N] = X[m, K] W[K, N] for the m samples at hand
// A deferred gradient is no product for it: its sum over the samples is the leaf tree, and cut in products of
// 16 samples it took 71 ms where one product takes 40 and the plain kernel 15 (2 million weights, a batch of
// 128, one thread of a Sapphire Rapids).
#include "kernels/blas/blas.h"
#include "kernels/generic/nest.h"

enum { ROW_MAJOR = 101, NO_TRANS = 111 }; // cblas.h

typedef struct Gemm {
    Val m, n, k, a, lda, b, ldb, c, ldc;
} Gemm;

static Val gemm_function(Builder *ir) {
    Type i = ir->i32, f = ir->f32, p = ir->ptr;
    Type t[14] = {i, i, i, i, i, i, f, p, i, p, i, f, p, i};
    return ir_library(ir, "cblas_sgemm", ir->none, t, 14);
}

static void call(Builder *ir, const Gemm *g) {
    Val size[6] = {g->m, g->n, g->k, g->lda, g->ldb, g->ldc};
    for (int i = 0; i < 6; i++) size[i] = ir_narrow(ir, size[i], ir->i32);
    Val one = ir_real(ir, 1), zero = ir_real(ir, 0);
    Val arg[14] = {ir_whole(ir->i32, ROW_MAJOR),
                   ir_whole(ir->i32, NO_TRANS),
                   ir_whole(ir->i32, NO_TRANS),
                   size[0],
                   size[1],
                   size[2],
                   one,
                   g->a,
                   size[3],
                   g->b,
                   size[4],
                   zero,
                   g->c,
                   size[5]};
    ir_call(ir, gemm_function(ir), arg, 14);
}

static Val at(Builder *ir, int tensor, Val index) {
    return ir_at(ir, ir_operand(ir, tensor), ir->f32, index);
}

// Of samples [first, end).
static void product(Builder *ir, const Plan *p, const Node *n, Val first, Val end) {
    const Step *s = p->step;
    int out = n->out[0].tensor, x = n->in[0].tensor, w = n->in[1].tensor;
    const Tensor *tw = &s->tensor[w];
    int64_t ldx = s->tensor[x].sample_stride, ldy = s->tensor[out].sample_stride;
    Gemm g = {.m = ir_isub(ir, end, first),
              .n = ir_int(ir, tw->dim[1]),
              .k = ir_int(ir, tw->dim[0]),
              .a = at(ir, x, ir_mulk(ir, first, ldx)),
              .lda = ir_int(ir, ldx),
              .b = at(ir, w, ir_int(ir, 0)),
              .ldb = ir_int(ir, tw->dim[1]),
              .c = at(ir, out, ir_mulk(ir, first, ldy)),
              .ldc = ir_int(ir, ldy)};
    call(ir, &g);
}

// How many samples a call has decides in which order OpenBLAS adds. A training's leaves are the same for any threads; a
// prediction's samples are shared out among them, and so go one by one.
void emit_blas(Builder *ir, const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    if (p->step->mode == STEP_TRAIN) {
        product(ir, p, n, ir->lo, ir->hi);
        return;
    }
    Loop sample = ir_loop(ir, ir->lo, ir->hi, 1);
    product(ir, p, n, sample.i, ir_addk(ir, sample.i, 1));
    ir_end(ir, &sample);
}
