// SPDX-License-Identifier: MIT
// InverseTimeDecay: rate = initial_learning_rate / (1 + decay_rate iterations / decay_steps); with staircase the
// quotient of steps is rounded down.
#include "keras/schedules/schedule.h"

typedef struct InverseTimeDecay {
    ScheduleArgs schedule;
    double initial_learning_rate, decay_steps, decay_rate;
    bool staircase;
} InverseTimeDecay;

#define AT(field) offsetof(InverseTimeDecay, field)
static const Arg args[] = {
    {"initial_learning_rate", ARG_FLOAT, AT(initial_learning_rate), .min = 0, .max = INFINITY},
    {"decay_steps", ARG_FLOAT, AT(decay_steps), .min = 1, .max = INFINITY},
    {"decay_rate", ARG_FLOAT, AT(decay_rate), .min = 0, .max = INFINITY},
    {"staircase", ARG_BOOL, AT(staircase), .standard = "False"},
    SCHEDULE_ARG_NAME("InverseTimeDecay"),
    {0},
};

static CnnFormula rate(Arena *a, const void *self) {
    const InverseTimeDecay *o = self;
    CnnFormula steps = formula_number(a, o->decay_steps);
    CnnFormula times = formula_op2(a, CNN_DIV, formula_leaf(a, CNN_ITERATIONS), steps);
    if (o->staircase) times = formula_op1(a, CNN_FLOOR, times);
    times = formula_op2(a, CNN_MUL, formula_number(a, o->decay_rate), times);
    times = formula_op2(a, CNN_ADD, times, formula_number(a, 1));
    return formula_op2(a, CNN_DIV, formula_number(a, o->initial_learning_rate), times);
}

const ScheduleClass schedule_inverse_time_decay = {
    .object = {.name = "InverseTimeDecay", .args = args, .size = sizeof(InverseTimeDecay)},
    .rate = rate,
};
