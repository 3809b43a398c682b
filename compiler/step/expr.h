// SPDX-License-Identifier: MIT
// Scalar expressions: what a MAP computes for each element. Leaves are constants, the node's
// inputs and the step's scalars. They are built by layers and by derivation, differentiated
// symbolically, printed, and turned into vector code by the emitter.
#ifndef CNNC_EXPR_H
#define CNNC_EXPR_H
#include "support/arena.h"
#include <stdbool.h>
#include <stdio.h>

typedef enum {
    E_CONST, // value
    E_IN, // input `index` of the node
    E_SCALAR, // run-time scalar `index` (CNN_INV_N, ...)
    E_ADD,
    E_SUB,
    E_MUL,
    E_DIV,
    E_NEG,
    E_ABS,
    E_TRUNC, // towards 0, of what is below 2^31
    E_SQRT,
    E_EXP,
    E_EXPM1,
    E_LOG,
    E_LOG1P,
    E_TANH,
    E_GELU,
    E_GELU_SLOPE,
    E_TIMES_EXP, // a e^b, right also where e^b alone is no normal float
    E_LESS, // a < b ? c : d; false where either is NaN
    E_BIT, // bit of input `index` ? a : b
} ExprOp;

typedef struct Expr Expr;
struct Expr {
    ExprOp op;
    int index;
    double value;
    Expr *arg[4];
};

Expr *expr_const(Arena *a, double value);
Expr *expr_in(Arena *a, int index);
Expr *expr_scalar(Arena *a, int index);
Expr *expr_bit(Arena *a, int index, Expr *yes, Expr *no);
Expr *expr_less(Arena *a, Expr *x, Expr *y, Expr *yes, Expr *no);
Expr *expr_clip(Arena *a, Expr *x, double low, double high);
Expr *expr_op1(Arena *a, ExprOp op, Expr *x);
Expr *expr_op2(Arena *a, ExprOp op, Expr *x, Expr *y); // folds 0 + x, 1 * x, 0 * x and constants

// The derivative by input `index`; NULL where it is zero. Kinks of E_ABS and E_LESS follow the branch.
// E_TRUNC counts as flat.
Expr *expr_diff(Arena *a, const Expr *e, int index);
bool expr_is(const Expr *e, double constant);
bool expr_reads(const Expr *e, int index); // as a value or as a bit
// The same expression with each input k replaced by with[k].
Expr *expr_replace(Arena *a, const Expr *e, Expr *const *with);
// Scalar operations an element costs (for figures and the cost model).
int expr_flops(const Expr *e);
// What a vector of them takes: each subexpression once, a product that is added together with its sum.
typedef struct ExprWork {
    int operations, divisions; // a square root is a division
} ExprWork;
ExprWork expr_work(const Expr *e);
void expr_print(FILE *f, const Expr *e);
#endif
