// SPDX-License-Identifier: MIT
// Adam: m += (g - m)(1 - b1);  v += (g^2 - v)(1 - b2);  w -= lr_t m / (sqrt(v) + epsilon),
// with lr_t = lr sqrt(1 - b2^t) / (1 - b1^t), t counting from 1.
#include "keras/optimizers/optimizer.h"

typedef struct Adam {
    OptimizerArgs common;
    double beta_1, beta_2, epsilon;
} Adam;

#define AT(field) offsetof(Adam, field)
static const char *const names[] = {"adam", NULL};
static const Arg args[] = {
    OPTIMIZER_RATE("0.001"),
    {"beta_1", ARG_FLOAT, AT(beta_1), .standard = "0.9", .min = 0, .max = 1, .below = true},
    {"beta_2", ARG_FLOAT, AT(beta_2), .standard = "0.999", .min = 0, .max = 1, .below = true},
    {"epsilon", ARG_FLOAT, AT(epsilon), .standard = "1e-07", .min = 0, .max = INFINITY},
    ARG_UNSUPPORTED("amsgrad", "False"),
    OPTIMIZER_COMMON(names),
    {0},
};

static int states(const void *self, const char *name[MAX_STATES]) {
    (void)self;
    name[0] = "m", name[1] = "v";
    return 2;
}

static CnnFormula one_less_power(Arena *a, double beta) { // 1 - beta^t
    CnnFormula one = formula_number(a, 1);
    CnnFormula t = formula_op2(a, CNN_ADD, formula_leaf(a, CNN_ITERATIONS), one);
    return formula_op2(a, CNN_SUB, one, formula_op2(a, CNN_POW, formula_number(a, beta), t));
}

static int figures(Arena *a, const void *self, CnnFormula formula[MAX_FIGURES]) {
    const Adam *o = self;
    CnnFormula root = formula_op1(a, CNN_SQRT, one_less_power(a, o->beta_2));
    CnnFormula rate = formula_op2(a, CNN_MUL, formula_leaf(a, CNN_RATE), root);
    formula[0] = formula_op2(a, CNN_DIV, rate, one_less_power(a, o->beta_1));
    return 1;
}

static void rule(Update *u) {
    const Adam *o = u->self;
    Expr *m = update_toward(u, u->state[0], u->g, 1 - o->beta_1);
    Expr *v = update_toward(u, u->state[1], UMUL(u->g, u->g), 1 - o->beta_2);
    Expr *root = UADD(USQRT(v), UCONST(o->epsilon));
    u->w = USUB(u->w, UDIV(UMUL(u->figure[0], m), root));
    u->state[0] = m, u->state[1] = v;
}

const OptimizerClass optimizer_adam = {
    .object = {.name = "Adam", .args = args, .size = sizeof(Adam)},
    .states = states,
    .figures = figures,
    .rule = rule,
};
