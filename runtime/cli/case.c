// SPDX-License-Identifier: 0BSD
// The kinds of results that a case can have.
#include "cli/case.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float stored_value(const StTensor *t, int64_t i) { // the file's bytes have any alignment
    float value;
    memcpy(&value, (const char *)t->data + i * (int64_t)sizeof value, sizeof value);
    return value;
}

double largest_of(const StTensor *t) {
    double largest = 0;
    for (int64_t i = 0; i < t->count; i++) largest = fmax(largest, fabs(stored_value(t, i)));
    return largest;
}

static double largest_error(const Result *r) {
    double worst = 0;
    for (int64_t i = 0; i < r->stored->count; i++) {
        double d = fabs((double)r->value[i] - stored_value(r->stored, i));
        if (isnan(d)) return d;
        worst = fmax(worst, d);
    }
    return worst;
}

static void fetch_output(const Case *c, const double *sums, Result *r) {
    (void)sums;
    memcpy(r->value, c->engine.run.out, (size_t)r->stored->bytes);
}

static void fetch_loss(const Case *c, const double *sums, Result *r) {
    r->value[0] = (float)(sums[0] / (double)c->n);
}

static void fetch_gradient(const Case *c, const double *sums, Result *r) {
    const CnnWeight *w = &c->model->weight[r->weight];
    if (w->grad == CNN_GRAD_UPDATED) {
        r->left_out = "its kernel makes the update at once";
        free(r->value);
        r->value = NULL;
        return;
    }
    const char *from = w->grad == CNN_GRAD_LEAF ? c->engine.run.leaf : c->engine.run.step;
    (void)sums;
    const float *grad = (const float *)(const void *)(from + w->grad_offset);
    for (int64_t i = 0; i < w->count; i++) { // its layout is the kernels' own: Keras's order is i
        int64_t at = 0, rest = i;
        for (int64_t d = w->rank - 1; d >= 0; d--) {
            at += rest % w->dim[d] * w->grad_stride[d];
            rest /= w->dim[d];
        }
        r->value[i] = grad[at];
    }
}

static void fetch_weight(const Case *c, const double *sums, Result *r) {
    (void)sums;
    memcpy(r->value, c->engine.run.params + c->model->weight[r->weight].param,
           (size_t)r->stored->bytes);
}

static void measure_output(const Case *c, Result *r) {
    (void)c;
    r->error = largest_error(r);
    r->divisor = fmax(largest_of(r->stored), 1e-6);
}

static void measure_gradient(const Case *c, Result *r) {
    r->error = r->value ? largest_error(r) : 0;
    r->divisor = fmax(largest_of(r->stored), c->largest_gradient / 100);
    r->divisor = fmax(r->divisor, 1e-30); // of a case whose gradients are all zero
}

const StTensor *case_find(const Case *c, const char *prefix, const char *name) {
    char *key = malloc(strlen(prefix) + strlen(name) + 1);
    if (!key) return NULL;
    sprintf(key, "%s%s", prefix, name);
    const StTensor *t = safetensors_find(&c->file, key);
    free(key);
    return t;
}

static bool normalises_batches(const CnnModel *model) {
    static const char moving[] = "/moving_variance";
    for (int64_t i = 0; i < model->nweight; i++) {
        const char *slash = strrchr(model->weight[i].name, '/');
        if (slash && !strcmp(slash, moving)) return true;
    }
    return false;
}

static void measure_update(const Case *c, Result *r) {
    const CnnWeight *w = &c->model->weight[r->weight];
    const StTensor *gradient = case_find(c, "grad/", w->name);
    double error = 0, update = 0, count = (double)r->stored->count;
    for (int64_t i = 0; i < r->stored->count; i++) {
        double stored = stored_value(r->stored, i), d = r->value[i] - stored;
        double moved = stored - c->start[w->param + i];
        error += d * d;
        update += moved * moved;
    }
    r->error = sqrt(error / count);
    r->divisor = fmax(sqrt(update / count), 1e-7);
    if (normalises_batches(c->model)) r->tolerance = 3e-2;
    // where the true gradient is zero, Adam turns rounding into full steps
    bool zero = gradient && largest_of(gradient) < 1e-5 * c->largest_gradient;
    if (zero) r->left_out = "its true gradient is zero";
}

const Kind case_kinds[] = {
    {"predict", false, true, false, AFTER_PREDICT, fetch_output, measure_output, 1e-5},
    {"loss", false, false, false, AFTER_ONE, fetch_loss, measure_output, 1e-5},
    {"train_output", false, true, false, AFTER_ONE, fetch_output, measure_output, 1e-5},
    {"grad/", true, false, true, AFTER_ONE, fetch_gradient, measure_gradient, 1e-4},
    {"step3/", true, false, false, AFTER_THREE, fetch_weight, measure_update, 1e-3},
    {NULL, false, false, false, AFTER_PREDICT, NULL, NULL, 0},
};
