// SPDX-License-Identifier: MIT
// The generic family: what its rows are made of.
#ifndef CNNC_GENERIC_H
#define CNNC_GENERIC_H
#include "plan/plan.h"

extern const Family family_generic;
double mask_work(const Plan *p, const Node *n); // MASK: cycles of a sample
double work_generic(const Plan *p, const Kernel *k);
// Of what follows a gradient that is computed once a step, a sample's share.
double work_update(const Plan *p, const Kernel *k);
void emit_plain(Builder *ir, const Plan *p, const Kernel *k);
void emit_dense_loss(Builder *ir, const Plan *p, const Kernel *k);
#endif
