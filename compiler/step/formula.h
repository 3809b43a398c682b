// SPDX-License-Identifier: MIT
// Figures of a step (runtime/abi.h, CnnFormula) under construction: what an optimiser or a schedule says
// about the learning rate, as a function of the rate and of the steps made so far.
#ifndef CNNC_FORMULA_H
#define CNNC_FORMULA_H
#include "step/expr.h"
#include "../runtime/abi.h"

CnnFormula formula_number(Arena *a, double x);
CnnFormula formula_leaf(Arena *a, int64_t op); // CNN_RATE, CNN_ITERATIONS
CnnFormula formula_op1(Arena *a, int64_t op, CnnFormula x);
CnnFormula formula_op2(Arena *a, int64_t op, CnnFormula x, CnnFormula y);
CnnFormula formula_less(Arena *a, CnnFormula x, CnnFormula y, CnnFormula yes, CnnFormula no);
CnnFormula formula_op3(Arena *a, int64_t op, CnnFormula x, CnnFormula y, CnnFormula z);
// An expression of sums of a leaf block: its input first is sum number at, and so on.
CnnFormula formula_of_sums(Arena *a, const Expr *e, int first, int64_t at);
CnnFormula formula_at(Arena *a, CnnFormula f, CnnFormula iterations); // f after so many steps
#endif
