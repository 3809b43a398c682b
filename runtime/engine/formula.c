// SPDX-License-Identifier: 0BSD
// Figures that change from step to step, as the compiler wrote them: terms in postfix order, in double.
#include "engine/formula.h"
#include "engine/elementary.h"

static const int operands[] = {
#define FORMULA(name, operands, value) [CNN_##name] = operands,
#include "formula.def"
};

// Factors that are 1 to rounding change nothing, nor do those behind them.
static double product(double x, double y, double n) {
    double all = 1, part = x * y;
    for (double i = 1; i <= n && 1 - part != 1; i++, part *= y) all *= 1 - part;
    return all;
}

typedef struct Given {
    double rate, iterations;
    const double *sum;
} Given;

static double apply(const CnnTerm *t, const double *operand, const Given *given) {
    double rate = given->rate, iterations = given->iterations;
    const double *sum = given->sum;
    double number = t->number, x = operand[0], y = operand[1];
    switch (t->op) {
#define FORMULA(name, operands, value)                                                             \
    case CNN_##name: return value;
#include "formula.def"
    default: return __builtin_nan(""); // of no compiler
    }
}

static double value(const CnnFormula *formula, const Given *given) {
    double stack[CNN_FORMULA_DEPTH + 2]; // apply() looks at two, also where there is none
    int64_t n = 0;
    for (int i = 0; i < CNN_FORMULA_DEPTH + 2; i++) stack[i] = 0; // no call of memset
    for (int64_t i = 0; i < formula->n; i++) {
        n -= operands[formula->term[i].op];
        stack[n] = apply(&formula->term[i], stack + n, given);
        n++;
    }
    return stack[0];
}

double formula_value(const CnnFormula *formula, double rate, double iterations) {
    return value(formula, &(Given){rate, iterations, NULL});
}

double formula_of(const CnnFormula *formula, const double *sum) {
    return value(formula, &(Given){.sum = sum});
}
