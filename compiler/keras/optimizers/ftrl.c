// SPDX-License-Identifier: MIT
// Ftrl: with a = initial + the sum of g^2 before the step, b after it, p = -learning_rate_power:
//   z += g + 2 shrinkage w - (b^p - a^p) / lr w
//   w = (clip(z, -l1, l1) - z) / (b^p / lr + 2 l2 + beta / lr)
#include "keras/optimizers/optimizer.h"

typedef struct Ftrl {
    OptimizerArgs common;
    double power, initial, l1, l2, shrinkage, beta;
} Ftrl;

#define AT(field) offsetof(Ftrl, field)
#define AMOUNT(name_, field, standard_)                                                            \
    {name_, ARG_FLOAT, AT(field), .standard = standard_, .min = 0, .max = INFINITY}
static const Arg args[] = {
    OPTIMIZER_RATE("0.001"),
    {"learning_rate_power", ARG_FLOAT, AT(power), .standard = "-0.5", .min = -INFINITY, .max = 0},
    AMOUNT("initial_accumulator_value", initial, "0.1"),
    AMOUNT("l1_regularization_strength", l1, "0.0"),
    AMOUNT("l2_regularization_strength", l2, "0.0"),
    AMOUNT("l2_shrinkage_regularization_strength", shrinkage, "0.0"),
    AMOUNT("beta", beta, "0.0"),
    OPTIMIZER_DECAY,
    OPTIMIZER_COMMON("ftrl"),
    {0},
};

static int states(const void *self, const char *name[MAX_STATES]) {
    (void)self;
    name[0] = "a", name[1] = "z";
    return 2;
}

static Expr *power(const Update *u, Expr *sum) { // (initial + sum)^p
    const Ftrl *o = u->self;
    Expr *x = UADD(sum, UCONST(o->initial));
    if (o->power == 0) return UCONST(1);
    if (o->power == -0.5) return USQRT(x);
    if (o->power == -1) return x;
    Expr *log = expr_op1(u->arena, E_LOG, x);
    return expr_op1(u->arena, E_EXP, UMUL(UCONST(-o->power), log));
}

static void rule(Update *u) {
    const Ftrl *o = u->self;
    Expr *before = u->state[0], *after = UADD(before, UMUL(u->g, u->g));
    Expr *grown = UDIV(USUB(power(u, after), power(u, before)), u->rate);
    Expr *g = UADD(u->g, UMUL(UCONST(2 * o->shrinkage), u->w));
    Expr *z = UADD(u->state[1], USUB(g, UMUL(grown, u->w)));
    Expr *low = UCONST(-o->l1), *high = UCONST(o->l1);
    Expr *clipped = ULESS(z, low, low, ULESS(high, z, high, z));
    Expr *more = UADD(UCONST(2 * o->l2), UDIV(UCONST(o->beta), u->rate));
    u->w = UDIV(USUB(clipped, z), UADD(UDIV(power(u, after), u->rate), more));
    u->state[0] = after, u->state[1] = z;
}

const OptimizerClass optimizer_ftrl = {
    .object = {.name = "Ftrl", .args = args, .size = sizeof(Ftrl)},
    .states = states,
    .rule = rule,
};
