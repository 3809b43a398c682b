// SPDX-License-Identifier: MIT
// ExponentialDecay: rate = initial_learning_rate decay_rate^(iterations / decay_steps); with staircase the
// exponent is rounded down.
#include "keras/schedules/schedule.h"

typedef struct ExponentialDecay {
    ScheduleArgs schedule;
    double initial_learning_rate, decay_steps, decay_rate;
    bool staircase;
} ExponentialDecay;

#define AT(field) offsetof(ExponentialDecay, field)
static const Arg args[] = {
    {"initial_learning_rate", ARG_FLOAT, AT(initial_learning_rate), .min = 0, .max = INFINITY},
    {"decay_steps", ARG_FLOAT, AT(decay_steps), .min = 1, .max = INFINITY},
    {"decay_rate", ARG_FLOAT, AT(decay_rate), .min = 0, .max = INFINITY},
    {"staircase", ARG_BOOL, AT(staircase), .standard = "False"},
    SCHEDULE_ARG_NAME("ExponentialDecay"),
    {0},
};

static CnnFormula rate(Arena *a, const void *self) {
    const ExponentialDecay *o = self;
    CnnFormula steps = formula_number(a, o->decay_steps);
    CnnFormula power = formula_op2(a, CNN_DIV, formula_leaf(a, CNN_ITERATIONS), steps);
    if (o->staircase) power = formula_op1(a, CNN_FLOOR, power);
    power = formula_op2(a, CNN_POW, formula_number(a, o->decay_rate), power);
    return formula_op2(a, CNN_MUL, formula_number(a, o->initial_learning_rate), power);
}

const ScheduleClass schedule_exponential_decay = {
    .object = {.name = "ExponentialDecay", .args = args, .size = sizeof(ExponentialDecay)},
    .rate = rate,
};
