// SPDX-License-Identifier: MIT
// The family of OpenBLAS: its row, and what it is made of.
#ifndef CNNC_BLAS_H
#define CNNC_BLAS_H
#include "plan/plan.h"

extern const Family family_blas;
void emit_blas(Builder *ir, const Plan *p, const Kernel *k);
#endif
