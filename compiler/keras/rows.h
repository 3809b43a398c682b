// SPDX-License-Identifier: MIT
// The words in which losses and metrics write the mathematics of a row `m` (step/rowmath.h).
#ifndef CNNC_ROWS_H
#define CNNC_ROWS_H
#include "step/rowmath.h"

#define C(v) expr_const(m->arena, (v))
#define IN(k) expr_in(m->arena, (k))
#define Z IN(ROW_Z)
#define Y IN(ROW_Y)
#define ADD(x, y) expr_op2(m->arena, E_ADD, (x), (y))
#define SUB(x, y) expr_op2(m->arena, E_SUB, (x), (y))
#define MUL(x, y) expr_op2(m->arena, E_MUL, (x), (y))
#define DIV(x, y) expr_op2(m->arena, E_DIV, (x), (y))
#define NEG(x) expr_op1(m->arena, E_NEG, (x))
#define ABS(x) expr_op1(m->arena, E_ABS, (x))
#define EXP(x) expr_op1(m->arena, E_EXP, (x))
#define EXPM1(x) expr_op1(m->arena, E_EXPM1, (x))
#define LOG(x) expr_op1(m->arena, E_LOG, (x))
#define LOG1P(x) expr_op1(m->arena, E_LOG1P, (x))
#define SQRT(x) expr_op1(m->arena, E_SQRT, (x))
#define TANH(x) expr_op1(m->arena, E_TANH, (x))
#define LESS(x, y, yes, no) expr_less(m->arena, (x), (y), (yes), (no))
#define SUM(x) row_step(m, ROW_SUM, (x))
#define MOST(x) row_step(m, ROW_MOST, (x))
#define WHERE_MOST(x) row_step(m, ROW_WHERE_MOST, (x))
#define ONCE(x) row_step(m, ROW_ONCE, (x))

#define KERAS_EPSILON 1e-7
#define SMALLEST C(0x1p-126) // normal float: what is smaller is 0
#endif
