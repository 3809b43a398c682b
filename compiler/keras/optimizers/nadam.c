// SPDX-License-Identifier: MIT
// Nadam: m and v as Adam's, t counting from 1. With u_t = b1 (1 - 0.96^t / 2) and U_t the product of u_1 to u_t
//   w -= lr (u_{t+1} m / (1 - U_{t+1}) + (1 - u_t) g / (1 - U_t)) / (sqrt(v / (1 - b2^t)) + epsilon)
#include "keras/optimizers/adam.h"

static const Arg args[] = {
    OPTIMIZER_RATE("0.001"), ADAM_BETAS, OPTIMIZER_DECAY, OPTIMIZER_COMMON("nadam"), {0},
};

enum { OF_M, OF_G, OF_V }; // figures

static CnnFormula one_less(Arena *a, CnnFormula x) {
    return formula_op2(a, CNN_SUB, formula_number(a, 1), x);
}

static CnnFormula share(Arena *a, double beta, CnnFormula t) { // u_t
    CnnFormula power = formula_op2(a, CNN_POW, formula_number(a, 0.96), t);
    power = one_less(a, formula_op2(a, CNN_MUL, formula_number(a, 0.5), power));
    return formula_op2(a, CNN_MUL, formula_number(a, beta), power);
}

static CnnFormula shares(Arena *a, double beta, CnnFormula t) { // U_t
    CnnFormula half = formula_number(a, 0.5), by = formula_number(a, 0.96);
    CnnFormula power = formula_op2(a, CNN_POW, formula_number(a, beta), t);
    return formula_op2(a, CNN_MUL, power, formula_op3(a, CNN_PRODUCT, half, by, t));
}

static CnnFormula over_rest(Arena *a, CnnFormula x, CnnFormula of) { // lr x / (1 - of)
    x = formula_op2(a, CNN_MUL, formula_leaf(a, CNN_RATE), x);
    return formula_op2(a, CNN_DIV, x, one_less(a, of));
}

static int figures(Arena *a, const void *self, CnnFormula formula[MAX_FIGURES]) {
    const Adam *o = self;
    CnnFormula t = update_number(a), next = formula_op2(a, CNN_ADD, t, formula_number(a, 1));
    double beta = o->beta_1;
    formula[OF_M] = over_rest(a, share(a, beta, next), shares(a, beta, next));
    formula[OF_G] = over_rest(a, one_less(a, share(a, beta, t)), shares(a, beta, t));
    formula[OF_V] = one_less_power(a, o->beta_2);
    return 3;
}

static void rule(Update *u) {
    const Adam *o = u->self;
    adam_moments(u);
    Expr *root = USQRT(UDIV(u->state[1], u->figure[OF_V]));
    Expr *ahead = UADD(UMUL(u->figure[OF_M], u->state[0]), UMUL(u->figure[OF_G], u->g));
    u->w = USUB(u->w, UDIV(ahead, UADD(root, UCONST(o->epsilon))));
}

const OptimizerClass optimizer_nadam = {
    .object = {.name = "Nadam", .args = args, .size = sizeof(Adam)},
    .states = adam_states,
    .figures = figures,
    .rule = rule,
};
