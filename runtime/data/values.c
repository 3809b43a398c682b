// SPDX-License-Identifier: 0BSD
// The values of an array that is made of predictions: those are its sources.
#include "data/values.h"
#include "data/array.h"
#include "data/steps.h"
#include <stdlib.h>
#include <string.h>

static bool predicted_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                           CnnError *error) {
    const float *from = a->own;
    (void)error;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < a->values; k++)
            to[i * a->values + k] = (double)from[row[i] * a->values + k];
    return true;
}

static bool predicted_open(Array *a, Arrays *all, CnnError *error) {
    (void)error;
    a->own = (void *)(uintptr_t)all->predicted[(int64_t)a->of->number[0]];
    return true;
}

const CnnArrayClass array_predicted = {.open = predicted_open, .rows = predicted_rows};

typedef struct Fill {
    double *to;
    int64_t values;
} Fill;

static bool fill(void *context, int64_t first, int64_t n, const double *value, CnnError *error) {
    const Fill *f = context;
    (void)error;
    memcpy(f->to + first * f->values, value, (size_t)(n * f->values) * sizeof *value);
    return true;
}

static double *read_values(const ReadValues *by, const CnnArray *of, CnnError *error) {
    const Array *a = reading_array(by, of, error);
    double *to =
        a ? memory_new(a->rows, a->values * (int64_t)sizeof *to, "predictions", error) : NULL;
    Fill f = {to, a ? a->values : 0};
    if (to && array_walk(a, by->by.threads, fill, &f, error)) return to;
    free(to);
    return NULL;
}

const CnnValues cnn_values = {
    .reader = &data_reader, .read = read_values, .print = array_print, .write = array_write};
