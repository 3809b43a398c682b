// SPDX-License-Identifier: MIT
// Adam: m += (g - m)(1 - b1);  v += (g^2 - v)(1 - b2);  w -= lr_t m / (sqrt(v) + epsilon),
// with lr_t = lr sqrt(1 - b2^t) / (1 - b1^t), t counting from 1. With amsgrad the root is of the largest v so far.
#include "keras/optimizers/adam.h"

static const Arg args[] = {
    OPTIMIZER_RATE("0.001"),  ADAM_BETAS, ADAM_AMSGRAD, OPTIMIZER_DECAY,
    OPTIMIZER_COMMON("adam"), {0},
};

int adam_states(const void *self, const char *name[MAX_STATES]) {
    name[0] = "m", name[1] = "v", name[2] = "most";
    return 2 + ((const Adam *)self)->amsgrad;
}

int adam_figures(Arena *a, const void *self, CnnFormula formula[MAX_FIGURES]) {
    const Adam *o = self;
    CnnFormula root = formula_op1(a, CNN_SQRT, one_less_power(a, o->beta_2));
    CnnFormula rate = formula_op2(a, CNN_MUL, formula_leaf(a, CNN_RATE), root);
    formula[0] = formula_op2(a, CNN_DIV, rate, one_less_power(a, o->beta_1));
    return 1;
}

void adam_moments(Update *u) {
    const Adam *o = u->self;
    u->state[0] = update_toward(u, u->state[0], u->g, 1 - o->beta_1);
    u->state[1] = update_toward(u, u->state[1], UMUL(u->g, u->g), 1 - o->beta_2);
}

void adam_rule(Update *u) {
    const Adam *o = u->self;
    adam_moments(u);
    Expr *v = u->state[1];
    if (o->amsgrad) v = u->state[2] = update_larger(u, u->state[2], v);
    Expr *root = UADD(USQRT(v), UCONST(o->epsilon));
    u->w = USUB(u->w, UDIV(UMUL(u->figure[0], u->state[0]), root));
}

const OptimizerClass optimizer_adam = {
    .object = {.name = "Adam", .args = args, .size = sizeof(Adam)},
    .states = adam_states,
    .figures = adam_figures,
    .rule = adam_rule,
};
