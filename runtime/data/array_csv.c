// SPDX-License-Identifier: 0BSD
// Columns of a table in a CSV file, in memory in the narrowest type that holds them.
#include "data/array.h"
#include "io/csv.h"
#include <math.h>
#include <stdlib.h>

typedef struct Table {
    int64_t type, values;
    union {
        void *all;
        uint8_t *u1;
        int16_t *i2;
        int32_t *i4;
        double *f8;
    };
} Table;

static int64_t narrowest(const Csv *csv, const int64_t *column, int64_t n) {
    static const int64_t types[] = {CNN_U1, CNN_I2, CNN_I4};
    double least = 0, most = 0;
    for (int64_t i = 0; i < n; i++) {
        const CsvColumn *c = &csv->column[column[i]];
        if (c->kind != CSV_INTEGERS) return CNN_F8;
        least = fmin(least, c->least);
        most = fmax(most, c->most);
    }
    for (int i = 0; i < 3; i++)
        if (least >= type_rows[types[i]].least && most <= type_rows[types[i]].most) return types[i];
    return CNN_F8;
}

static void keep_row(void *context, int64_t row, const double *value) {
    Table *t = context;
    int64_t at = row * t->values;
    for (int64_t i = 0; i < t->values; i++) switch (t->type) {
        case CNN_U1: t->u1[at + i] = (uint8_t)value[i]; break;
        case CNN_I2: t->i2[at + i] = (int16_t)value[i]; break;
        case CNN_I4: t->i4[at + i] = (int32_t)value[i]; break;
        default: t->f8[at + i] = value[i];
        }
}

static bool fill(Array *a, const Csv *csv, const int64_t *column, CnnError *error) {
    Table *t = a->own = calloc(1, sizeof *t);
    int64_t all;
    if (!t) return cnn_fail(error, CNN_SYSTEM, "out of memory for the data");
    t->type = narrowest(csv, column, a->values);
    t->values = a->values;
    if (__builtin_mul_overflow(a->rows * a->values, type_rows[t->type].bytes, &all) ||
        !(t->all = memory_raw(all)))
        return cnn_fail(error, CNN_SYSTEM, "%s: out of memory for %lld rows of %lld values",
                        csv->path, (long long)a->rows, (long long)a->values);
    return csv_read(csv, column, a->values, keep_row, t, error);
}

static bool find_columns(const Array *a, const Csv *csv, int64_t *column, CnnError *error) {
    const double *number = a->of->number;
    if (csv->rows != a->rows || (double)csv->columns != number[CSV_ALL])
        return cnn_fail(error, CNN_REFUSED,
                        "%s: has %lld rows and %lld columns, but the program is compiled for %lld "
                        "and %lld",
                        csv->path, (long long)csv->rows, (long long)csv->columns,
                        (long long)a->rows, (long long)number[CSV_ALL]);
    for (int64_t i = 0; i < a->values; i++) column[i] = (int64_t)number[CSV_COLUMNS + i];
    return true;
}

static bool csv_array_open(Array *a, Arrays *all, CnnError *error) {
    const double *number = a->of->number;
    const CsvFormat format = {.separator = (char)number[CSV_SEPARATOR],
                              .header = number[CSV_HEADER] != 0,
                              .comment = (char)number[CSV_COMMENT],
                              .skip = (int64_t)number[CSV_SKIP]};
    char *path = array_find(a->of->text[0], all->folder, error);
    int64_t *column = memory_new(a->values, sizeof *column, "the columns", error);
    Csv csv;
    bool opened = path && column && csv_open(&csv, path, &format, error);
    bool ok = opened && find_columns(a, &csv, column, error) && fill(a, &csv, column, error);
    if (opened) csv_close(&csv);
    free(path);
    free(column);
    return ok;
}

static bool csv_array_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                           CnnError *error) {
    const Table *t = a->own;
    int64_t bytes = a->values * type_rows[t->type].bytes, none;
    (void)error;
    for (int64_t i = 0; i < n; i++)
        type_read(t->type, false, (const char *)t->all + row[i] * bytes, a->values,
                  to + i * a->values, &none);
    return true;
}

static void csv_array_close(Array *a) {
    Table *t = a->own;
    if (t) free(t->all);
    free(t);
}

const CnnArrayClass array_csv = {
    .open = csv_array_open, .rows = csv_array_rows, .close = csv_array_close, .is_table = true};
