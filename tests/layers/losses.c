// SPDX-License-Identifier: MIT
// Losses: of a row of K outputs z and what they should be, y, the value, and its gradient d by z. The loss
// of a batch is the mean over all rows; or the batch is one row.
#include "keras/losses/loss.h"
#include "layers.h"
#include <math.h>
#include <string.h>

static const double tiny = 1e-7; // Keras's epsilon

typedef struct Row {
    Run *run;
    const Loss *loss;
    int64_t k;
    const double *z, *y;
    double *d;
    bool logits;
} Row;

static double argument(const Row *r, const char *name) {
    return args_number(r->loss->cls->object.args, r->loss->args, name);
}

// How far from where a clip begins, in its own measure: exact zeros are not near.
static void near_clip(const Row *r, double x, double most) {
    near(r->run, fmin(fabs(x - tiny), fabs(most - x)) / tiny);
}

static double sign(double x) {
    return (x > 0) - (x < 0);
}

// x within [tiny, most]; slope: of that. What is no number stays so, as in Keras.
static double clipped(double x, double most, double *slope) {
    *slope = x >= tiny && x <= most;
    return isnan(x) ? x : fmin(fmax(x, tiny), most);
}

// ---- means over the outputs: the term of one, and its slope

typedef double OfOne(const Row *r, double z, double y, double *slope);

static double mean_of(Row *r, OfOne *f) {
    double sum = 0;
    for (int64_t i = 0; i < r->k; i++) {
        sum += f(r, r->z[i], r->y[i], &r->d[i]) / (double)r->k;
        r->d[i] /= (double)r->k;
    }
    return sum;
}

static double squared(const Row *r, double z, double y, double *slope) {
    (void)r;
    *slope = 2 * (z - y);
    return (z - y) * (z - y);
}
static double absolute(const Row *r, double z, double y, double *slope) {
    near(r->run, fabs(z - y));
    *slope = sign(z - y);
    return fabs(z - y);
}
static double percentage(const Row *r, double z, double y, double *slope) {
    double size = fmax(fabs(y), tiny);
    near(r->run, fabs(z - y));
    *slope = 100 * sign(z - y) / size;
    return 100 * fabs(z - y) / size;
}
static double logarithmic(const Row *r, double z, double y, double *slope) {
    double inside, a = log1p(clipped(z, INFINITY, &inside)), b = log1p(fmax(y, tiny));
    near_clip(r, z, INFINITY);
    *slope = 2 * (a - b) / (1 + z) * inside;
    return (a - b) * (a - b);
}
static double huber(const Row *r, double z, double y, double *slope) {
    double delta = argument(r, "delta"), e = z - y;
    *slope = fmin(fmax(e, -delta), delta);
    return fabs(e) <= delta ? e * e / 2 : delta * fabs(e) - delta * delta / 2;
}
static double log_cosh(const Row *r, double z, double y, double *slope) {
    double e = fabs(z - y);
    (void)r;
    *slope = tanh(z - y);
    return e + log1p(exp(-2 * e)) - log(2);
}
static double poisson(const Row *r, double z, double y, double *slope) {
    (void)r;
    *slope = 1 - y / (z + tiny);
    return z - y * log(z + tiny);
}
static double hinge(const Row *r, double z, double y, double *slope) {
    double to = y == 0 ? -1 : y, t = 1 - to * z;
    near(r->run, fabs(t));
    *slope = t > 0 ? -to : 0;
    return fmax(t, 0);
}
static double squared_hinge(const Row *r, double z, double y, double *slope) {
    double to = y == 0 ? -1 : y, t = fmax(1 - to * z, 0);
    (void)r;
    *slope = -2 * to * t;
    return t * t;
}
// The crossentropy with its slope by p, or by z where p is a sigmoid's.
static double entropy(const Row *r, double z, double y, double *slope) {
    double in, rest;
    if (r->logits) {
        *slope = 1 / (1 + exp(-z)) - y;
        return fmax(z, 0) - z * y + log1p(exp(-fabs(z)));
    }
    double p = clipped(z, 1 - tiny, &in), q = clipped(1 - z, 1 - tiny, &rest);
    near_clip(r, z, 1 - tiny);
    *slope = in * ((1 - y) / q - y / p);
    return -y * log(p) - (1 - y) * log(q);
}
static double binary(const Row *r, double z, double y, double *slope) {
    double s = argument(r, "label_smoothing");
    return entropy(r, z, y * (1 - s) + s / 2, slope);
}
static double focal(const Row *r, double z, double y, double *slope) {
    double s = argument(r, "label_smoothing"), gamma = argument(r, "gamma"), by;
    y = y * (1 - s) + s / 2;
    double p = r->logits ? 1 / (1 + exp(-z)) : z, bend = r->logits ? p * (1 - p) : 1;
    double off = y * (1 - p) + (1 - y) * p, b = entropy(r, z, y, &by);
    double alpha = argument(r, "alpha"), balance = y * alpha + (1 - y) * (1 - alpha);
    double w = argument(r, "apply_class_balancing") == 1 ? balance : 1;
    double less = gamma == 0 ? 0 : gamma * pow(off, gamma - 1) * (1 - 2 * y) * bend;
    *slope = w * (pow(off, gamma) * by + less * b);
    return w * pow(off, gamma) * b;
}

#define MEAN_OF(f)                                                                                 \
    static double f##_row(Row *r) {                                                                \
        return mean_of(r, f);                                                                      \
    }
MEAN_OF(squared)
MEAN_OF(absolute)
MEAN_OF(percentage)
MEAN_OF(logarithmic)
MEAN_OF(huber)
MEAN_OF(log_cosh)
MEAN_OF(poisson)
MEAN_OF(hinge)
MEAN_OF(squared_hinge)
MEAN_OF(binary)

static bool ends_in_softmax(const Row *r) {
    int i = r->run->nstage - 1;
    while (i > 0 && passes_on(r->run->stage[i].l)) i--;
    const Layer *l = r->run->stage[i].l;
    return r->logits && argument(r, "from_logits") != 1 &&
           (activation_is(l, "softmax") || !strcmp(l->cls->name, "Softmax"));
}

// p is the softmax's, the crossentropy that of the logits.
static double focal_of_softmax(Row *r) {
    double s = argument(r, "label_smoothing"), gamma = argument(r, "gamma"), sum = 0, dot = 0;
    double alpha = argument(r, "alpha"), most = -INFINITY, value = 0;
    double *p = ARENA_ARRAY(r->run->arena, double, 2 * r->k), *by_p = p + r->k;
    for (int64_t i = 0; i < r->k; i++) most = fmax(most, r->z[i]);
    for (int64_t i = 0; i < r->k; i++) sum += p[i] = exp(r->z[i] - most);
    for (int64_t i = 0; i < r->k; i++) {
        double y = r->y[i] * (1 - s) + s / 2, by, b = entropy(r, r->z[i], y, &by);
        double q = p[i] /= sum, off = y * (1 - q) + (1 - y) * q;
        double balance = y * alpha + (1 - y) * (1 - alpha);
        double w = (argument(r, "apply_class_balancing") == 1 ? balance : 1) / (double)r->k;
        value += w * pow(off, gamma) * b;
        by_p[i] = gamma == 0 ? 0 : w * gamma * pow(off, gamma - 1) * (1 - 2 * y) * b;
        r->d[i] = w * pow(off, gamma) * by;
        dot += by_p[i] * q;
    }
    for (int64_t i = 0; i < r->k; i++) r->d[i] += p[i] * (by_p[i] - dot);
    return value;
}
static double focal_row(Row *r) {
    return ends_in_softmax(r) ? focal_of_softmax(r) : mean_of(r, focal);
}

// ---- of the row as a whole

// log softmax z against y.
static double of_logits(Row *r, const double *y) {
    double most = -INFINITY, sum = 0, all = 0, value = 0;
    for (int64_t i = 0; i < r->k; i++) most = fmax(most, r->z[i]);
    for (int64_t i = 0; i < r->k; i++) sum += exp(r->z[i] - most);
    for (int64_t i = 0; i < r->k; i++) all += y[i];
    for (int64_t i = 0; i < r->k; i++) {
        if (y[i] != 0) value -= y[i] * (r->z[i] - most - log(sum));
        r->d[i] = all * exp(r->z[i] - most) / sum - y[i];
    }
    return value;
}

// Probabilities are divided by their sum, then clipped.
static double categorical(Row *r) {
    double s = argument(r, "label_smoothing"), sum = 0, value = 0, dot = 0;
    double *y = ARENA_ARRAY(r->run->arena, double, r->k);
    for (int64_t i = 0; i < r->k; i++) y[i] = r->y[i] * (1 - s) + s / (double)r->k;
    if (r->logits) return of_logits(r, y);
    for (int64_t i = 0; i < r->k; i++) sum += r->z[i];
    for (int64_t i = 0; i < r->k; i++) {
        double inside, q = r->z[i] / sum, c = clipped(q, 1 - tiny, &inside);
        near_clip(r, q, 1 - tiny);
        value -= y[i] * log(c);
        r->d[i] = -inside * y[i] / c;
        dot += r->d[i] * q;
    }
    for (int64_t i = 0; i < r->k; i++) r->d[i] = (r->d[i] - dot) / sum;
    return value;
}

// Probabilities are clipped, and their logarithms taken for logits.
static double sparse_categorical(Row *r) {
    double sum = 0, value = 0, inside;
    if (r->logits) return of_logits(r, r->y);
    for (int64_t i = 0; i < r->k; i++) sum += clipped(r->z[i], 1 - tiny, &inside);
    for (int64_t i = 0; i < r->k; i++) {
        double c = clipped(r->z[i], 1 - tiny, &inside);
        near_clip(r, r->z[i], 1 - tiny);
        value -= r->y[i] * log(c / sum);
        r->d[i] = inside * (c / sum - r->y[i]) / c;
    }
    return value;
}

// Through a softmax, or the division by the sum, then the clip.
static double categorical_focal(Row *r) {
    double s = argument(r, "label_smoothing"), alpha = argument(r, "alpha");
    double gamma = argument(r, "gamma"), most = 0, sum = 0, value = 0, dot = 0;
    double *q = ARENA_ARRAY(r->run->arena, double, r->k);
    for (int64_t i = 0; i < r->k && r->logits; i++) most = i ? fmax(most, r->z[i]) : r->z[i];
    for (int64_t i = 0; i < r->k; i++) sum += q[i] = r->logits ? exp(r->z[i] - most) : r->z[i];
    for (int64_t i = 0; i < r->k; i++) {
        double y = r->y[i] * (1 - s) + s / (double)r->k, inside;
        double c = clipped(q[i] /= sum, 1 - tiny, &inside);
        near_clip(r, q[i], 1 - tiny);
        value -= alpha * y * pow(1 - c, gamma) * log(c);
        double less = gamma == 0 ? 0 : gamma * pow(1 - c, gamma - 1) * log(c);
        r->d[i] = inside * alpha * y * (less - pow(1 - c, gamma) / c);
        dot += r->d[i] * q[i];
    }
    for (int64_t i = 0; i < r->k; i++) r->d[i] = (r->d[i] - dot) * (r->logits ? q[i] : 1 / sum);
    return value;
}

static double generalized(Row *r) {
    double q = argument(r, "q"), p = 0;
    for (int64_t i = 0; i < r->k; i++) p += r->y[i] * r->z[i];
    for (int64_t i = 0; i < r->k; i++) r->d[i] = -r->y[i] * pow(p, q - 1);
    return (1 - pow(p, q)) / q;
}

static double dice(Row *r) {
    double both = 0, all = tiny;
    for (int64_t i = 0; i < r->k; i++) both += r->y[i] * r->z[i], all += r->y[i] + r->z[i];
    for (int64_t i = 0; i < r->k; i++) r->d[i] = -2 * (r->y[i] * all - both) / (all * all);
    return 1 - 2 * both / all;
}

static double tversky(Row *r) {
    double alpha = argument(r, "alpha"), beta = argument(r, "beta"), both = 0, off = tiny;
    for (int64_t i = 0; i < r->k; i++) {
        both += r->y[i] * r->z[i];
        off += alpha * r->y[i] * (1 - r->z[i]) + beta * r->z[i] * (1 - r->y[i]);
    }
    for (int64_t i = 0; i < r->k; i++) {
        double more = beta * (1 - r->y[i]) - alpha * r->y[i]; // of off
        r->d[i] = -(r->y[i] * off - both * more) / pow(both + off, 2);
    }
    return 1 - both / (both + off);
}

static double kl_divergence(Row *r) {
    double value = 0, inside;
    for (int64_t i = 0; i < r->k; i++) {
        double y = fmin(fmax(r->y[i], tiny), 1), z = clipped(r->z[i], 1, &inside);
        near_clip(r, r->z[i], 1);
        value += y * log(y / z);
        r->d[i] = -inside * y / z;
    }
    return value;
}

static double length(const double *x, int64_t k) {
    double sum = 0;
    for (int64_t i = 0; i < k; i++) sum += x[i] * x[i];
    return fmax(sqrt(sum), tiny);
}

static double cosine_similarity(Row *r) {
    double of_z = length(r->z, r->k), of_y = length(r->y, r->k), cosine = 0;
    near(r->run, fabs(of_z / tiny - 1));
    for (int64_t i = 0; i < r->k; i++) cosine += r->z[i] / of_z * r->y[i] / of_y;
    for (int64_t i = 0; i < r->k; i++) r->d[i] = (cosine * r->z[i] / of_z - r->y[i] / of_y) / of_z;
    return -cosine;
}

static double categorical_hinge(Row *r) {
    double right = 0, most = -INFINITY, second = -INFINITY;
    int64_t at = 0;
    for (int64_t i = 0; i < r->k; i++) {
        double wrong = (1 - r->y[i]) * r->z[i];
        right += r->y[i] * r->z[i];
        second = fmax(second, fmin(wrong, most));
        if (wrong > most) at = i;
        most = fmax(most, wrong);
    }
    double value = most - right + 1;
    near(r->run, fmin(fabs(value), most - second));
    for (int64_t i = 0; i < r->k; i++)
        r->d[i] = value > 0 ? (i == at) * (1 - r->y[i]) - r->y[i] : 0;
    return fmax(value, 0);
}

static const struct {
    const char *name, *known; // the class, and arguments that have a say
    double (*row)(Row *r);
    bool takes_logits; // those that a softmax or a sigmoid at the model's end reads
} losses[] = {
    {"MeanSquaredError", "", squared_row, false},
    {"MeanAbsoluteError", "", absolute_row, false},
    {"MeanAbsolutePercentageError", "", percentage_row, false},
    {"MeanSquaredLogarithmicError", "", logarithmic_row, false},
    {"Huber", "delta", huber_row, false},
    {"LogCosh", "", log_cosh_row, false},
    {"Poisson", "", poisson_row, false},
    {"Hinge", "", hinge_row, false},
    {"SquaredHinge", "", squared_hinge_row, false},
    {"BinaryCrossentropy", "from_logits label_smoothing", binary_row, true},
    {"CategoricalCrossentropy", "from_logits label_smoothing", categorical, true},
    {"SparseCategoricalCrossentropy", "from_logits ignore_class", sparse_categorical, true},
    {"KLDivergence", "", kl_divergence, false},
    {"CosineSimilarity", "", cosine_similarity, false},
    {"CategoricalHinge", "", categorical_hinge, false},
    {"BinaryFocalCrossentropy", "apply_class_balancing alpha gamma from_logits label_smoothing",
     focal_row, true},
    {"CategoricalFocalCrossentropy", "alpha gamma from_logits label_smoothing", categorical_focal,
     false},
    {"CategoricalGeneralizedCrossEntropy", "q", generalized, false},
    {"Dice", "", dice, false},
    {"Tversky", "alpha beta", tversky, false},
};
enum { NLOSS = sizeof losses / sizeof *losses };

static int index_of(const Loss *loss) {
    int i = 0;
    while (i < NLOSS && strcmp(losses[i].name, loss->cls->object.name) != 0) i++;
    return i;
}

const char *loss_missing(Arena *a, const Loss *loss) {
    int i = index_of(loss);
    if (i == NLOSS) return loss->cls->object.name;
    const char *known = arena_printf(a, "%s reduction axis", losses[i].known);
    return args_unknown(loss->cls->object.args, loss->args, known);
}

static double argument_of(const Loss *loss, const char *name) {
    return args_number(loss->cls->object.args, loss->args, name);
}

// The outputs themselves are what from_logits of the focal one is about, and what counts with ignore_class.
bool loss_takes_logits(const Loss *loss) {
    bool focal = !strcmp(loss->cls->object.name, "BinaryFocalCrossentropy");
    if (focal && argument_of(loss, "from_logits") == 1) return false;
    return losses[index_of(loss)].takes_logits && isnan(argument_of(loss, "ignore_class"));
}

static bool ignores(const Loss *loss, double class) {
    return class == argument_of(loss, "ignore_class");
}

// What the sum over all rows is divided by.
static double divisor(const Run *run, int64_t rows) {
    const Loss *loss = &run->model->loss;
    double how = args_number(loss->cls->object.args, loss->args, "reduction"), sum = 0;
    bool weighted = how == LOSS_MEAN_WITH_SAMPLE_WEIGHT && run->weighted;
    int64_t each = rows / run->n;
    if (how == LOSS_SUM) return 1;
    for (int64_t i = 0; i < rows; i++)
        if (!loss_class_numbers(loss) || !ignores(loss, run->y[i]))
            sum += weighted ? run->counts[i / each] / (double)each : 1;
    return sum == 0 ? INFINITY : sum;
}

// One loss counts as the samples do in the mean.
static double of_batch(Run *run, int64_t outputs, const double *z, double *d) {
    const Loss *loss = &run->model->loss;
    Row r = {run, loss, run->n * outputs, z, run->y, d, false};
    double counts = 0, value = losses[index_of(loss)].row(&r);
    for (int64_t i = 0; i < run->n; i++) counts += run->counts[i] / (double)run->n;
    double how = args_number(loss->cls->object.args, loss->args, "reduction");
    double share = how == LOSS_MEAN_WITH_SAMPLE_WEIGHT ? counts != 0 : counts;
    for (int64_t j = 0; j < r.k; j++) d[j] *= share;
    return value * share;
}

double loss_of(Run *run, const Shape *shape, const double *z, double *d, bool logits) {
    const Loss *loss = &run->model->loss;
    if (loss->nsum) return of_batch(run, count_of(shape), z, d);
    int64_t k = loss->of_samples ? count_of(shape) : shape->dim[shape->rank - 1],
            rows = run->n * count_of(shape) / k;
    bool classes = loss_class_numbers(loss);
    double *hot = ARENA_ARRAY(run->arena, double, k), sum = 0, all = divisor(run, rows);
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < k && classes; j++) hot[j] = (double)j == run->y[i];
        Row r = {run, loss, k, z + i * k, classes ? hot : run->y + i * k, d + i * k, logits};
        double share = run->counts[i / (rows / run->n)] / all;
        if (classes && ignores(loss, run->y[i])) share = 0;
        sum += losses[index_of(loss)].row(&r) * share;
        for (int64_t j = 0; j < k; j++) r.d[j] *= share;
    }
    return sum;
}
