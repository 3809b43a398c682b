// SPDX-License-Identifier: MIT
// SGD: w -= lr g; with momentum u = mu u - lr g, w += u; nesterov: w += mu u - lr g.
#include "keras/optimizers/optimizer.h"

typedef struct Sgd {
    OptimizerArgs common;
    double momentum;
    bool nesterov;
} Sgd;

#define AT(field) offsetof(Sgd, field)
static const Arg args[] = {
    OPTIMIZER_RATE("0.01"),
    {"momentum", ARG_FLOAT, AT(momentum), .standard = "0.0", .min = 0, .max = 1},
    {"nesterov", ARG_BOOL, AT(nesterov), .standard = "False"},
    OPTIMIZER_DECAY,
    OPTIMIZER_COMMON("SGD"),
    {0},
};

static int states(const void *self, const char *name[MAX_STATES]) {
    name[0] = "m";
    return ((const Sgd *)self)->momentum != 0;
}

static void rule(Update *u) {
    const Sgd *o = u->self;
    Expr *by = UMUL(u->rate, u->g), *mu = UCONST(o->momentum);
    if (o->momentum == 0) {
        u->w = USUB(u->w, by);
        return;
    }
    Expr *moved = u->state[0] = USUB(UMUL(mu, u->state[0]), by);
    u->w = UADD(u->w, o->nesterov ? USUB(UMUL(mu, moved), by) : moved);
}

const OptimizerClass optimizer_sgd = {
    .object = {.name = "SGD", .args = args, .size = sizeof(Sgd)},
    .states = states,
    .rule = rule,
};
