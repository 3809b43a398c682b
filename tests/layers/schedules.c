// SPDX-License-Identifier: MIT
// Schedules: the learning rate at a step, counted from 0.
#include "keras/optimizers/optimizer.h"
#include "layers.h"
#include <math.h>
#include <string.h>

static double of_schedule(const Rate *r, const char *name) {
    return args_number(r->schedule->object.args, r->args, name);
}

static double exponential(const Rate *r, double step) {
    double power = step / of_schedule(r, "decay_steps");
    if (of_schedule(r, "staircase")) power = floor(power);
    return of_schedule(r, "initial_learning_rate") * pow(of_schedule(r, "decay_rate"), power);
}

static double inverse_time(const Rate *r, double step) {
    double share = step / of_schedule(r, "decay_steps");
    if (of_schedule(r, "staircase")) share = floor(share);
    return of_schedule(r, "initial_learning_rate") / (1 + of_schedule(r, "decay_rate") * share);
}

static double polynomial(const Rate *r, double step) {
    double steps = of_schedule(r, "decay_steps"), end = of_schedule(r, "end_learning_rate");
    if (of_schedule(r, "cycle")) steps *= step == 0 ? 1 : ceil(step / steps);
    double left = pow(1 - fmin(step, steps) / steps, of_schedule(r, "power"));
    return (of_schedule(r, "initial_learning_rate") - end) * left + end;
}

// Cosines one after the other, each t_mul times as long and m_mul times as high.
static double restarts(const Rate *r, double step) {
    double steps = of_schedule(r, "first_decay_steps"), high = 1;
    double alpha = of_schedule(r, "alpha");
    for (; step >= steps; steps *= of_schedule(r, "t_mul")) {
        step -= steps;
        high *= of_schedule(r, "m_mul");
    }
    double wave = high * (1 + cos(acos(-1) * step / steps)) / 2;
    return of_schedule(r, "initial_learning_rate") * ((1 - alpha) * wave + alpha);
}

static double piecewise(const Rate *r, double step) {
    const Numbers *at = args_at(r->schedule->object.args, r->args, "boundaries");
    const Numbers *value = args_at(r->schedule->object.args, r->args, "values");
    int i = 0;
    while (i < at->n && step > floor(at->of[i])) i++;
    return value->of[i];
}

static double cosine(const Rate *r, double step) {
    double first = of_schedule(r, "initial_learning_rate"), to = of_schedule(r, "warmup_target");
    double warm = isnan(to) ? 0 : of_schedule(r, "warmup_steps");
    if (step < warm) return first + (to - first) * step / warm;
    double alpha = of_schedule(r, "alpha"), steps = of_schedule(r, "decay_steps");
    double share = fmin(step - warm, steps) / steps;
    double left = (1 - alpha) * (1 + cos(acos(-1) * share)) / 2 + alpha;
    return (isnan(to) ? first : to) * left;
}

static const struct {
    const char *name;
    double (*rate)(const Rate *r, double step);
} schedules[] = {
    {"ExponentialDecay", exponential}, {"CosineDecay", cosine},
    {"CosineDecayRestarts", restarts}, {"InverseTimeDecay", inverse_time},
    {"PolynomialDecay", polynomial},   {"PiecewiseConstantDecay", piecewise},
};
enum { NSCHEDULE = sizeof schedules / sizeof *schedules };

static int schedule_index(const Rate *r) {
    int i = 0;
    while (i < NSCHEDULE && strcmp(schedules[i].name, r->schedule->object.name) != 0) i++;
    return i;
}

const char *rate_missing(const Rate *r) {
    bool known = !r->schedule || schedule_index(r) < NSCHEDULE;
    return known ? NULL : r->schedule->object.name;
}

double rate_at(const Rate *r, double step) {
    return r->schedule ? schedules[schedule_index(r)].rate(r, step) : r->number;
}
