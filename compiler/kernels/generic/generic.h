// SPDX-License-Identifier: MIT
// The generic family: what its rows are made of.
#ifndef CNNC_GENERIC_H
#define CNNC_GENERIC_H
#include "plan/plan.h"

extern const Family family_generic;
void emit_plain(Builder *ir, const Plan *p, const Kernel *k);
void emit_dense_loss(Builder *ir, const Plan *p, const Kernel *k);
#endif
