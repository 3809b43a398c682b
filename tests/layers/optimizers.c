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
    if (argument(e, "amsgrad") == 1) v = *e->s[2] = fmax(*e->s[2], v);
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

static void adagrad(At *e) {
    double sum = *e->s[0] += e->g * e->g;
    double all = argument(e, "initial_accumulator_value") + sum;
    *e->w -= e->rate * e->g / sqrt(all + argument(e, "epsilon"));
}

static void adamax(At *e) {
    double b1 = argument(e, "beta_1"), m = mean(e->s[0], e->g, b1);
    double u = *e->s[1] = fmax(argument(e, "beta_2") * *e->s[1], fabs(e->g));
    *e->w -= e->rate * m / ((1 - pow(b1, e->t)) * (u + argument(e, "epsilon")));
}

// The momentum is a schedule of its own: mu(t), and its product up to t.
static double momentum_at(const At *e, double t) {
    return argument(e, "beta_1") * (1 - pow(0.96, t) / 2);
}

static void nadam(At *e) {
    double b2 = argument(e, "beta_2"), product = 1;
    for (double t = 1; t <= e->t; t++) product *= momentum_at(e, t);
    double now = momentum_at(e, e->t), next = momentum_at(e, e->t + 1);
    double m = mean(e->s[0], e->g, argument(e, "beta_1")), v = mean(e->s[1], e->g * e->g, b2);
    double ahead = next * m / (1 - product * next) + (1 - now) * e->g / (1 - product);
    *e->w -= e->rate * ahead / (sqrt(v / (1 - pow(b2, e->t))) + argument(e, "epsilon"));
}

static void lion(At *e) {
    double m = *e->s[0], b1 = argument(e, "beta_1"), turn = m * b1 + e->g * (1 - b1);
    *e->w -= e->rate * ((turn > 0) - (turn < 0));
    mean(e->s[0], e->g, argument(e, "beta_2"));
}

static void ftrl(At *e) {
    double power = -argument(e, "learning_rate_power"), w = *e->w;
    double l1 = argument(e, "l1_regularization_strength");
    double l2 = argument(e, "l2_regularization_strength") + argument(e, "beta") / (2 * e->rate);
    double before = argument(e, "initial_accumulator_value") + *e->s[0];
    double after = before + e->g * e->g;
    double g = e->g + 2 * argument(e, "l2_shrinkage_regularization_strength") * w;
    double linear = *e->s[1] += g - (pow(after, power) - pow(before, power)) / e->rate * w;
    *e->s[0] += e->g * e->g;
    *e->w = (fmin(fmax(linear, -l1), l1) - linear) / (pow(after, power) / e->rate + 2 * l2);
}

// Where each element goes; how far, the weight says as a whole.
static void lamb(At *e) {
    double b1 = argument(e, "beta_1"), b2 = argument(e, "beta_2");
    double m = mean(e->s[0], e->g, b1) / (1 - pow(b1, e->t));
    double v = mean(e->s[1], e->g * e->g, b2) / (1 - pow(b2, e->t));
    *e->s[2] = m / (sqrt(v) + argument(e, "epsilon"));
}

static double squares(const double *x, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += x[i] * x[i];
    return sum;
}

static void lamb_goes(double rate, int64_t count, double *w, double **state) {
    double size = sqrt(squares(w, count)), way = sqrt(squares(state[2], count));
    double ratio = size > 0 && way > 0 ? size / way : 1;
    for (int64_t i = 0; i < count; i++) w[i] -= rate * ratio * state[2][i];
}

#define COMMON                                                                                     \
    "learning_rate weight_decay clipvalue clipnorm global_clipnorm use_ema ema_momentum "          \
    "ema_overwrite_frequency gradient_accumulation_steps loss_scale_factor "
static const struct {
    const char *name, *known;
    void (*rule)(At *e);
    void (*goes)(double rate, int64_t count, double *w, double **state); // after all, or NULL
} optimizers[] = {
    {"SGD", COMMON "momentum nesterov", sgd, NULL},
    {"Adam", COMMON "beta_1 beta_2 epsilon amsgrad", adam, NULL},
    {"AdamW", COMMON "beta_1 beta_2 epsilon amsgrad", adam, NULL},
    {"RMSprop", COMMON "rho momentum epsilon centered", rmsprop, NULL},
    {"Adadelta", COMMON "rho epsilon", adadelta, NULL},
    {"Adagrad", COMMON "initial_accumulator_value epsilon", adagrad, NULL},
    {"Adamax", COMMON "beta_1 beta_2 epsilon", adamax, NULL},
    {"Nadam", COMMON "beta_1 beta_2 epsilon", nadam, NULL},
    {"Lion", COMMON "beta_1 beta_2", lion, NULL},
    {"Lamb", COMMON "beta_1 beta_2 epsilon", lamb, lamb_goes},
    {"Ftrl",
     COMMON "learning_rate_power initial_accumulator_value l1_regularization_strength "
            "l2_regularization_strength l2_shrinkage_regularization_strength beta",
     ftrl, NULL},
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

// ---- clipping, of all gradients together: by value, each weight's length, or that of all

static void scale(double *g, int64_t count, double by) {
    for (int64_t i = 0; i < count; i++) g[i] *= by;
}

// An argument that all optimisers have; where it is None or 0 there is no such thing.
static double common(const Optimizer *o, const char *name) {
    double x = args_number(o->cls->object.args, o->args, name);
    return isnan(x) ? 0 : x;
}

void optimizer_clip(const Optimizer *o, int n, double *const *g, const int64_t *count) {
    double value = common(o, "clipvalue"), all = 0;
    double each = common(o, "clipnorm"), global = common(o, "global_clipnorm");
    for (int k = 0; k < n; k++) {
        for (int64_t i = 0; i < count[k] && value > 0; i++)
            g[k][i] = fmin(fmax(g[k][i], -value), value);
        double length = sqrt(squares(g[k], count[k]));
        if (each > 0 && length > each) scale(g[k], count[k], each / length);
        all += squares(g[k], count[k]);
    }
    for (int k = 0; k < n && global > 0 && sqrt(all) > global; k++)
        scale(g[k], count[k], global / sqrt(all));
}

// ---- what all can do: gather the gradients of some steps, and follow the weights with an average. Each
// has a state of its own.

enum { GATHERED = STATES - 2, AVERAGE = STATES - 1 };

static int steps_of_update(const Optimizer *o) {
    double steps = common(o, "gradient_accumulation_steps");
    return steps > 0 ? (int)steps : 1;
}

bool optimizer_gather(const Optimizer *o, int step, int64_t count, double *g, double **state) {
    int steps = steps_of_update(o);
    bool complete = (step + 1) % steps == 0;
    for (int64_t i = 0; i < count; i++) {
        double sum = state[GATHERED][i] + g[i];
        state[GATHERED][i] = complete ? 0 : sum;
        g[i] = sum / steps;
    }
    return complete;
}

void optimizer_follow(const Optimizer *o, int step, int64_t count, double *w, double **state) {
    int made = step / steps_of_update(o), each = (int)common(o, "ema_overwrite_frequency");
    double p = made ? common(o, "ema_momentum") : 0;
    for (int64_t i = 0; i < count && common(o, "use_ema") == 1; i++) {
        mean(&state[AVERAGE][i], w[i], p);
        if (each && (made + 1) % each == 0) w[i] = state[AVERAGE][i];
    }
}

void optimizer_step(const Optimizer *o, int step, int64_t count, double *w, const double *g,
                    double **state) {
    const Rate *r = rate_of(o);
    double decay = common(o, "weight_decay"), t = step / steps_of_update(o) + 1;
    double rate = r->schedule ? schedules[schedule_index(r)].rate(r, step) : r->number;
    for (int64_t i = 0; i < count; i++) {
        At e = {.o = o, .rate = rate, .t = t, .g = g[i], .w = &w[i]};
        for (int s = 0; s < STATES; s++) e.s[s] = &state[s][i];
        w[i] -= w[i] * decay * rate;
        optimizers[index_of(o)].rule(&e);
    }
    if (optimizers[index_of(o)].goes) optimizers[index_of(o)].goes(rate, count, w, state);
}
