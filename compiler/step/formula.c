// SPDX-License-Identifier: MIT
// Formulas are built from their operands' terms, one after the other, and held to the runtime's stack.
#include "step/formula.h"
#include "support/limit.h"
#include <string.h>

static const int operands[] = {
#define FORMULA(name, operands, value) [CNN_##name] = operands,
#include "../runtime/formula.def"
};

static void check(const CnnFormula *f) {
    int64_t n = 0;
    for (int64_t i = 0; i < f->n; i++) {
        n -= operands[f->term[i].op];
        if (n < 0) internal_error("a formula lacks operands");
        n = WITHIN(n + 1, CNN_FORMULA_DEPTH, "operands of a formula that wait");
    }
    if (n != 1) internal_error("a formula has %lld values", (long long)n);
}

static CnnFormula made(Arena *a, const CnnFormula *of, int n, CnnTerm last) {
    CnnFormula f = {.n = 1};
    for (int i = 0; i < n; i++) f.n += of[i].n;
    CnnTerm *term = ARENA_ARRAY(a, CnnTerm, (size_t)f.n), *to = term;
    for (int i = 0; i < n; to += of[i++].n) memcpy(to, of[i].term, (size_t)of[i].n * sizeof *to);
    *to = last;
    f.term = term;
    check(&f);
    return f;
}

CnnFormula formula_number(Arena *a, double x) {
    return made(a, NULL, 0, (CnnTerm){CNN_NUMBER, x});
}

CnnFormula formula_leaf(Arena *a, int64_t op) {
    return made(a, NULL, 0, (CnnTerm){op, 0});
}

CnnFormula formula_op1(Arena *a, int64_t op, CnnFormula x) {
    return made(a, &x, 1, (CnnTerm){op, 0});
}

CnnFormula formula_op2(Arena *a, int64_t op, CnnFormula x, CnnFormula y) {
    return made(a, (CnnFormula[]){x, y}, 2, (CnnTerm){op, 0});
}

CnnFormula formula_less(Arena *a, CnnFormula x, CnnFormula y, CnnFormula yes, CnnFormula no) {
    return made(a, (CnnFormula[]){x, y, yes, no}, 4, (CnnTerm){CNN_LESS, 0});
}

CnnFormula formula_op3(Arena *a, int64_t op, CnnFormula x, CnnFormula y, CnnFormula z) {
    return made(a, (CnnFormula[]){x, y, z}, 3, (CnnTerm){op, 0});
}

CnnFormula formula_of_sums(Arena *a, const Expr *e, int first, int64_t at) {
    static const int64_t ops[] = {
        [E_ADD] = CNN_ADD, [E_SUB] = CNN_SUB, [E_MUL] = CNN_MUL, [E_DIV] = CNN_DIV};
    if (e->op == E_CONST) return formula_number(a, e->value);
    if (e->op == E_IN)
        return made(a, NULL, 0, (CnnTerm){CNN_SUMMED, (double)(e->index - first + at)});
    if (e->op < E_ADD || e->op > E_DIV) internal_error("no formula of sums");
    return formula_op2(a, ops[e->op], formula_of_sums(a, e->arg[0], first, at),
                       formula_of_sums(a, e->arg[1], first, at));
}

CnnFormula formula_at(Arena *a, CnnFormula f, CnnFormula iterations) {
    CnnTerm *term = NULL;
    int n = 0;
    for (int64_t i = 0; i < f.n; i++) {
        CnnFormula with = f.term[i].op == CNN_ITERATIONS ? iterations : (CnnFormula){1, &f.term[i]};
        for (int64_t k = 0; k < with.n; k++) ARENA_PUSH(a, term, n, with.term[k]);
    }
    CnnFormula at = {n, term};
    check(&at);
    return at;
}
