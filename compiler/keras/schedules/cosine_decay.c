// SPDX-License-Identifier: MIT
// CosineDecay: rate = target ((1 - alpha) (1 + cos(pi k / decay_steps)) / 2 + alpha), k the iterations, at
// most decay_steps. target is initial_learning_rate; with warmup_target it is that, and k is counted
// from warmup_steps on, until which the rate goes in a line from the initial one to the target.
#include "keras/schedules/schedule.h"

typedef struct CosineDecay {
    ScheduleArgs schedule;
    double initial_learning_rate, decay_steps, alpha, warmup_target, warmup_steps;
} CosineDecay;

#define AT(field) offsetof(CosineDecay, field)
static const Arg args[] = {
    {"initial_learning_rate", ARG_FLOAT, AT(initial_learning_rate), .min = 0, .max = INFINITY},
    {"decay_steps", ARG_FLOAT, AT(decay_steps), .min = 1, .max = INFINITY},
    {"alpha", ARG_FLOAT, AT(alpha), .standard = "0.0", .min = 0, .max = INFINITY},
    SCHEDULE_ARG_NAME("CosineDecay"),
    {"warmup_target", ARG_FLOAT_OPT, AT(warmup_target), .standard = "None", .min = 0,
     .max = INFINITY},
    {"warmup_steps", ARG_FLOAT, AT(warmup_steps), .standard = "0", .min = 0, .max = INFINITY},
    {0},
};

static const double pi = 3.14159265358979323846;

static CnnFormula decayed(Arena *a, const CosineDecay *o, double from, CnnFormula k) {
    CnnFormula half = formula_number(a, 0.5), one = formula_number(a, 1);
    CnnFormula share = formula_op2(a, CNN_DIV, k, formula_number(a, o->decay_steps));
    CnnFormula turn = formula_op2(a, CNN_MUL, formula_number(a, pi), share);
    CnnFormula wave = formula_op2(a, CNN_ADD, one, formula_op1(a, CNN_COS, turn));
    wave = formula_op2(a, CNN_MUL, half, wave);
    wave = formula_op2(a, CNN_MUL, formula_number(a, 1 - o->alpha), wave);
    wave = formula_op2(a, CNN_ADD, wave, formula_number(a, o->alpha));
    return formula_op2(a, CNN_MUL, formula_number(a, from), wave);
}

static CnnFormula rate(Arena *a, const void *self) {
    const CosineDecay *o = self;
    bool warms = !isnan(o->warmup_target);
    double first = o->initial_learning_rate, before = warms ? o->warmup_steps : 0;
    CnnFormula k = formula_op2(a, CNN_MIN, formula_leaf(a, CNN_ITERATIONS),
                               formula_number(a, o->decay_steps + before));
    if (!warms) return decayed(a, o, first, k);
    CnnFormula warmup = formula_number(a, before), start = formula_number(a, first);
    CnnFormula line = formula_op2(a, CNN_DIV, k, warmup);
    line = formula_op2(a, CNN_MUL, formula_number(a, o->warmup_target - first), line);
    line = formula_op2(a, CNN_ADD, line, start);
    CnnFormula then = decayed(a, o, o->warmup_target, formula_op2(a, CNN_SUB, k, warmup));
    return formula_less(a, k, warmup, line, then);
}

const ScheduleClass schedule_cosine_decay = {
    .object = {.name = "CosineDecay", .args = args, .size = sizeof(CosineDecay)},
    .rate = rate,
};
