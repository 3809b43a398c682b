// SPDX-License-Identifier: MIT
// Adagrad: a += g^2;  w -= lr g / sqrt(initial + a + epsilon), with a 0 at first.
#include "keras/optimizers/optimizer.h"

typedef struct Adagrad {
    OptimizerArgs common;
    double initial_accumulator_value, epsilon;
} Adagrad;

#define AT(field) offsetof(Adagrad, field)
static const Arg args[] = {
    OPTIMIZER_RATE("0.001"),
    {"initial_accumulator_value", ARG_FLOAT, AT(initial_accumulator_value), .standard = "0.1",
     .min = 0, .max = INFINITY},
    {"epsilon", ARG_FLOAT, AT(epsilon), .standard = "1e-07", .min = 0, .max = INFINITY},
    OPTIMIZER_DECAY,
    OPTIMIZER_COMMON("adagrad"),
    {0},
};

static int states(const void *self, const char *name[MAX_STATES]) {
    (void)self;
    name[0] = "a";
    return 1;
}

static void rule(Update *u) {
    const Adagrad *o = u->self;
    Expr *a = u->state[0] = UADD(u->state[0], UMUL(u->g, u->g));
    Expr *root = USQRT(UADD(a, UCONST(o->initial_accumulator_value + o->epsilon)));
    u->w = USUB(u->w, UDIV(UMUL(u->rate, u->g), root));
}

const OptimizerClass optimizer_adagrad = {
    .object = {.name = "Adagrad", .args = args, .size = sizeof(Adagrad)},
    .states = states,
    .rule = rule,
};
