// SPDX-License-Identifier: MIT
// The sparse family: gradients after a max-pool that walk the non-zeros.
#ifndef CNNC_SPARSE_FAMILY_H
#define CNNC_SPARSE_FAMILY_H
#include "plan/plan.h"

// Of the pooled units after a relu about 5/8 are active; prices count on this share.
#define SPARSE_SHARE 0.6
enum { SPARSE_WINDOWS = 64 }; // windows that sparse-dw walks at a time: the bits of a word

extern const Family family_sparse;
extern const Variant row_sparse_dx, row_sparse_dw, row_pick_dw;
void sparse_select(Plan *p); // gradients that walk the non-zeros: Node.row
void sparse_absorb(Plan *p); // MAPs and sums into the rows that can compute them on the way
int sparse_dw_vectors(const Plan *p, int64_t taps); // of input channels that it takes at a time
// Of output channels that pick-dw takes at a time.
int sparse_pick_vectors(const Plan *p, int64_t taps);
// Are sparse-dx's patches whole in registers, and is every element of dX in one of them?
bool sparse_patches_cover(const Plan *p, const Node *n);
typedef struct SparseStrips { // of windows that sparse-dw walks together
    double number; // of a sample; less than one where several samples share a strip
    double copied; // vectors of a piece of input channels that are copied for each; 0: nothing is
} SparseStrips;
SparseStrips sparse_strips(const Plan *p, const Kernel *k);
void emit_pick_dw(Builder *ir, const Plan *p, const Kernel *k);
void emit_sparse_dx(Builder *ir, const Plan *p, const Kernel *k);
void emit_sparse_dw(Builder *ir, const Plan *p, const Kernel *k);
#endif
