// SPDX-License-Identifier: MIT
// RMSprop: v = rho v + (1 - rho) g^2;  step = lr g / sqrt(v + epsilon);  w -= step;
// centered: the root is of v - a^2 + epsilon, a = rho a + (1 - rho) g;
// with momentum: m = mu m + step, w -= m.
#include "keras/optimizers/optimizer.h"

typedef struct RmsProp {
    OptimizerArgs common;
    double rho, momentum, epsilon;
    bool centered;
} RmsProp;

#define AT(field) offsetof(RmsProp, field)
static const Arg args[] = {
    OPTIMIZER_RATE("0.001"),
    {"rho", ARG_FLOAT, AT(rho), .standard = "0.9", .min = 0, .max = 1},
    {"momentum", ARG_FLOAT, AT(momentum), .standard = "0.0", .min = 0, .max = 1},
    {"epsilon", ARG_FLOAT, AT(epsilon), .standard = "1e-07", .min = 0, .max = INFINITY},
    {"centered", ARG_BOOL, AT(centered), .standard = "False"},
    OPTIMIZER_DECAY,
    OPTIMIZER_COMMON("rmsprop"),
    {0},
};

static int states(const void *self, const char *name[MAX_STATES]) {
    const RmsProp *o = self;
    int n = 0;
    name[n++] = "v";
    if (o->momentum > 0) name[n++] = "m";
    if (o->centered) name[n++] = "a";
    return n;
}

static void rule(Update *u) {
    const RmsProp *o = u->self;
    Expr **m = &u->state[1], **a = &u->state[1 + (o->momentum > 0)];
    Expr *v = u->state[0] = update_mean(u, u->state[0], UMUL(u->g, u->g), o->rho);
    if (o->centered) {
        *a = update_mean(u, *a, u->g, o->rho);
        v = USUB(v, UMUL(*a, *a));
    }
    Expr *step = UDIV(UMUL(u->rate, u->g), USQRT(UADD(v, UCONST(o->epsilon))));
    if (o->momentum > 0) step = *m = UADD(UMUL(UCONST(o->momentum), *m), step);
    u->w = USUB(u->w, step);
}

const OptimizerClass optimizer_rmsprop = {
    .object = {.name = "RMSprop", .args = args, .size = sizeof(RmsProp)},
    .states = states,
    .rule = rule,
};
