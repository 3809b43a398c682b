// SPDX-License-Identifier: MIT
// CosineDecayRestarts: turns of cosines, the first of first_decay_steps, each t_mul times as long as the one
// before and m_mul times as high. i turns are over after k of the first one's lengths, and f of the next:
//   t_mul 1      i = floor k,                                    f = k - i
//   else         i = floor(log(1 - k (1 - t_mul)) / log t_mul),  f = (k - (1 - t_mul^i) / (1 - t_mul)) / t_mul^i
//   rate = initial_learning_rate ((1 - alpha) m_mul^i (1 + cos(pi f)) / 2 + alpha)
#include "keras/schedules/schedule.h"

typedef struct CosineDecayRestarts {
    ScheduleArgs schedule;
    double initial_learning_rate, first_decay_steps, t_mul, m_mul, alpha;
} CosineDecayRestarts;

#define AT(field) offsetof(CosineDecayRestarts, field)
static const Arg args[] = {
    {"initial_learning_rate", ARG_FLOAT, AT(initial_learning_rate), .min = 0, .max = INFINITY},
    {"first_decay_steps", ARG_FLOAT, AT(first_decay_steps), .min = 1, .max = INFINITY},
    {"t_mul", ARG_FLOAT, AT(t_mul), .standard = "2.0", .min = 1, .max = INFINITY},
    {"m_mul", ARG_FLOAT, AT(m_mul), .standard = "1.0", .min = 0, .max = INFINITY},
    {"alpha", ARG_FLOAT, AT(alpha), .standard = "0.0", .min = 0, .max = INFINITY},
    SCHEDULE_ARG_NAME("SGDRDecay"),
    {0},
};

static const double pi = 3.14159265358979323846;

typedef struct Turn {
    CnnFormula i, f;
} Turn;

static Turn turn(Arena *a, double by, CnnFormula k) {
    if (by == 1) {
        CnnFormula i = formula_op1(a, CNN_FLOOR, k);
        return (Turn){i, formula_op2(a, CNN_SUB, k, i)};
    }
    CnnFormula one = formula_number(a, 1), less = formula_number(a, 1 - by);
    CnnFormula all = formula_op2(a, CNN_SUB, one, formula_op2(a, CNN_MUL, k, less));
    CnnFormula log = formula_number(a, by);
    log = formula_op2(a, CNN_DIV, formula_op1(a, CNN_LOG, all), formula_op1(a, CNN_LOG, log));
    CnnFormula i = formula_op1(a, CNN_FLOOR, log);
    CnnFormula length = formula_op2(a, CNN_POW, formula_number(a, by), i);
    CnnFormula before = formula_op2(a, CNN_DIV, formula_op2(a, CNN_SUB, one, length), less);
    return (Turn){i, formula_op2(a, CNN_DIV, formula_op2(a, CNN_SUB, k, before), length)};
}

static CnnFormula rate(Arena *a, const void *self) {
    const CosineDecayRestarts *o = self;
    CnnFormula one = formula_number(a, 1), first = formula_number(a, o->first_decay_steps);
    Turn at = turn(a, o->t_mul, formula_op2(a, CNN_DIV, formula_leaf(a, CNN_ITERATIONS), first));
    CnnFormula wave = formula_op2(a, CNN_MUL, formula_number(a, pi), at.f);
    wave = formula_op2(a, CNN_ADD, one, formula_op1(a, CNN_COS, wave));
    CnnFormula high = formula_op2(a, CNN_POW, formula_number(a, o->m_mul), at.i);
    high = formula_op2(a, CNN_MUL, formula_number(a, (1 - o->alpha) * 0.5), high);
    wave = formula_op2(a, CNN_MUL, high, wave);
    wave = formula_op2(a, CNN_ADD, wave, formula_number(a, o->alpha));
    return formula_op2(a, CNN_MUL, formula_number(a, o->initial_learning_rate), wave);
}

const ScheduleClass schedule_cosine_decay_restarts = {
    .object = {.name = "CosineDecayRestarts", .args = args, .size = sizeof(CosineDecayRestarts)},
    .rate = rate,
};
