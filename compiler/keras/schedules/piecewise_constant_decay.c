// SPDX-License-Identifier: MIT
// PiecewiseConstantDecay: rate = values[0] up to the step boundaries[0] and with it, then values[1], and so on.
#include "keras/schedules/schedule.h"

typedef struct PiecewiseConstantDecay {
    ScheduleArgs schedule;
    Numbers boundaries, values;
} PiecewiseConstantDecay;

#define AT(field) offsetof(PiecewiseConstantDecay, field)
static const Arg args[] = {
    {"boundaries", ARG_NUMBERS, AT(boundaries), .min = 0, .max = INFINITY},
    {"values", ARG_NUMBERS, AT(values), .min = 0, .max = INFINITY},
    SCHEDULE_ARG_NAME("PiecewiseConstant"),
    {0},
};

static const char *refuse(Arena *a, const void *self) {
    const PiecewiseConstantDecay *o = self;
    if (o->boundaries.n > 0 && o->boundaries.n == o->values.n - 1) return NULL;
    return arena_printf(a, "%d boundaries part %d values, not %d", o->boundaries.n,
                        o->boundaries.n + 1, o->values.n);
}

// value where the step is behind `after` and not behind `to`, else 0; NaN is no bound.
static CnnFormula piece(Arena *a, double after, double to, double value) {
    CnnFormula step = formula_leaf(a, CNN_ITERATIONS), zero = formula_number(a, 0);
    CnnFormula x = formula_number(a, value);
    if (!isnan(to)) x = formula_less(a, formula_number(a, to), step, zero, x);
    return isnan(after) ? x : formula_less(a, formula_number(a, after), step, x, zero);
}

static CnnFormula rate(Arena *a, const void *self) {
    const PiecewiseConstantDecay *o = self;
    const double *at = o->boundaries.of; // whole steps, as Keras
    int last = o->boundaries.n;
    CnnFormula sum = piece(a, NAN, floor(at[0]), o->values.of[0]);
    for (int i = 1; i <= last; i++) {
        double to = i < last ? floor(at[i]) : NAN;
        sum = formula_op2(a, CNN_ADD, sum, piece(a, floor(at[i - 1]), to, o->values.of[i]));
    }
    return sum;
}

const ScheduleClass schedule_piecewise_constant_decay = {
    .object = {.name = "PiecewiseConstantDecay",
               .args = args,
               .size = sizeof(PiecewiseConstantDecay),
               .refuse = refuse},
    .rate = rate,
};
