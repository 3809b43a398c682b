// SPDX-License-Identifier: MIT
// Adam: m += (g - m)(1 - b1);  v += (g^2 - v)(1 - b2);  w -= lr_t m / (sqrt(v) + epsilon),
// with lr_t = lr sqrt(1 - b2^t) / (1 - b1^t), t counting from 1.
#include "keras/optimizers/adam.h"

static const char *const names[] = {"adam", NULL};
static const Arg args[] = {
    OPTIMIZER_RATE("0.001"), ADAM_ARGS, OPTIMIZER_DECAY, OPTIMIZER_COMMON(names), {0},
};

int adam_states(const void *self, const char *name[MAX_STATES]) {
    (void)self;
    name[0] = "m", name[1] = "v";
    return 2;
}

static CnnFormula one_less_power(Arena *a, double beta) { // 1 - beta^t
    CnnFormula one = formula_number(a, 1);
    CnnFormula t = formula_op2(a, CNN_ADD, formula_leaf(a, CNN_ITERATIONS), one);
    return formula_op2(a, CNN_SUB, one, formula_op2(a, CNN_POW, formula_number(a, beta), t));
}

int adam_figures(Arena *a, const void *self, CnnFormula formula[MAX_FIGURES]) {
    const Adam *o = self;
    CnnFormula root = formula_op1(a, CNN_SQRT, one_less_power(a, o->beta_2));
    CnnFormula rate = formula_op2(a, CNN_MUL, formula_leaf(a, CNN_RATE), root);
    formula[0] = formula_op2(a, CNN_DIV, rate, one_less_power(a, o->beta_1));
    return 1;
}

void adam_rule(Update *u) {
    const Adam *o = u->self;
    Expr *m = update_toward(u, u->state[0], u->g, 1 - o->beta_1);
    Expr *v = update_toward(u, u->state[1], UMUL(u->g, u->g), 1 - o->beta_2);
    Expr *root = UADD(USQRT(v), UCONST(o->epsilon));
    u->w = USUB(u->w, UDIV(UMUL(u->figure[0], m), root));
    u->state[0] = m, u->state[1] = v;
}

const OptimizerClass optimizer_adam = {
    .object = {.name = "Adam", .args = args, .size = sizeof(Adam)},
    .states = adam_states,
    .figures = adam_figures,
    .rule = adam_rule,
};
