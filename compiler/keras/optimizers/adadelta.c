// SPDX-License-Identifier: MIT
// Adadelta: a = rho a + (1 - rho) g^2;  d = g sqrt(b + epsilon) / sqrt(a + epsilon);
// b = rho b + (1 - rho) d^2;  w -= lr d.
#include "keras/optimizers/optimizer.h"

typedef struct Adadelta {
    OptimizerArgs common;
    double rho, epsilon;
} Adadelta;

#define AT(field) offsetof(Adadelta, field)
static const Arg args[] = {
    OPTIMIZER_RATE("0.001"),
    {"rho", ARG_FLOAT, AT(rho), .standard = "0.95", .min = 0, .max = 1},
    {"epsilon", ARG_FLOAT, AT(epsilon), .standard = "1e-07", .min = 0, .max = INFINITY},
    OPTIMIZER_DECAY,
    OPTIMIZER_COMMON("adadelta"),
    {0},
};

static int states(const void *self, const char *name[MAX_STATES]) {
    (void)self;
    name[0] = "a", name[1] = "b";
    return 2;
}

static void rule(Update *u) {
    const Adadelta *o = u->self;
    Expr *epsilon = UCONST(o->epsilon);
    Expr *a = update_mean(u, u->state[0], UMUL(u->g, u->g), o->rho);
    Expr *root = USQRT(UADD(u->state[1], epsilon));
    Expr *d = UDIV(UMUL(root, u->g), USQRT(UADD(a, epsilon)));
    u->state[0] = a;
    u->state[1] = update_mean(u, u->state[1], UMUL(d, d), o->rho);
    u->w = USUB(u->w, UMUL(u->rate, d));
}

const OptimizerClass optimizer_adadelta = {
    .object = {.name = "Adadelta", .args = args, .size = sizeof(Adadelta)},
    .states = states,
    .rule = rule,
};
