// SPDX-License-Identifier: MIT
// Lamb: d = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon), m and v as Adam's, t counting from 1;
// w -= lr r d, where r is the length of w over that of d, each over the whole weight, or 1 where one is 0.
#include "keras/optimizers/adam.h"

static const Arg args[] = {
    OPTIMIZER_RATE("0.001"), ADAM_BETAS, OPTIMIZER_DECAY, OPTIMIZER_COMMON("lamb"), {0},
};

static int figures(Arena *a, const void *self, CnnFormula formula[MAX_FIGURES]) {
    const Adam *o = self;
    formula[0] = one_less_power(a, o->beta_1);
    formula[1] = one_less_power(a, o->beta_2);
    return 2;
}

static void rule(Update *u) {
    const Adam *o = u->self;
    adam_moments(u);
    Expr *root = UADD(USQRT(UDIV(u->state[1], u->figure[1])), UCONST(o->epsilon));
    Expr *way = UDIV(UDIV(u->state[0], u->figure[0]), root);
    Expr *w = update_norm(u, u->w, false), *d = update_norm(u, way, false);
    Expr *zero = UCONST(0), *one = UCONST(1);
    Expr *ratio = ULESS(zero, w, ULESS(zero, d, UDIV(w, d), one), one);
    u->w = USUB(u->w, UMUL(UMUL(ratio, u->rate), way));
}

const OptimizerClass optimizer_lamb = {
    .object = {.name = "Lamb", .args = args, .size = sizeof(Adam)},
    .states = adam_states,
    .figures = figures,
    .rule = rule,
};
