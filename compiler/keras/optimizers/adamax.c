// SPDX-License-Identifier: MIT
// Adamax: m as Adam's;  v = max(b2 v, |g|);  w -= lr m / ((1 - b1^t) (v + epsilon)), t counting from 1.
#include "keras/optimizers/adam.h"

static const Arg args[] = {
    OPTIMIZER_RATE("0.001"), ADAM_BETAS, OPTIMIZER_DECAY, OPTIMIZER_COMMON("adamax"), {0},
};

static int figures(Arena *a, const void *self, CnnFormula formula[MAX_FIGURES]) {
    const Adam *o = self;
    CnnFormula rest = one_less_power(a, o->beta_1);
    formula[0] = formula_op2(a, CNN_DIV, formula_leaf(a, CNN_RATE), rest);
    return 1;
}

static void rule(Update *u) {
    const Adam *o = u->self;
    Expr **m = &u->state[0], **v = &u->state[1];
    *m = update_toward(u, *m, u->g, 1 - o->beta_1);
    *v = update_larger(u, UMUL(UCONST(o->beta_2), *v), UABS(u->g));
    u->w = USUB(u->w, UDIV(UMUL(u->figure[0], *m), UADD(*v, UCONST(o->epsilon))));
}

const OptimizerClass optimizer_adamax = {
    .object = {.name = "Adamax", .args = args, .size = sizeof(Adam)},
    .states = adam_states,
    .figures = figures,
    .rule = rule,
};
