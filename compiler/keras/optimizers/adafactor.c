// SPDX-License-Identifier: MIT
// Adafactor: the mean of g^2 as a product of one number a row and one a column of the last two dimensions,
//   r = b r + (1 - b)(mean of g^2 along the last + e1),  c likewise along the one before,  v = r c / (mean of r),
// of vectors v = b v + (1 - b)(g^2 + e1) itself, with b = 1 - t^decay, t counting from 1. Then d = g / sqrt(v), divided
// by its root mean square over the threshold where that is above 1, and w -= max(e2, rms w) min(lr, 1 / sqrt(t)) d.
// Keras takes the lesser of these rates with relative_step and without it.
#include "keras/optimizers/optimizer.h"

typedef struct Adafactor {
    OptimizerArgs common;
    double beta_2_decay, epsilon_1, epsilon_2, clip_threshold;
    bool relative_step;
} Adafactor;

#define AT(field) offsetof(Adafactor, field)
static const Arg args[] = {
    OPTIMIZER_RATE("0.001"),
    {"beta_2_decay", ARG_FLOAT, AT(beta_2_decay), .standard = "-0.8", .min = -INFINITY, .max = 0},
    {"epsilon_1", ARG_FLOAT, AT(epsilon_1), .standard = "1e-30", .min = 1e-38, .max = INFINITY},
    {"epsilon_2", ARG_FLOAT, AT(epsilon_2), .standard = "0.001", .min = 0, .max = INFINITY},
    {"clip_threshold", ARG_FLOAT, AT(clip_threshold), .standard = "1.0", .min = 1e-30,
     .max = INFINITY},
    {"relative_step", ARG_BOOL, AT(relative_step), .standard = "True"},
    OPTIMIZER_DECAY,
    OPTIMIZER_COMMON("adafactor"),
    {0},
};

// Of a matrix r and c, in all elements of a row or a column; of a vector v and nothing.
static int states(const void *self, const char *name[MAX_STATES]) {
    (void)self;
    name[0] = "r", name[1] = "c";
    return 2;
}

static int figures(Arena *a, const void *self, CnnFormula formula[MAX_FIGURES]) {
    const Adafactor *o = self;
    CnnFormula t = update_number(a), one = formula_number(a, 1);
    CnnFormula slower = formula_op2(a, CNN_DIV, one, formula_op1(a, CNN_SQRT, t));
    formula[0] = formula_op2(a, CNN_MIN, formula_leaf(a, CNN_RATE), slower);
    formula[1] = formula_op2(a, CNN_POW, t, formula_number(a, o->beta_2_decay)); // 1 - b
    return 2;
}

static Expr *toward(Update *u, Expr *old, Expr *now) {
    return UADD(old, UMUL(u->figure[1], USUB(now, old)));
}

static Expr *mean(Update *u, Expr *squares, int dimension) {
    return UDIV(squares, UCONST((double)u->dim[dimension]));
}

static Expr *factored(Update *u) {
    const Adafactor *o = u->self;
    Expr **r = &u->state[0], **c = &u->state[1], *least = UCONST(o->epsilon_1);
    int last = u->rank - 1;
    Expr *row = update_measure(u, (Measure){u->g, OVER_LAST});
    Expr *column = update_measure(u, (Measure){u->g, OVER_LAST_BUT_ONE});
    *r = toward(u, *r, UADD(mean(u, row, last), least));
    *c = toward(u, *c, UADD(mean(u, column, last - 1), least));
    Expr *all = update_measure(u, (Measure){USQRT(*r), OVER_LAST_BUT_ONE});
    return UMUL(UDIV(*r, mean(u, all, last - 1)), *c);
}

static Expr *root_mean_square(Update *u, Expr *x) {
    return UDIV(update_norm(u, x, false), UCONST(sqrt(update_count(u))));
}

static void rule(Update *u) {
    const Adafactor *o = u->self;
    Expr *size = update_larger(u, UCONST(o->epsilon_2), root_mean_square(u, u->w)), *v;
    if (u->rank > 1)
        v = factored(u);
    else
        v = u->state[0] = toward(u, u->state[0], UADD(UMUL(u->g, u->g), UCONST(o->epsilon_1)));
    Expr *way = UDIV(u->g, USQRT(v));
    Expr *far = UDIV(root_mean_square(u, way), UCONST(o->clip_threshold));
    Expr *rate = UMUL(size, u->figure[0]);
    u->w = USUB(u->w, UMUL(rate, UDIV(way, update_larger(u, UCONST(1), far))));
}

const OptimizerClass optimizer_adafactor = {
    .object = {.name = "Adafactor", .args = args, .size = sizeof(Adafactor)},
    .states = states,
    .figures = figures,
    .rule = rule,
};
