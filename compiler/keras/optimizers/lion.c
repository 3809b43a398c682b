// SPDX-License-Identifier: MIT
// Lion: w -= lr sign(b1 m + (1 - b1) g);  m = b2 m + (1 - b2) g.
#include "keras/optimizers/optimizer.h"

typedef struct Lion {
    OptimizerArgs common;
    double beta_1, beta_2;
} Lion;

#define AT(field) offsetof(Lion, field)
static const Arg args[] = {
    OPTIMIZER_RATE("0.001"),
    // Keras wants more than 0.
    {"beta_1", ARG_FLOAT, AT(beta_1), .standard = "0.9", .min = 5e-324, .max = 1},
    {"beta_2", ARG_FLOAT, AT(beta_2), .standard = "0.99", .min = 0, .max = 1},
    OPTIMIZER_DECAY,
    OPTIMIZER_COMMON("lion"),
    {0},
};

static int states(const void *self, const char *name[MAX_STATES]) {
    (void)self;
    name[0] = "m";
    return 1;
}

static void rule(Update *u) {
    const Lion *o = u->self;
    Expr *zero = UCONST(0), *way = update_mean(u, u->state[0], u->g, o->beta_1);
    Expr *sign = ULESS(way, zero, UCONST(-1), ULESS(zero, way, UCONST(1), way));
    u->w = USUB(u->w, UMUL(u->rate, sign));
    u->state[0] = update_mean(u, u->state[0], u->g, o->beta_2);
}

const OptimizerClass optimizer_lion = {
    .object = {.name = "Lion", .args = args, .size = sizeof(Lion)},
    .states = states,
    .rule = rule,
};
