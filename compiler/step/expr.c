// SPDX-License-Identifier: MIT
// Scalar expressions: constructors that fold the trivial cases, derivatives, printing.
#include "step/expr.h"
#include <math.h>

static Expr *node(Arena *a, ExprOp op) {
    Expr *e = ARENA_NEW(a, Expr);
    e->op = op;
    return e;
}

Expr *expr_const(Arena *a, double value) {
    Expr *e = node(a, E_CONST);
    e->value = value;
    return e;
}

Expr *expr_in(Arena *a, int index) {
    Expr *e = node(a, E_IN);
    e->index = index;
    return e;
}

Expr *expr_scalar(Arena *a, int index) {
    Expr *e = node(a, E_SCALAR);
    e->index = index;
    return e;
}

Expr *expr_bit(Arena *a, int index, Expr *yes, Expr *no) {
    Expr *e = node(a, E_BIT);
    e->index = index;
    e->arg[0] = yes;
    e->arg[1] = no;
    return e;
}

Expr *expr_less(Arena *a, Expr *x, Expr *y, Expr *yes, Expr *no) {
    Expr *e = node(a, E_LESS);
    e->arg[0] = x;
    e->arg[1] = y;
    e->arg[2] = yes;
    e->arg[3] = no;
    return e;
}

Expr *expr_clip(Arena *a, Expr *x, double low, double high) {
    Expr *least = expr_const(a, low), *most = expr_const(a, high);
    x = expr_less(a, x, least, least, x);
    return expr_less(a, most, x, most, x);
}

bool expr_is(const Expr *e, double constant) {
    return e->op == E_CONST && e->value == constant;
}

bool expr_reads(const Expr *e, int index) {
    if ((e->op == E_IN || e->op == E_BIT) && e->index == index) return true;
    for (int i = 0; i < 4 && e->arg[i]; i++)
        if (expr_reads(e->arg[i], index)) return true;
    return false;
}

Expr *expr_op1(Arena *a, ExprOp op, Expr *x) {
    if (op == E_NEG && x->op == E_CONST) return expr_const(a, -x->value);
    Expr *e = node(a, op);
    e->arg[0] = x;
    return e;
}

Expr *expr_op2(Arena *a, ExprOp op, Expr *x, Expr *y) {
    if (op == E_ADD && expr_is(x, 0)) return y;
    if ((op == E_ADD || op == E_SUB) && expr_is(y, 0)) return x;
    if (op == E_SUB && expr_is(x, 0)) return expr_op1(a, E_NEG, y);
    if (op == E_MUL && expr_is(x, 1)) return y;
    if ((op == E_MUL || op == E_DIV) && expr_is(y, 1)) return x;
    if (op == E_MUL && (expr_is(x, 0) || expr_is(y, 0))) return expr_const(a, 0);
    Expr *e = node(a, op);
    e->arg[0] = x;
    e->arg[1] = y;
    return e;
}

// NULL stands for zero below, so that dead branches never become nodes.
static Expr *sum(Arena *a, Expr *x, Expr *y) {
    if (!x) return y;
    return y ? expr_op2(a, E_ADD, x, y) : x;
}

static Expr *times(Arena *a, Expr *x, Expr *dx) {
    return dx ? expr_op2(a, E_MUL, x, dx) : NULL;
}

static Expr *negated(Arena *a, Expr *x) {
    return x ? expr_op1(a, E_NEG, x) : NULL;
}

static Expr *branch(Arena *a, Expr *x) {
    return x ? x : expr_const(a, 0);
}

// d f(x) / dx for the functions of one argument, with e = f(x) itself at hand.
static Expr *slope(Arena *a, const Expr *e) {
    Expr *x = e->arg[0], *y = arena_copy(a, e, sizeof *e), *one = expr_const(a, 1);
    switch (e->op) {
    case E_NEG: return expr_const(a, -1);
    case E_ABS: return expr_less(a, x, expr_const(a, 0), expr_const(a, -1), one);
    case E_SQRT: return expr_op2(a, E_DIV, expr_const(a, 0.5), y);
    case E_EXP: return y;
    case E_EXPM1: return expr_op2(a, E_ADD, y, one);
    case E_LOG: return expr_op2(a, E_DIV, one, x);
    case E_LOG1P: return expr_op2(a, E_DIV, one, expr_op2(a, E_ADD, one, x));
    case E_TANH: return expr_op2(a, E_SUB, one, expr_op2(a, E_MUL, y, y));
    case E_GELU: return expr_op1(a, E_GELU_SLOPE, x);
    default: { // of gelu's slope: (2 - x^2) e^(-x^2 / 2) / sqrt(2 pi)
        Expr *square = expr_op2(a, E_MUL, x, x), *two = expr_const(a, 2);
        Expr *bell = expr_op1(a, E_EXP, expr_op2(a, E_MUL, expr_const(a, -0.5), square));
        bell = expr_op2(a, E_MUL, expr_const(a, 0.3989422804014327), bell);
        return expr_op2(a, E_MUL, expr_op2(a, E_SUB, two, square), bell);
    }
    }
}

Expr *expr_diff(Arena *a, const Expr *e, int index) {
    switch (e->op) {
    case E_CONST:
    case E_SCALAR: return NULL;
    case E_IN: return e->index == index ? expr_const(a, 1) : NULL;
    case E_BIT: {
        Expr *yes = expr_diff(a, e->arg[0], index), *no = expr_diff(a, e->arg[1], index);
        return yes || no ? expr_bit(a, e->index, branch(a, yes), branch(a, no)) : NULL;
    }
    case E_LESS: {
        Expr *yes = expr_diff(a, e->arg[2], index), *no = expr_diff(a, e->arg[3], index);
        if (!yes && !no) return NULL;
        return expr_less(a, e->arg[0], e->arg[1], branch(a, yes), branch(a, no));
    }
    default: break;
    }
    Expr *x = e->arg[0], *y = e->arg[1];
    Expr *dx = expr_diff(a, x, index), *dy = y ? expr_diff(a, y, index) : NULL;
    switch (e->op) {
    case E_ADD: return sum(a, dx, dy);
    case E_SUB: return sum(a, dx, negated(a, dy));
    case E_MUL: return sum(a, times(a, y, dx), times(a, x, dy));
    case E_DIV: { // dx / y - x dy / y^2
        Expr *first = dx ? expr_op2(a, E_DIV, dx, y) : NULL;
        Expr *second =
            dy ? expr_op2(a, E_DIV, expr_op2(a, E_MUL, x, dy), expr_op2(a, E_MUL, y, y)) : NULL;
        return sum(a, first, negated(a, second));
    }
    case E_TRUNC: return NULL;
    case E_TIMES_EXP: // of x e^y: dx e^y + x e^y dy
        return sum(a, dx ? expr_op2(a, E_TIMES_EXP, dx, y) : NULL,
                   times(a, arena_copy(a, e, sizeof *e), dy));
    default: return dx ? times(a, slope(a, e), dx) : NULL;
    }
}

Expr *expr_replace(Arena *a, const Expr *e, Expr *const *with) {
    if (e->op == E_IN) return with[e->index];
    Expr *copy = arena_copy(a, e, sizeof *e);
    if (e->op == E_BIT) copy->index = with[e->index]->index;
    for (int i = 0; i < 4; i++)
        if (e->arg[i]) copy->arg[i] = expr_replace(a, e->arg[i], with);
    return copy;
}

static const int flops[] = {
    [E_ADD] = 1,        [E_SUB] = 1,    [E_MUL] = 1,   [E_DIV] = 1,   [E_NEG] = 1,
    [E_ABS] = 1,        [E_TRUNC] = 2,  [E_SQRT] = 1,  [E_EXP] = 20,  [E_EXPM1] = 24,
    [E_LOG] = 24,       [E_LOG1P] = 30, [E_TANH] = 30, [E_GELU] = 50, [E_GELU_SLOPE] = 50,
    [E_TIMES_EXP] = 21, [E_LESS] = 1,   [E_BIT] = 1};

int expr_flops(const Expr *e) {
    int n = flops[e->op];
    for (int i = 0; i < 4 && e->arg[i]; i++) n += expr_flops(e->arg[i]);
    return n;
}

static bool same(const Expr *a, const Expr *b) {
    if (a == b) return true;
    if (!a || !b || a->op != b->op || a->index != b->index || a->value != b->value) return false;
    for (int i = 0; i < 4; i++)
        if (!same(a->arg[i], b->arg[i])) return false;
    return true;
}

typedef struct Counted {
    ExprWork work;
    int seen;
    const Expr *of[64]; // what is met beyond that counts again
} Counted;

static void count_work(Counted *c, const Expr *e) {
    static const bool divides[] = {[E_DIV] = true,  [E_SQRT] = true,       [E_LOG1P] = true,
                                   [E_TANH] = true, [E_GELU_SLOPE] = true, [E_GELU] = true};
    if (e->op <= E_SCALAR) return;
    for (int i = 0; i < c->seen; i++)
        if (same(c->of[i], e)) return;
    if (c->seen < (int)(sizeof c->of / sizeof *c->of)) c->of[c->seen++] = e;
    bool fused = e->op == E_ADD && (e->arg[0]->op == E_MUL || e->arg[1]->op == E_MUL);
    c->work.operations += fused ? 0 : flops[e->op];
    c->work.divisions += e->op < sizeof divides && divides[e->op];
    for (int i = 0; i < 4 && e->arg[i]; i++) count_work(c, e->arg[i]);
}

ExprWork expr_work(const Expr *e) {
    Counted c = {.seen = 0};
    count_work(&c, e);
    return c.work;
}

void expr_print(FILE *f, const Expr *e) {
    static const char *const infix[] = {
        [E_ADD] = " + ", [E_SUB] = " - ", [E_MUL] = " * ", [E_DIV] = " / "};
    static const char *const prefix[] = {[E_NEG] = "neg",
                                         [E_ABS] = "abs",
                                         [E_TRUNC] = "trunc",
                                         [E_SQRT] = "sqrt",
                                         [E_EXP] = "exp",
                                         [E_EXPM1] = "expm1",
                                         [E_LOG] = "log",
                                         [E_LOG1P] = "log1p",
                                         [E_TANH] = "tanh",
                                         [E_GELU] = "gelu",
                                         [E_GELU_SLOPE] = "gelu_slope",
                                         [E_TIMES_EXP] = "times_exp",
                                         [E_LESS] = "less",
                                         [E_BIT] = "bit"};
    if (e->op == E_CONST)
        fprintf(f, "%.9g", e->value);
    else if (e->op == E_IN)
        fprintf(f, "in%d", e->index);
    else if (e->op == E_SCALAR)
        fprintf(f, "s%d", e->index);
    else if (e->op <= E_DIV) {
        fputc('(', f);
        expr_print(f, e->arg[0]);
        fputs(infix[e->op], f);
        expr_print(f, e->arg[1]);
        fputc(')', f);
    } else {
        fprintf(f, "%s(", prefix[e->op]);
        if (e->op == E_BIT) fprintf(f, "in%d, ", e->index);
        for (int i = 0; i < 4 && e->arg[i]; i++) {
            if (i) fputs(", ", f);
            expr_print(f, e->arg[i]);
        }
        fputc(')', f);
    }
}
