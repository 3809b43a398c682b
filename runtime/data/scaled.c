// SPDX-License-Identifier: 0BSD
// scikit-learn's scalers. What one finds of the columns that it is fitted to is an array of two rows, for all rows alike:
//   standard  mean m, and the root of v = (sum t^2 - (sum t)^2 / n) / n with t = x - m; 1 where v is no more than the
//             rounding of a constant column's, v <= n eps v + (n m eps)^2
//   range     with s = (high - low) / (most - least): low - least s, and s
//   largest   0, and the largest |x|
//   robust    the median, and the distance of two percentiles, which lie between two values as numpy has them
// A span below 10 eps counts as 1. What is no number is passed over. Rows then become x s + m of a range, else
// (x - m) / s. All is done in double, and rounded to the type of the columns where scikit-learn computes in that.
#include "data/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Finding {
    const double *setting;
    int64_t type; // that it computes in
    int64_t rows, columns;
    double *numbers, *first, *second; // by column: how many, and what is found of them
    double *mean; // of them
    double *all; // column after column, where all are needed
} Finding;

static double rounded(const Finding *f, double value) {
    return type_round(f->type, value);
}

static double span(double value, int64_t type) {
    double eps = type == CNN_F4 ? (double)FLT_EPSILON : DBL_EPSILON;
    return value < 10 * eps ? 1 : value;
}

// ---- a value more of a column

static void add_sum(Finding *f, int64_t c, double value) {
    f->first[c] += value;
}

static void add_distance(Finding *f, int64_t c, double value) {
    double t = value - f->mean[c];
    f->first[c] += t;
    f->second[c] += t * t;
}

static void add_bounds(Finding *f, int64_t c, double value) {
    bool first = f->numbers[c] == 1;
    if (first || value < f->first[c]) f->first[c] = value;
    if (first || value > f->second[c]) f->second[c] = value;
}

static void add_largest(Finding *f, int64_t c, double value) {
    f->second[c] = fmax(f->second[c], fabs(value));
}

static void add_all(Finding *f, int64_t c, double value) {
    f->all[c * f->rows + (int64_t)f->numbers[c] - 1] = value;
}

// ---- what is made of a column

static void finish_mean(Finding *f, int64_t c) {
    f->mean[c] = f->first[c] / f->numbers[c];
}

static void finish_deviation(Finding *f, int64_t c) {
    double n = f->numbers[c], mean = f->mean[c];
    double var = (f->second[c] - f->first[c] * f->first[c] / n) / n;
    double error = n * mean * DBL_EPSILON;
    bool constant = var <= n * DBL_EPSILON * var + error * error;
    f->first[c] = f->setting[FIT_CENTRES] != 0 ? mean : 0;
    f->second[c] = f->setting[FIT_DIVIDES] == 0 || constant ? 1 : sqrt(var);
}

static void finish_bounds(Finding *f, int64_t c) {
    double low = rounded(f, f->setting[FIT_LOW]), high = rounded(f, f->setting[FIT_HIGH]);
    double least = f->numbers[c] > 0 ? f->first[c] : NAN, most = f->second[c];
    double scale = rounded(f, rounded(f, high - low) / span(rounded(f, most - least), f->type));
    f->first[c] = rounded(f, low - rounded(f, least * scale));
    f->second[c] = scale;
}

static void finish_largest(Finding *f, int64_t c) {
    f->second[c] = span(f->second[c], f->type);
}

static int by_value(const void *a, const void *b) {
    double l = *(const double *)a, r = *(const double *)b;
    return (l > r) - (l < r);
}

// Of n sorted ones; numpy's linear one.
static double percentile(const Finding *f, const double *value, int64_t n, double percent) {
    double at = (double)(n - 1) * (percent / 100), before = floor(at), t = at - before;
    double low = value[(int64_t)before],
           high = value[before < (double)(n - 1) ? (int64_t)before + 1 : n - 1];
    double gap = rounded(f, high - low);
    return t >= 0.5 ? high - gap * (1 - t) : low + gap * t;
}

static void finish_robust(Finding *f, int64_t c) {
    double *value = f->all + c * f->rows;
    int64_t n = (int64_t)f->numbers[c];
    qsort(value, (size_t)n, sizeof *value, by_value);
    double middle = n ? value[n / 2] : NAN, scale = NAN;
    if (n && n % 2 == 0) middle = rounded(f, rounded(f, value[n / 2 - 1] + middle) / 2);
    if (n)
        scale = percentile(f, value, n, f->setting[FIT_HIGH]) -
                percentile(f, value, n, f->setting[FIT_LOW]);
    f->first[c] = f->setting[FIT_CENTRES] != 0 ? middle : 0;
    f->second[c] = f->setting[FIT_DIVIDES] != 0 ? span(scale, CNN_F8) : 1;
}

typedef struct Pass {
    void (*add)(Finding *f, int64_t column, double value);
    void (*finish)(Finding *f, int64_t column);
} Pass;
static const Pass passes[][2] = {
    [FIT_STANDARD] = {{add_sum, finish_mean}, {add_distance, finish_deviation}},
    [FIT_RANGE] = {{add_bounds, finish_bounds}},
    [FIT_LARGEST] = {{add_largest, finish_largest}},
    [FIT_ROBUST] = {{add_all, finish_robust}}};

typedef struct Taking {
    Finding *f;
    const Pass *pass;
} Taking;

static bool take(void *context, int64_t first, int64_t n, const double *value, CnnError *error) {
    const Taking *t = context;
    Finding *f = t->f;
    (void)first, (void)error;
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < f->columns; c++) {
            double v = value[i * f->columns + c];
            if (isnan(v)) continue;
            f->numbers[c]++;
            t->pass->add(f, c, v);
        }
    return true;
}

static bool walk(const Array *a, Finding *f, const Pass *pass, CnnError *error) {
    Taking t = {f, pass};
    memset(f->numbers, 0, (size_t)(3 * f->columns) * sizeof *f->numbers);
    if (!array_walk(a->input[0], 1, take, &t, error)) return false;
    for (int64_t c = 0; c < f->columns; c++) pass->finish(f, c);
    return true;
}

static bool fitted_open(Array *a, Arrays *all, CnnError *error) {
    const Array *in = a->input[0];
    FitOp op = (FitOp)a->of->number[FIT_OP];
    Finding f = {.setting = a->of->number, .type = in->of->type, .rows = in->rows};
    (void)all;
    if (!type_rows[f.type].real) f.type = CNN_F8;
    f.columns = in->values;
    double *own = memory_new(f.columns, 4 * (int64_t)sizeof *own, "a step on the data", error);
    f.all = own && op == FIT_ROBUST
                ? memory_new(f.rows, f.columns * (int64_t)sizeof *own, "the columns", error)
                : NULL;
    bool ok = own && (f.all || op != FIT_ROBUST);
    f.numbers = own, f.first = own + f.columns, f.second = f.first + f.columns;
    f.mean = f.second + f.columns;
    for (int i = 0; ok && i < 2 && passes[op][i].add; i++) ok = walk(a, &f, &passes[op][i], error);
    free(f.all);
    a->own = own;
    return ok;
}

static bool fitted_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    const double *found = (const double *)a->own + a->input[0]->values; // the counts stand before
    (void)row, (void)error;
    return array_alike(a, found, n, to);
}

static void close_own(Array *a) {
    free(a->own);
}

const CnnArrayClass array_fitted = {.open = fitted_open, .rows = fitted_rows, .close = close_own};

// ---- what is done with it

static bool scaled_open(Array *a, Arrays *all, CnnError *error) {
    const Array *found = a->input[1];
    (void)all;
    double *own = a->own = array_rows(found, &(int64_t){0}, 1, "a step on the data", error);
    for (int64_t i = 0; own && i < found->values && a->of->number[SCALE_ROUNDS] != 0; i++)
        own[i] = type_round(a->of->type, own[i]);
    return own;
}

static void scale_row(const Array *a, double *value) {
    const double *number = a->of->number, *first = a->own, *second = first + a->values;
    int64_t type = a->of->type;
    double low = type_round(type, number[SCALE_LOW]), high = type_round(type, number[SCALE_HIGH]);
    bool multiplies = number[SCALE_MULTIPLIES] != 0, clips = number[SCALE_CLIPS] != 0;
    for (int64_t c = 0; c < a->values; c++) {
        double v = value[c];
        v = type_round(type, multiplies ? v * second[c] : v - first[c]);
        v = type_round(type, multiplies ? v + first[c] : v / second[c]);
        if (clips && v < low) v = low;
        if (clips && v > high) v = high;
        value[c] = v;
    }
}

static bool scaled_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    if (!a->input[0]->of->of->rows(a->input[0], row, n, to, error)) return false;
    for (int64_t i = 0; i < n; i++) scale_row(a, to + i * a->values);
    return true;
}

const CnnArrayClass array_scaled = {.open = scaled_open, .rows = scaled_rows, .close = close_own};

// ---- each row for itself

static double norm_of(NormOp op, const double *value, int64_t n) {
    double norm = 0;
    for (int64_t i = 0; i < n; i++)
        norm = op == NORM_MOST  ? fmax(norm, fabs(value[i]))
               : op == NORM_SUM ? norm + fabs(value[i])
                                : norm + value[i] * value[i];
    return op == NORM_LENGTH ? sqrt(norm) : norm;
}

static bool normalized_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                            CnnError *error) {
    NormOp op = (NormOp)a->of->number[0];
    int64_t type = a->of->type;
    if (!a->input[0]->of->of->rows(a->input[0], row, n, to, error)) return false;
    for (int64_t i = 0; i < n; i++) {
        double *value = to + i * a->values;
        double norm = span(type_round(type, norm_of(op, value, a->values)), type);
        for (int64_t c = 0; c < a->values; c++) value[c] = type_round(type, value[c] / norm);
    }
    return true;
}

const CnnArrayClass array_normalized = {.rows = normalized_rows};
