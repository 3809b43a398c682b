// SPDX-License-Identifier: MIT
// PolynomialDecay: rate = (initial - end) (1 - k / decay_steps)^power + end, k the iterations, at most
// decay_steps; with cycle decay_steps is taken as often as k needs, once at least.
#include "keras/schedules/schedule.h"

typedef struct PolynomialDecay {
    ScheduleArgs schedule;
    double initial_learning_rate, decay_steps, end_learning_rate, power;
    bool cycle;
} PolynomialDecay;

#define AT(field) offsetof(PolynomialDecay, field)
static const Arg args[] = {
    {"initial_learning_rate", ARG_FLOAT, AT(initial_learning_rate), .min = 0, .max = INFINITY},
    {"decay_steps", ARG_FLOAT, AT(decay_steps), .min = 1, .max = INFINITY},
    {"end_learning_rate", ARG_FLOAT, AT(end_learning_rate), .standard = "0.0001", .min = 0,
     .max = INFINITY},
    {"power", ARG_FLOAT, AT(power), .standard = "1.0", .min = 0, .max = INFINITY},
    {"cycle", ARG_BOOL, AT(cycle), .standard = "False"},
    SCHEDULE_ARG_NAME("PolynomialDecay"),
    {0},
};

// How often decay_steps fits into k, rounded up; 1 for 0.
static CnnFormula times(Arena *a, CnnFormula k, CnnFormula steps) {
    CnnFormula zero = formula_number(a, 0), less = formula_op2(a, CNN_SUB, zero, k);
    CnnFormula down = formula_op1(a, CNN_FLOOR, formula_op2(a, CNN_DIV, less, steps));
    CnnFormula up = formula_op2(a, CNN_SUB, zero, down);
    return formula_less(a, zero, k, up, formula_number(a, 1));
}

static CnnFormula rate(Arena *a, const void *self) {
    const PolynomialDecay *o = self;
    CnnFormula k = formula_leaf(a, CNN_ITERATIONS), steps = formula_number(a, o->decay_steps);
    if (o->cycle)
        steps = formula_op2(a, CNN_MUL, steps, times(a, k, steps));
    else
        k = formula_op2(a, CNN_MIN, k, steps);
    CnnFormula end = formula_number(a, o->end_learning_rate);
    CnnFormula rest = formula_op2(a, CNN_DIV, k, steps);
    rest = formula_op2(a, CNN_SUB, formula_number(a, 1), rest);
    rest = formula_op2(a, CNN_POW, rest, formula_number(a, o->power));
    CnnFormula way = formula_number(a, o->initial_learning_rate - o->end_learning_rate);
    return formula_op2(a, CNN_ADD, formula_op2(a, CNN_MUL, way, rest), end);
}

const ScheduleClass schedule_polynomial_decay = {
    .object = {.name = "PolynomialDecay", .args = args, .size = sizeof(PolynomialDecay)},
    .rate = rate,
};
