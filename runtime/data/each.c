// SPDX-License-Identifier: 0BSD
// Steps that change each value for itself, by a number or by the values of another array.
#include "data/array.h"
#include "io/mapped.h"
#include <math.h>
#include <stdlib.h>
#include <zlib.h>

// As numpy has it: some powers are another operation, of which the last bit and the sign of 0 differ.
static double power(double value, double exponent) {
    if (exponent == 2) return value * value;
    if (exponent == 0.5) return sqrt(value);
    return exponent == -1 ? 1 / value : pow(value, exponent);
}

static double exact(EachOp op, double value, double other) {
    switch (op) {
    case EACH_ADD: return value + other;
    case EACH_SUB: return value - other;
    case EACH_SUB_FROM: return other - value;
    case EACH_MUL: return value * other;
    case EACH_DIV: return value / other;
    case EACH_DIV_BY: return other / value;
    case EACH_POWER: return power(value, other);
    case EACH_EQUAL: return value == other;
    case EACH_NOT_EQUAL: return value != other;
    case EACH_LESS: return value < other;
    case EACH_LESS_EQUAL: return value <= other;
    case EACH_GREATER: return value > other;
    case EACH_GREATER_EQUAL: return value >= other;
    case EACH_AT_LEAST: return value < other ? other : value;
    case EACH_AT_MOST: return value > other ? other : value;
    case EACH_NEAREST: return nearbyint(value);
    case EACH_SIZE: return fabs(value);
    case EACH_ROOT: return sqrt(value);
    case EACH_EXP: return exp(value);
    case EACH_LOG: return log(value);
    case EACH_SIN: return sin(value);
    case EACH_COS: return cos(value);
    case EACH_TANH: return tanh(value);
    default: return value;
    }
}

// Beyond 2^53, which a double does not hold to the last bit: of 64 bits, as integers go round.
static double whole(EachOp op, int64_t type, double value, double other) {
    const TypeRow *row = &type_rows[type];
    uint64_t base = (uint64_t)(int64_t)value, bits = 1;
    if (op == EACH_MUL) bits = base * (uint64_t)(int64_t)other;
    for (int64_t n = op == EACH_POWER ? (int64_t)other : 0; n > 0; n /= 2, base *= base)
        if (n % 2) bits *= base;
    int rest = 64 - 8 * (int)row->bytes;
    if (row->least < 0) return (double)((int64_t)(bits << rest) >> rest);
    return (double)(bits << rest >> rest);
}

double each_value(EachOp op, int64_t type, double value, double other) {
    const double most = 0x1p53, largest = 0x1p63;
    double v = exact(op, value, other);
    bool integers = !type_rows[type].real && (op == EACH_MUL || op == EACH_POWER) &&
                    fabs(value) < largest && fabs(other) < largest;
    if (integers && !(fabs(v) <= most)) return whole(op, type, value, other);
    return type_round(type, v);
}

static void each_each(const Array *a, double *value, int64_t n) {
    EachOp op = (EachOp)a->of->number[0];
    double other = a->of->number[1];
    int64_t from = a->input[0]->of->type, to = a->of->type;
    for (int64_t i = 0; i < n; i++)
        value[i] =
            op == EACH_CAST ? type_cast(from, to, value[i]) : each_value(op, to, value[i], other);
}

static bool each_rows(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error) {
    const Array *in = a->input[0];
    if (!in->of->of->rows(in, row, n, to, error)) return false;
    each_each(a, to, n * a->values);
    return true;
}

static bool same_rows(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error) {
    return a->input[0]->of->of->rows(a->input[0], row, n, to, error);
}

static void same_each(const Array *a, double *value, int64_t n) {
    (void)a, (void)value, (void)n;
}

const CnnArrayClass array_same = {.rows = same_rows, .each = same_each};

static bool unchanged_open(Array *a, Arrays *all, CnnError *error) {
    char *path = array_find(a->of->text[0], all->folder, error);
    Mapped file;
    if (!path || !mapped_open(&file, path, error)) return free(path), false;
    uLong sum = crc32_z(crc32_z(0, NULL, 0), file.byte, (z_size_t)file.size);
    bool same = a->of->number[UNCHANGED_BYTES] == (double)file.size &&
                a->of->number[UNCHANGED_SUM] == (double)sum;
    mapped_close(&file);
    if (!same)
        cnn_fail(error, CNN_REFUSED,
                 "%s: is another file than when the program was compiled, which holds texts of it; "
                 "compile it again",
                 path);
    free(path);
    return same;
}

// A row that is not of the data does not need the file.
const CnnArrayClass array_unchanged = {
    .open = unchanged_open, .rows = same_rows, .each = same_each, .chooses = true};
const CnnArrayClass array_each = {.rows = each_rows, .each = each_each};

// A value that is none of the table's becomes no number.
static void table_each(const Array *a, double *value, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        bool is_there = value[i] >= 0 && value[i] < 256;
        value[i] = is_there ? a->of->number[(int)value[i]] : NAN;
    }
}

static bool table_rows(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error) {
    const Array *in = a->input[0];
    if (!in->of->of->rows(in, row, n, to, error)) return false;
    table_each(a, to, n * a->values);
    return true;
}

const CnnArrayClass array_table = {.rows = table_rows, .each = table_each};

// ---- with another array: its one row, spread out to the shape of a row, or a row for each

typedef struct With {
    int64_t *at; // by value of a row: its place in the other one's row
    double *all; // the other one's row, where that is one for all
} With;

static void with_close(Array *a) {
    With *w = a->own;
    if (!w) return;
    free(w->at);
    free(w->all);
    free(w);
}

static bool with_open(Array *a, Arrays *all, CnnError *error) {
    const Array *other = a->input[1];
    With *w = a->own = calloc(1, sizeof *w);
    (void)all;
    a->each = a->of->number[1] == 0 && other->values == 1;
    if (!w) return cnn_fail(error, CNN_SYSTEM, "out of memory for the data");
    w->at = array_places(a, a->of->number + 2, 0, error);
    if (!w->at) return false;
    if (a->of->number[1] != 0) return true;
    w->all = array_rows(other, &(int64_t){0}, 1, "a step on the data", error);
    return w->all;
}

static void with_row(const Array *a, double *value, const double *other) {
    const With *w = a->own;
    EachOp op = (EachOp)a->of->number[0];
    for (int64_t i = 0; i < a->values; i++)
        value[i] = each_value(op, a->of->type, value[i], other[w->at[i]]);
}

static bool with_rows(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error) {
    const Array *in = a->input[0], *other = a->input[1];
    const With *w = a->own;
    double *more = NULL;
    if (!in->of->of->rows(in, row, n, to, error)) return false;
    if (!w->all) {
        more = array_rows(other, row, n, "a part of the data", error);
        if (!more) return false;
    }
    for (int64_t i = 0; i < n; i++)
        with_row(a, to + i * a->values, w->all ? w->all : more + i * other->values);
    free(more);
    return true;
}

// One number for all values.
static void with_each(const Array *a, double *value, int64_t n) {
    const With *w = a->own;
    EachOp op = (EachOp)a->of->number[0];
    for (int64_t i = 0; i < n; i++) value[i] = each_value(op, a->of->type, value[i], w->all[0]);
}

const CnnArrayClass array_with = {
    .open = with_open, .rows = with_rows, .each = with_each, .close = with_close, .of_rows = true};
