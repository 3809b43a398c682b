// SPDX-License-Identifier: MIT
// LOSS: loss, metrics and the gradient, a row of K outputs at a time. The formulas are Keras 3's, with a
// clip to [eps, 1 - eps], eps = 1e-7; P rows a sample, n samples.
#include "step/interpret.h"
#include <math.h>

static const double eps = 1e-7;

typedef struct LossRow {
    const Loss *loss;
    int64_t k; // outputs
    bool logits; // z are logits
    const double *z, *result; // result: the model's output, which metrics look at
    const double *given, *y; // labels of the row, and one target an output
    double *p, *dz; // of the row: the softmax, the gradient before 1 / (n P); or NULL
} LossRow;

static double clipped(double x) {
    return x < eps ? eps : x > 1 - eps ? 1 - eps : x;
}

static double inside(double x, double slope) { // the clip's derivative, times slope
    return x < eps || x > 1 - eps ? 0 : slope;
}

static void put(const LossRow *w, int64_t i, double slope) {
    if (w->dz) w->dz[i] = slope;
}

// L = sum y (log sum e^z - z), dz = softmax z - y
static double entropy_of_logits(const LossRow *w) {
    double max = -INFINITY, sum = 0, loss = 0;
    for (int64_t i = 0; i < w->k; i++) max = fmax(max, w->z[i]);
    for (int64_t i = 0; i < w->k; i++) sum += exp(w->z[i] - max);
    for (int64_t i = 0; i < w->k; i++) {
        double p = exp(w->z[i] - max) / sum;
        loss += w->y[i] * (log(sum) + max - w->z[i]);
        if (w->p) w->p[i] = p;
        put(w, i, p - w->y[i]);
    }
    return loss;
}

// Of probabilities, categorical: q = z / sum z, L = -sum y log clip q
static double entropy_normalised(const LossRow *w) {
    double sum = 0, loss = 0, dot = 0;
    for (int64_t i = 0; i < w->k; i++) sum += w->z[i];
    for (int64_t i = 0; i < w->k; i++) {
        double q = w->z[i] / sum;
        loss -= w->y[i] * log(clipped(q));
        dot += q * inside(q, -w->y[i] / clipped(q));
    }
    for (int64_t i = 0; i < w->k; i++) {
        double q = w->z[i] / sum;
        put(w, i, (inside(q, -w->y[i] / clipped(q)) - dot) / sum);
    }
    return loss;
}

// Of probabilities, class numbers: c = clip z, L = log sum c - log c[class]
static double entropy_clipped(const LossRow *w) {
    double sum = 0, loss = 0;
    for (int64_t i = 0; i < w->k; i++) sum += clipped(w->z[i]);
    for (int64_t i = 0; i < w->k; i++) {
        double c = clipped(w->z[i]);
        loss += w->y[i] * (log(sum) - log(c));
        put(w, i, inside(w->z[i], (c / sum - w->y[i]) / c));
    }
    return loss;
}

static double binary(const LossRow *w, double z, double y, double *slope) {
    if (w->logits) {
        *slope = 1 / (1 + exp(-z)) - y;
        return fmax(z, 0) - z * y + log1p(exp(-fabs(z)));
    }
    double c = clipped(z);
    *slope = inside(z, (1 - y) / (1 - c) - y / c);
    return -(y * log(c) + (1 - y) * log(1 - c));
}

// Losses of each output on its own, and their mean.
static double mean_of_outputs(const LossRow *w) {
    double loss = 0;
    for (int64_t i = 0; i < w->k; i++) {
        double e = w->z[i] - w->y[i], slope;
        if (w->loss->kind == LOSS_MEAN_SQUARED_ERROR) {
            loss += e * e;
            slope = 2 * e;
        } else if (w->loss->kind == LOSS_MEAN_ABSOLUTE_ERROR) {
            loss += fabs(e);
            slope = (e > 0) - (e < 0);
        } else {
            loss += binary(w, w->z[i], w->y[i], &slope);
        }
        put(w, i, slope / (double)w->k);
    }
    return loss / (double)w->k;
}

static double row_loss(const LossRow *w) {
    bool classes = w->loss->kind == LOSS_SPARSE_CATEGORICAL_CROSSENTROPY;
    if (!classes && w->loss->kind != LOSS_CATEGORICAL_CROSSENTROPY) return mean_of_outputs(w);
    if (w->logits) return entropy_of_logits(w);
    return classes ? entropy_clipped(w) : entropy_normalised(w);
}

static int64_t first_largest(const double *x, int64_t k) {
    int64_t best = 0;
    for (int64_t i = 1; i < k; i++)
        if (x[i] > x[best]) best = i;
    return best;
}

static double row_metric(const LossRow *w, MetricKind kind) {
    if (kind == METRIC_SPARSE_ACCURACY)
        return (double)first_largest(w->result, w->k) == w->given[0];
    if (kind == METRIC_CATEGORICAL_ACCURACY)
        return first_largest(w->result, w->k) == first_largest(w->given, w->k);
    bool numbers = w->loss->kind == LOSS_SPARSE_CATEGORICAL_CROSSENTROPY; // of a single output
    double hits = 0;
    for (int64_t i = 0; i < w->k; i++) hits += (w->result[i] > 0.5) == w->given[numbers ? 0 : i];
    return hits / (double)w->k;
}

// Labels as one target an output, smoothed.
static void targets(const LossRow *w, double *y) {
    double s = w->loss->label_smoothing;
    bool pairs = w->loss->kind == LOSS_BINARY_CROSSENTROPY;
    for (int64_t i = 0; i < w->k; i++)
        if (w->loss->kind == LOSS_SPARSE_CATEGORICAL_CROSSENTROPY)
            y[i] = (double)i == w->given[0];
        else
            y[i] = w->given[i] * (1 - s) + s / (pairs ? 2 : (double)w->k);
}

void interpret_loss(Interpreter *r, const Node *n) {
    const Step *s = r->s;
    const Tensor *z = &s->tensor[n->in[0].tensor];
    LossRow w = {.loss = &s->model->loss, .k = z->dim[z->rank - 1]};
    bool numbers = w.loss->kind == LOSS_SPARSE_CATEGORICAL_CROSSENTROPY;
    int64_t rows = r->n * interpreter_count(z) / w.k;
    double *y = ARENA_ARRAY(r->arena, double, w.k), *p = NULL, *dz = NULL;
    for (int k = 0; k < n->nout; k++)
        *(n->out[k].tensor == s->tensor[s->logits].grad ? &dz : &p) = r->value[n->out[k].tensor];
    const double *result = n->nin == 3              ? r->value[n->in[2].tensor]
                           : s->logits != s->output ? p
                                                    : NULL;
    w.logits = w.loss->from_logits || s->logits != s->output;
    r->loss = 0;
    for (int m = 0; m < s->model->nmetric; m++) r->metric[m] = 0;
    for (int64_t i = 0; i < rows; i++) {
        w.z = r->value[n->in[0].tensor] + i * w.k;
        w.result = result ? result + i * w.k : w.z;
        w.given = r->value[s->label] + i * (numbers ? 1 : w.k);
        w.p = p ? p + i * w.k : NULL;
        w.dz = dz ? dz + i * w.k : NULL;
        targets(&w, y);
        w.y = y;
        r->loss += row_loss(&w) / (double)rows;
        for (int64_t k = 0; k < w.k && dz; k++)
            w.dz[k] *= r->scalar[CNN_INV_N] * (double)r->n / (double)rows;
        for (int m = 0; m < s->model->nmetric; m++)
            r->metric[m] += row_metric(&w, s->model->metric[m].kind) / (double)rows;
    }
}
