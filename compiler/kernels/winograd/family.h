// SPDX-License-Identifier: MIT
// The Winograd family: its rows, and what they are made of.
#ifndef CNNC_WINOGRAD_FAMILY_H
#define CNNC_WINOGRAD_FAMILY_H
#include "kernels/winograd/winograd.h"
#include "plan/plan.h"

extern const Family family_winograd;
extern const Variant row_winograd, row_winograd_dw;
extern const Variant row_strips, row_strips_dw, row_strips_pool;
void winograd_tiles(Plan *p); // convolutions of 3x3 kernels at the points of both axes
void winograd_strips(Plan *p); // convolutions at the points of the rows alone
bool filter_turned(const Node *n); // does a kernel's way to the points turn its channels?
// How many windows of a pool one register tile computes. A window needs `window` registers for its sums; the
// kernel needs `kernel` more where it is kept in registers.
int64_t strip_windows(const Plan *p, int64_t window, int64_t kernel);
void emit_winograd(Builder *ir, const Plan *p, const Kernel *k);
void emit_strips(Builder *ir, const Plan *p, const Kernel *k);
void emit_strips_pool(Builder *ir, const Plan *p, const Kernel *k);
#endif
