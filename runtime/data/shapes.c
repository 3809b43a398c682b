// SPDX-License-Identifier: 0BSD
// Steps that take other rows, or the values of a row in another order; class numbers to one-hot rows and back;
// numbers that stand in the script.
#include "data/array.h"
#include "data/legacy.h"
#include <stdlib.h>
#include <string.h>

// ---- parts and turns of a row: value i is at offset + the sum of index times stride

static bool view_open(Array *a, Arrays *all, CnnError *error) {
    (void)all;
    a->own = array_places(a, a->of->number + 1, a->of->number[0], error);
    return a->own;
}

static bool view_rows(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error) {
    const int64_t *at = a->own;
    double *in = array_input(a, row, n, error);
    for (int64_t i = 0; in && i < n; i++)
        for (int64_t k = 0; k < a->values; k++)
            to[i * a->values + k] = in[i * a->input[0]->values + at[k]];
    free(in);
    return in;
}

static void close_own(Array *a) {
    free(a->own);
}

const CnnArrayClass array_view = {.open = view_open, .rows = view_rows, .close = close_own};

// ---- other rows

bool array_chosen(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error,
                  int64_t (*choose)(const Array *, int64_t)) {
    const Array *in = a->input[0];
    int64_t *other = memory_new(n, sizeof *other, "a part of the data", error);
    for (int64_t i = 0; other && i < n; i++) other[i] = choose(a, row[i]);
    bool ok = other && in->of->of->rows(in, other, n, to, error);
    free(other);
    return ok;
}

static int64_t slice_row(const Array *a, int64_t row) {
    return (int64_t)a->of->number[0] + row * (int64_t)a->of->number[1];
}

static bool slice_rows(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error) {
    return array_chosen(a, row, n, to, error, slice_row);
}

const CnnArrayClass array_slice = {.rows = slice_rows, .chooses = true};

static int64_t picked_row(const Array *a, int64_t row) {
    return (int64_t)a->of->number[row];
}

static bool picked_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    return array_chosen(a, row, n, to, error, picked_row);
}

const CnnArrayClass array_picked = {.rows = picked_rows, .chooses = true};

static bool shuffled_open(Array *a, Arrays *all, CnnError *error) {
    (void)all;
    a->own = legacy_permutation(a->of->number + SHUFFLED_STATE, a->input[0]->rows);
    return a->own || cnn_fail(error, CNN_SYSTEM, "out of memory for the order of the data");
}

static int64_t shuffled_row(const Array *a, int64_t row) {
    return ((const int64_t *)a->own)[(int64_t)a->of->number[SHUFFLED_FIRST] + row];
}

static bool shuffled_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                          CnnError *error) {
    return array_chosen(a, row, n, to, error, shuffled_row);
}

const CnnArrayClass array_shuffled = {
    .open = shuffled_open, .rows = shuffled_rows, .close = close_own, .chooses = true};

static bool join_rows(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error) {
    int64_t first = a->input[0]->rows;
    for (int64_t i = 0; i < n; i++, to += a->values) {
        const Array *in = a->input[row[i] >= first];
        int64_t at = row[i] < first ? row[i] : row[i] - first;
        if (!in->of->of->rows(in, &at, 1, to, error)) return false;
        if (a->of->type == in->of->type) continue;
        for (int64_t k = 0; k < a->values; k++) to[k] = type_round(a->of->type, to[k]);
    }
    return true;
}

const CnnArrayClass array_join = {.rows = join_rows, .chooses = true};

static void put_beside(const Array *a, int input, int64_t n, const double *in, double *to) {
    const Array *from = a->input[input];
    int64_t at = input ? a->input[0]->values : 0;
    bool rounds = from->of->type != a->of->type;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < from->values; k++) {
            double value = in[i * from->values + k];
            to[i * a->values + at + k] = rounds ? type_round(a->of->type, value) : value;
        }
}

static bool beside_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    int64_t most =
        a->input[0]->values > a->input[1]->values ? a->input[0]->values : a->input[1]->values;
    double *in = memory_new(n, most * (int64_t)sizeof *in, "a part of the data", error);
    bool ok = in;
    for (int i = 0; ok && i < 2; i++) {
        ok = a->input[i]->of->of->rows(a->input[i], row, n, in, error);
        if (ok) put_beside(a, i, n, in, to);
    }
    free(in);
    return ok;
}

const CnnArrayClass array_beside = {.rows = beside_rows, .of_rows = true};

// ---- classes

static bool one_hot_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                         CnnError *error) {
    int64_t classes = a->of->dim[a->of->rank - 1], numbers = a->input[0]->values * n;
    double *in = array_input(a, row, n, error);
    if (!in) return false;
    memset(to, 0, (size_t)(numbers * classes) * sizeof *to);
    bool ok = true;
    for (int64_t i = 0; ok && i < numbers; i++) {
        double c = in[i] < 0 ? in[i] + (double)classes : in[i];
        ok = c >= 0 && c < (double)classes;
        if (ok)
            to[i * classes + (int64_t)c] = 1;
        else
            cnn_fail(error, CNN_REFUSED,
                     "the data: row %lld has the class %g, but there are %lld, 0 to %lld",
                     (long long)row[i / a->input[0]->values], in[i], (long long)classes,
                     (long long)classes - 1);
    }
    free(in);
    return ok;
}

const CnnArrayClass array_one_hot = {.rows = one_hot_rows};

static bool argmax_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    const CnnArray *of = a->input[0]->of;
    int64_t last = of->dim[of->rank - 1];
    double *in = array_input(a, row, n, error);
    for (int64_t i = 0; in && i < n * a->values; i++) {
        int64_t best = 0;
        for (int64_t k = 1; k < last; k++)
            if (in[i * last + k] > in[i * last + best]) best = k;
        to[i] = (double)best;
    }
    free(in);
    return in;
}

const CnnArrayClass array_argmax = {.rows = argmax_rows};

// ---- numbers of the script

static bool constant_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                          CnnError *error) {
    (void)row;
    (void)error;
    return array_alike(a, a->of->number, n, to);
}

const CnnArrayClass array_constant = {.rows = constant_rows};

static bool listed_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    (void)error;
    for (int64_t i = 0; i < n; i++)
        memcpy(to + i * a->values, a->of->number + row[i] * a->values,
               (size_t)a->values * sizeof *to);
    return true;
}

const CnnArrayClass array_listed = {.rows = listed_rows};
