// SPDX-License-Identifier: 0BSD
// Sums, means, deviations and bounds over dimensions of an array. Over the rows it goes through them in their
// order, in double, whatever the type; a deviation goes twice, so that it is centred.
#include "data/array.h"
#include <math.h>
#include <stdlib.h>

typedef struct Reduced {
    int64_t *at; // by value of the input's row: where its result is
    double *value, *mean; // of the result's one row, where it is over the rows
} Reduced;

static ReducedOp op_of(const Array *a) {
    return (ReducedOp)a->of->number[0];
}

static bool deviates(const Array *a) {
    return op_of(a) == REDUCE_DEVIATION || op_of(a) == REDUCE_SAMPLE_DEVIATION;
}

// Results keep the order of the dimensions that stay.
static int64_t *places(const Array *a, CnnError *error) {
    const CnnArray *in = a->input[0]->of;
    double stride[CNN_ARRAY_RANK] = {0}, next = 1;
    for (int64_t d = in->rank - 1; d > 0; d--) {
        if (a->of->number[1 + d] != 0) continue; // it goes
        stride[d - 1] = next;
        next *= (double)in->dim[d];
    }
    return array_places(a->input[0], stride, 0, error);
}

static void start(const Array *a, double *to) {
    ReducedOp op = op_of(a);
    double from = op == REDUCE_LEAST ? INFINITY : op == REDUCE_MOST ? -INFINITY : 0;
    for (int64_t i = 0; i < a->values; i++) to[i] = from;
}

// A row more. mean: of what is added up the squares of the distances from it.
static void add_row(const Array *a, const double *value, const double *mean, double *to) {
    const Reduced *r = a->own;
    ReducedOp op = op_of(a);
    for (int64_t i = 0; i < a->input[0]->values; i++) {
        double *one = &to[r->at[i]], v = value[i];
        if (mean)
            *one += (v - mean[r->at[i]]) * (v - mean[r->at[i]]);
        else if (op == REDUCE_LEAST)
            *one = v < *one || isnan(v) ? v : *one;
        else if (op == REDUCE_MOST)
            *one = v > *one || isnan(v) ? v : *one;
        else
            *one += v;
    }
}

// less: so many values fewer than there are.
static void divide(const Array *a, double *to, int64_t rows, int less) {
    int64_t each = rows * a->input[0]->values / a->values;
    double n = (double)(each - less);
    for (int64_t i = 0; i < a->values; i++) to[i] /= n;
}

static void finish(const Array *a, double *to, int64_t rows) {
    ReducedOp op = op_of(a);
    if (op == REDUCE_MEAN || deviates(a)) divide(a, to, rows, op == REDUCE_SAMPLE_DEVIATION);
    for (int64_t i = 0; i < a->values; i++)
        to[i] = type_round(a->of->type, deviates(a) ? sqrt(to[i]) : to[i]);
}

// ---- over the rows

static bool take_rows(void *context, int64_t first, int64_t n, const double *value,
                      CnnError *error) {
    const Array *a = context;
    const Reduced *r = a->own;
    (void)first;
    (void)error;
    for (int64_t i = 0; i < n; i++) add_row(a, value + i * a->input[0]->values, r->mean, r->value);
    return true;
}

static bool pass(Array *a, CnnError *error) {
    Reduced *r = a->own;
    start(a, r->value);
    return array_walk(a->input[0], 1, take_rows, a, error);
}

static bool reduce_rows(Array *a, CnnError *error) {
    Reduced *r = a->own;
    int64_t rows = a->input[0]->rows;
    r->value = memory_new(a->values, sizeof(double), "a step on the data", error);
    double *mean = r->value && deviates(a)
                       ? memory_new(a->values, sizeof(double), "a step on the data", error)
                       : NULL;
    if (!r->value || (deviates(a) && !mean) || !pass(a, error)) return free(mean), false;
    if (mean) {
        divide(a, r->value, rows, 0);
        for (int64_t i = 0; i < a->values; i++) mean[i] = r->value[i];
        r->mean = mean;
        if (!pass(a, error)) return false;
    }
    finish(a, r->value, rows);
    return true;
}

static bool reduced_open(Array *a, Arrays *all, CnnError *error) {
    Reduced *r = a->own = calloc(1, sizeof *r);
    (void)all;
    if (!r) return cnn_fail(error, CNN_SYSTEM, "out of memory for the data");
    r->at = places(a, error);
    if (!r->at) return false;
    return a->of->number[1] == 0 || reduce_rows(a, error);
}

// ---- within each row

static void reduce_row(const Array *a, const double *in, double *mean, double *to) {
    start(a, to);
    add_row(a, in, NULL, to);
    if (deviates(a)) {
        divide(a, to, 1, 0);
        for (int64_t i = 0; i < a->values; i++) mean[i] = to[i], to[i] = 0;
        add_row(a, in, mean, to);
    }
    finish(a, to, 1);
}

static bool reduced_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                         CnnError *error) {
    const Reduced *r = a->own;
    if (r->value) return array_alike(a, r->value, n, to);
    double *in = array_input(a, row, n, error);
    double *mean = in ? memory_new(a->values, sizeof *mean, "a part of the data", error) : NULL;
    for (int64_t i = 0; mean && i < n; i++)
        reduce_row(a, in + i * a->input[0]->values, mean, to + i * a->values);
    bool ok = mean;
    free(in);
    free(mean);
    return ok;
}

static void reduced_close(Array *a) {
    Reduced *r = a->own;
    if (!r) return;
    free(r->at);
    free(r->value);
    free(r->mean);
    free(r);
}

const CnnArrayClass array_reduced = {
    .open = reduced_open, .rows = reduced_rows, .close = reduced_close, .of_rows = true};
