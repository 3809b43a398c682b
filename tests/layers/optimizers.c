// SPDX-License-Identifier: MIT
// Optimisers: what one step makes of an element of a weight, w, with its gradient g and the optimiser's
// states for it, s, all 0 at first. t counts steps from 1.
#include "keras/optimizers/optimizer.h"
#include "layers.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

typedef struct At {
    const Optimizer *o;
    double rate, t, g, *w, *s[STATES];
} At;

typedef struct Way { // of a whole weight
    const Optimizer *o;
    const char *path; // MODEL/LAYER/VARIABLE of the weight
    double rate, t;
} Way;

static double of_all(const Way *by, const char *name) {
    return args_number(by->o->cls->object.args, by->o->args, name);
}

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

static void lamb_goes(const Way *by, const Weight *of, double *w, const double *g, double **state) {
    (void)g;
    int64_t count = count_of(&of->shape);
    double rate = by->rate;
    double size = sqrt(squares(w, count)), way = sqrt(squares(state[2], count));
    double ratio = size > 0 && way > 0 ? size / way : 1;
    for (int64_t i = 0; i < count; i++) w[i] -= rate * ratio * state[2][i];
}

// The mean of g^2 + epsilon_1 along dimension d, from the one before it, in each element.
static void mean_along(const Way *by, const Shape *shape, int d, double b, const double *g,
                       double *s) {
    int64_t count = count_of(shape), step = 1, n = shape->dim[d];
    for (int k = d + 1; k < shape->rank; k++) step *= shape->dim[k];
    for (int64_t i = 0; i < count; i++) {
        int64_t first = i - i / step % n * step;
        double mean_of = of_all(by, "epsilon_1");
        for (int64_t k = 0; k < n; k++)
            mean_of += g[first + k * step] * g[first + k * step] / (double)n;
        s[i] = b * s[i] + (1 - b) * mean_of;
    }
}

static double root_mean(const double *x, int64_t count) {
    return sqrt(squares(x, count) / (double)count);
}

static void adafactor(const Way *by, const Weight *of, double *w, const double *g, double **state) {
    const Shape *shape = &of->shape;
    int64_t count = count_of(shape), last = shape->rank ? shape->dim[shape->rank - 1] : 1;
    double b = 1 - pow(by->t, of_all(by, "beta_2_decay")), *r = state[0], *c = state[1];
    double size = fmax(of_all(by, "epsilon_2"), root_mean(w, count)), *way = state[2];
    bool matrix = shape->rank > 1;
    int64_t rows = matrix ? shape->dim[shape->rank - 2] : 1;
    if (matrix) {
        mean_along(by, shape, shape->rank - 1, b, g, r);
        mean_along(by, shape, shape->rank - 2, b, g, c);
    }
    for (int64_t i = 0; i < count; i++) {
        double mean_row = 0, plain = g[i] * g[i] + of_all(by, "epsilon_1");
        int64_t first = i / (rows * last) * rows * last;
        for (int64_t k = 0; k < rows && matrix; k++) mean_row += r[first + k * last] / (double)rows;
        if (!matrix) r[i] = b * r[i] + (1 - b) * plain;
        way[i] = g[i] / sqrt(matrix ? r[i] / mean_row * c[i] : r[i]);
    }
    double far = fmax(1, root_mean(way, count) / of_all(by, "clip_threshold"));
    double rate = fmin(by->rate, 1 / sqrt(by->t));
    for (int64_t i = 0; i < count; i++) w[i] -= size * rate * way[i] / far;
}

// z = x x' y, of n x m.
static void product(const double *x, const double *y, int64_t n, int64_t m, double *z) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < m; j++) {
            z[i * m + j] = 0;
            for (int64_t k = 0; k < n; k++) {
                double dot = 0;
                for (int64_t e = 0; e < m; e++) dot += x[i * m + e] * x[k * m + e];
                z[i * m + j] += dot * y[k * m + j];
            }
        }
}

// By x' x it is the same of x from the other side, so that nothing is transposed here.
static void muon_matrix(const Way *by, const Shape *shape, double *w, const double *g,
                        double **state) {
    int64_t n = shape->dim[0], m = shape->dim[1], count = n * m;
    double mu = of_all(by, "momentum"), *v = state[0], *x = state[2], rms = of_all(by, "rms_rate");
    double *once = state[3], *twice = state[1];
    for (int64_t i = 0; i < count; i++) {
        v[i] = mu * v[i] + g[i];
        x[i] = of_all(by, "nesterov") == 1 ? g[i] + mu * v[i] : v[i];
    }
    double length = sqrt(squares(x, count)) + 1e-7;
    for (int64_t i = 0; i < count; i++) x[i] /= length;
    for (int k = 0; k < of_all(by, "ns_steps"); k++) {
        product(x, x, n, m, once);
        product(x, once, n, m, twice);
        for (int64_t i = 0; i < count; i++)
            x[i] = of_all(by, "muon_a") * x[i] + of_all(by, "muon_b") * once[i] +
                   of_all(by, "muon_c") * twice[i];
    }
    double size = isnan(rms) ? 1 : sqrt((double)(n > m ? n : m)) * rms;
    for (int64_t i = 0; i < count; i++) w[i] -= by->rate * x[i] * size;
}

static const Value *muon_words(const Optimizer *o) {
    return *(const Value *const *)args_at(o->cls->object.args, o->args, "exclude_layers");
}

static bool muon_takes(const Way *by, const Weight *of) {
    char lower[300];
    size_t n = strlen(by->path) < sizeof lower ? strlen(by->path) : sizeof lower - 1;
    for (size_t i = 0; i < n; i++) lower[i] = (char)tolower((unsigned char)by->path[i]);
    lower[n] = 0;
    bool out = of_all(by, "exclude_embeddings") == 1 && strstr(lower, "embedding");
    const Value *words = muon_words(by->o);
    for (int i = 0; words->kind != VALUE_NONE && i < value_count(words); i++)
        out |= strstr(by->path, value_at(words, i)->text) != NULL;
    return of->shape.rank == 2 && !out;
}

static void muon(const Way *by, const Weight *of, double *w, const double *g, double **state) {
    if (muon_takes(by, of)) {
        muon_matrix(by, &of->shape, w, g, state);
        return;
    }
    double b1 = of_all(by, "adam_beta_1"), b2 = of_all(by, "adam_beta_2");
    double alpha =
        by->rate * of_all(by, "adam_lr_ratio") * sqrt(1 - pow(b2, by->t)) / (1 - pow(b1, by->t));
    for (int64_t i = 0; i < count_of(&of->shape); i++) {
        double m = mean(&state[0][i], g[i], b1), v = mean(&state[1][i], g[i] * g[i], b2);
        w[i] -= alpha * m / (sqrt(v) + of_all(by, "epsilon"));
    }
}

#define COMMON                                                                                     \
    "learning_rate weight_decay clipvalue clipnorm global_clipnorm use_ema ema_momentum "          \
    "ema_overwrite_frequency gradient_accumulation_steps loss_scale_factor "
static const struct {
    const char *name, *known;
    void (*rule)(At *e);
    // Of the weight as a whole, after all elements; or NULL.
    void (*goes)(const Way *by, const Weight *of, double *w, const double *g, double **state);
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
    {"Adafactor", COMMON "beta_2_decay epsilon_1 epsilon_2 clip_threshold relative_step", NULL,
     adafactor},
    {"Muon",
     COMMON "adam_beta_1 adam_beta_2 adam_weight_decay epsilon muon_a muon_b muon_c adam_lr_ratio "
            "momentum "
            "ns_steps nesterov rms_rate exclude_embeddings exclude_layers",
     NULL, muon},
};
enum { NOPTIMIZER = sizeof optimizers / sizeof *optimizers };

static int index_of(const Optimizer *o) {
    int i = 0;
    while (i < NOPTIMIZER && strcmp(optimizers[i].name, o->cls->object.name) != 0) i++;
    return i;
}

static const Rate *rate_of(const Optimizer *o) {
    return &((const OptimizerArgs *)o->args)->learning_rate;
}

// Of patterns only plain words are known here.
static const char *muon_missing(const Optimizer *o) {
    const Value *words = strcmp(o->cls->object.name, "Muon") ? NULL : muon_words(o);
    for (int i = 0; words && words->kind != VALUE_NONE && i < value_count(words); i++)
        if (strpbrk(value_at(words, i)->text, ".*+?|()[]^$\\")) return "exclude_layers";
    return NULL;
}

const char *optimizer_missing(const Optimizer *o) {
    const Rate *r = rate_of(o);
    if (index_of(o) == NOPTIMIZER) return o->cls->object.name;
    if (rate_missing(r)) return rate_missing(r);
    if (muon_missing(o)) return muon_missing(o);
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

void optimizer_step(const Optimizer *o, int step, const char *path, const Weight *of, double *w,
                    const double *g, double **state) {
    int64_t count = count_of(&of->shape);
    double t = step / steps_of_update(o) + 1;
    const Way by = {o, path, rate_at(rate_of(o), step), t};
    bool adams = !strcmp(o->cls->object.name, "Muon") && !muon_takes(&by, of);
    double decay = common(o, adams ? "adam_weight_decay" : "weight_decay");
    for (int64_t i = 0; i < count; i++) {
        At e = {.o = o, .rate = by.rate, .t = t, .g = g[i], .w = &w[i]};
        for (int s = 0; s < STATES; s++) e.s[s] = &state[s][i];
        w[i] -= w[i] * decay * by.rate;
        if (optimizers[index_of(o)].rule) optimizers[index_of(o)].rule(&e);
    }
    if (optimizers[index_of(o)].goes) optimizers[index_of(o)].goes(&by, of, w, g, state);
}
