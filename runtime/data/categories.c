// SPDX-License-Identifier: 0BSD
// Values that stand for categories, as scikit-learn's encoders and pandas's get_dummies take them: those that a column
// has, each once and in their order, are an array of one row for all rows alike; with these a column becomes the
// numbers of its categories, or a row of truths for each value. How many there are the compiler has found out, and the
// program finds them anew.
#include "data/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Found {
    double *value; // in their order
    int64_t n, most;
} Found;

// The first of n that is not below it.
static int64_t place_of(const double *value, int64_t n, double of) {
    int64_t first = 0, end = n;
    while (first < end) {
        int64_t middle = first + (end - first) / 2;
        if (value[middle] < of)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static bool put(Found *f, int64_t row, double value, CnnError *error) {
    if (isnan(value))
        return cnn_fail(error, CNN_REFUSED,
                        "the data: row %lld is no number, which is no category here",
                        (long long)row);
    int64_t at = place_of(f->value, f->n, value);
    if (at < f->n && f->value[at] == value) return true;
    if (f->n == f->most)
        return cnn_fail(error, CNN_REFUSED,
                        "the data: row %lld has one more category, %g, than the %lld for which the "
                        "program is compiled",
                        (long long)row, value, (long long)f->most);
    memmove(f->value + at + 1, f->value + at, (size_t)(f->n - at) * sizeof *f->value);
    f->value[at] = value;
    f->n++;
    return true;
}

static bool take(void *context, int64_t first, int64_t n, const double *value, CnnError *error) {
    for (int64_t i = 0; i < n; i++)
        if (!put(context, first + i, value[i], error)) return false;
    return true;
}

static bool categories_open(Array *a, Arrays *all, CnnError *error) {
    Found f = {.most = a->values};
    (void)all;
    a->own = f.value = memory_new(f.most, sizeof *f.value, "the categories", error);
    if (!f.value || !array_walk(a->input[0], 1, take, &f, error)) return false;
    if (f.n == f.most) return true;
    return cnn_fail(error, CNN_REFUSED,
                    "the data: %lld categories are there, but the program is compiled for %lld",
                    (long long)f.n, (long long)f.most);
}

static bool categories_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                            CnnError *error) {
    (void)row, (void)error;
    return array_alike(a, a->own, n, to);
}

static void close_own(Array *a) {
    free(a->own);
}

const CnnArrayClass array_categories = {
    .open = categories_open, .rows = categories_rows, .close = close_own};

// ---- what becomes of a column

static bool encoded_open(Array *a, Arrays *all, CnnError *error) {
    (void)all;
    a->own = array_rows(a->input[1], &(int64_t){0}, 1, "the categories", error);
    return a->own;
}

static bool encode(const Array *a, int64_t row, double value, double *to, CnnError *error) {
    EncodeOp op = (EncodeOp)a->of->number[0];
    int64_t n = a->input[1]->values, at = place_of(a->own, n, value);
    bool known = at < n && ((const double *)a->own)[at] == value;
    if (op != ENCODE_NUMBER) memset(to, 0, (size_t)n * sizeof *to);
    if (known)
        op == ENCODE_NUMBER ? (to[0] = (double)at) : (to[at] = 1);
    else if (op != ENCODE_IF_KNOWN)
        return cnn_fail(error, CNN_REFUSED,
                        "the data: row %lld has %g, which is none of the %lld categories of the "
                        "rows that the encoder was fitted to",
                        (long long)row, value, (long long)n);
    return true;
}

static bool encoded_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                         CnnError *error) {
    double *in = array_input(a, row, n, error);
    bool ok = in;
    for (int64_t i = 0; ok && i < n; i++) ok = encode(a, row[i], in[i], to + i * a->values, error);
    free(in);
    return ok;
}

const CnnArrayClass array_encoded = {
    .open = encoded_open, .rows = encoded_rows, .close = close_own};
