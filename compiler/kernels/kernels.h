// SPDX-License-Identifier: MIT
// The emitters that the rows of the table of variants name. Each fills the body of one function
//     void kernel(operand pointers ..., i64 lo, i64 hi, i64 n, ptr run)
// whose range axis runs over [lo, hi); n is the samples of the batch, or, in a phase over leaves, the
// index in the batch of sample 0.
#ifndef CNNC_KERNELS_H
#define CNNC_KERNELS_H
#include "plan/plan.h"

void emit_plain(Ir *ir, const Plan *p, const Kernel *k);
void emit_dense_loss(Ir *ir, const Plan *p, const Kernel *k);
void emit_blas(Ir *ir, const Plan *p, const Kernel *k);
void emit_pick_dw(Ir *ir, const Plan *p, const Kernel *k);
void emit_winograd(Ir *ir, const Plan *p, const Kernel *k);
void emit_strips(Ir *ir, const Plan *p, const Kernel *k);
void emit_strips_pool(Ir *ir, const Plan *p, const Kernel *k);
void emit_sparse_dx(Ir *ir, const Plan *p, const Kernel *k);
void emit_sparse_dw(Ir *ir, const Plan *p, const Kernel *k);
#endif
