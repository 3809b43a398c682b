// SPDX-License-Identifier: MIT
// Optimisers: what one step makes of an element of a weight, w, with its gradient g and the optimiser's
// states for it, s, all 0 at first. t counts steps from 1.
#include "keras/optimizers/optimizer.h"
#include "layers.h"
#include <math.h>
#include <string.h>

typedef struct At {
    const Optimizer *o;
    double rate, t, g, *w, *s[STATES];
} At;

static double argument(const At *e, const char *name) {
    return args_number(e->o->cls->object.args, e->o->args, name);
}

static double mean(double *old, double now, double rho) { // a moving one
    return *old = rho * *old + (1 - rho) * now;
}

static void sgd(At *e) {
    double momentum = argument(e, "momentum");
    double move = *e->s[0] = momentum * *e->s[0] - e->rate * e->g;
    *e->w += argument(e, "nesterov") ? momentum * move - e->rate * e->g : move;
}

static void adam(At *e) {
    double b1 = argument(e, "beta_1"), b2 = argument(e, "beta_2");
    double m = mean(e->s[0], e->g, b1), v = mean(e->s[1], e->g * e->g, b2);
    double alpha = e->rate * sqrt(1 - pow(b2, e->t)) / (1 - pow(b1, e->t));
    *e->w -= alpha * m / (sqrt(v) + argument(e, "epsilon"));
}

static void rmsprop(At *e) {
    double rho = argument(e, "rho"), v = mean(e->s[0], e->g * e->g, rho);
    if (argument(e, "centered")) v -= pow(mean(e->s[1], e->g, rho), 2);
    double move = e->rate * e->g / sqrt(v + argument(e, "epsilon"));
    *e->w -= *e->s[2] = argument(e, "momentum") * *e->s[2] + move;
}

static void adadelta(At *e) {
    double rho = argument(e, "rho"), epsilon = argument(e, "epsilon");
    double v = mean(e->s[0], e->g * e->g, rho);
    double move = sqrt(*e->s[1] + epsilon) * e->g / sqrt(v + epsilon);
    mean(e->s[1], move * move, rho);
    *e->w -= e->rate * move;
}

static const struct {
    const char *name, *known;
    void (*rule)(At *e);
} optimizers[] = {
    {"SGD", "learning_rate momentum nesterov weight_decay", sgd},
    {"Adam", "learning_rate beta_1 beta_2 epsilon weight_decay", adam},
    {"AdamW", "learning_rate beta_1 beta_2 epsilon weight_decay", adam},
    {"RMSprop", "learning_rate rho momentum epsilon centered weight_decay", rmsprop},
    {"Adadelta", "learning_rate rho epsilon weight_decay", adadelta},
};
enum { NOPTIMIZER = sizeof optimizers / sizeof *optimizers };

// ---- schedules: the learning rate at a step, counted from 0

static double of_schedule(const Rate *r, const char *name) {
    return args_number(r->schedule->object.args, r->args, name);
}

static double exponential(const Rate *r, double step) {
    double power = step / of_schedule(r, "decay_steps");
    if (of_schedule(r, "staircase")) power = floor(power);
    return of_schedule(r, "initial_learning_rate") * pow(of_schedule(r, "decay_rate"), power);
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
    {"ExponentialDecay", exponential},
    {"CosineDecay", cosine},
};
enum { NSCHEDULE = sizeof schedules / sizeof *schedules };

static int schedule_index(const Rate *r) {
    int i = 0;
    while (i < NSCHEDULE && strcmp(schedules[i].name, r->schedule->object.name) != 0) i++;
    return i;
}

static int index_of(const Optimizer *o) {
    int i = 0;
    while (i < NOPTIMIZER && strcmp(optimizers[i].name, o->cls->object.name) != 0) i++;
    return i;
}

static const Rate *rate_of(const Optimizer *o) {
    return &((const OptimizerArgs *)o->args)->learning_rate;
}

const char *optimizer_missing(const Optimizer *o) {
    const Rate *r = rate_of(o);
    if (index_of(o) == NOPTIMIZER) return o->cls->object.name;
    if (r->schedule && schedule_index(r) == NSCHEDULE) return r->schedule->object.name;
    return args_unknown(o->cls->object.args, o->args, optimizers[index_of(o)].known);
}

void optimizer_step(const Optimizer *o, int step, int64_t count, double *w, const double *g,
                    double **state) {
    const Rate *r = rate_of(o);
    double decay = args_number(o->cls->object.args, o->args, "weight_decay");
    double rate = r->schedule ? schedules[schedule_index(r)].rate(r, step) : r->number;
    for (int64_t i = 0; i < count; i++) {
        At e = {.o = o, .rate = rate, .t = step + 1, .g = g[i], .w = &w[i]};
        for (int s = 0; s < STATES; s++) e.s[s] = &state[s][i];
        if (!isnan(decay)) w[i] -= w[i] * decay * rate;
        optimizers[index_of(o)].rule(&e);
    }
}
