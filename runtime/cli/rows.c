// SPDX-License-Identifier: 0BSD
// IDX, NPY and CSV files as rows of data. Rows of bytes that are images are prepared as images are; others must be what
// a row of the training's data is, before the script's steps.
#include "cli/predict.h"
#include "data/array.h"
#include "io/csv.h"
#include "io/npy.h"
#include "io/text.h"
#include <stdlib.h>
#include <string.h>

typedef struct Rows {
    const char *path;
    int64_t type, rank, dim[CNN_ARRAY_RANK], n, values; // rank and dim: of a row
    bool swapped;
    const uint8_t *value;
} Rows;

static bool is_image(const Inputs *in, const Rows *r) {
    int64_t channels = r->rank == 3 ? r->dim[2] : 1;
    bool bytes = r->type == CNN_U1 && in->is_image;
    return bytes && (r->rank == 2 || r->rank == 3) && channels >= 1 && channels <= 4;
}

static bool fits(const Inputs *in, const Rows *r) {
    return r->values == in->values && data_same_order(r->dim, r->rank, in->dim, in->rank);
}

static bool give_image(Inputs *in, const char *name, const Rows *r, const uint8_t *value,
                       bool alone, CnnError *error) {
    Image image = {.height = r->dim[0], .width = r->dim[1], .turned = 1};
    image.channels = r->rank == 3 ? r->dim[2] : 1;
    image.value = malloc((size_t)r->values + 1);
    if (!image.value) return cnn_fail(error, CNN_SYSTEM, "%s: out of memory", name);
    memcpy(image.value, value, (size_t)r->values);
    return inputs_image(in, name, &image, alone, error);
}

static bool give_row(Inputs *in, const Rows *r, int64_t i, bool alone, CnnError *error) {
    const uint8_t *value = r->value + i * r->values * type_rows[r->type].bytes;
    char name[TEXT_PATH];
    int64_t at;
    snprintf(name, sizeof name, "%.1000s:%lld", r->path, (long long)i);
    if (is_image(in, r)) return give_image(in, name, r, value, alone, error);
    if (!type_read(r->type, r->swapped, value, r->values, in->raw, &at))
        return cnn_fail(error, CNN_REFUSED, "%s: value %lld is an integer beyond 2^53", name,
                        (long long)at);
    return inputs_row(in, name, alone, error);
}

static bool give(Inputs *in, const Rows *r, int64_t index, CnnError *error) {
    char seen[TEXT_SHAPE], wanted[TEXT_SHAPE];
    bool ok = r->n > 0 && (fits(in, r) || is_image(in, r));
    if (!ok)
        return cnn_fail(error, CNN_REFUSED,
                        "%s: has %lld rows of %s, but a row of the training's data is %s", r->path,
                        (long long)r->n, text_shape(seen, r->dim, r->rank),
                        text_shape(wanted, in->dim, in->rank));
    if (index >= r->n)
        return cnn_fail(error, CNN_REFUSED, "%s:%lld: it has %lld samples, 0 to %lld", r->path,
                        (long long)index, (long long)r->n, (long long)r->n - 1);
    int64_t first = index == INPUT_ALL ? 0 : index, end = index == INPUT_ALL ? r->n : index + 1;
    for (int64_t i = first; ok && i < end; i++) ok = give_row(in, r, i, index != INPUT_ALL, error);
    return ok;
}

// dim: of all rows.
static Rows rows_of(const char *path, int64_t type, int64_t rank, const int64_t *dim) {
    Rows r = {.path = path, .type = type, .rank = rank ? rank - 1 : 0, .values = 1};
    if (rank) r.n = dim[0];
    for (int64_t i = 0; i < r.rank; i++) {
        r.dim[i] = dim[1 + i];
        r.values *= r.dim[i];
    }
    return r;
}

bool rows_idx(Inputs *in, const char *path, int64_t index, CnnError *error) {
    Idx idx;
    if (!idx_read(path, &idx, NULL, NULL, error)) return false;
    Rows r = rows_of(path, CNN_U1, idx.rank, idx.dim);
    r.value = idx.value;
    bool ok = give(in, &r, index, error);
    free(idx.value);
    return ok;
}

// An array of the shape of one row is that row.
bool rows_npy(Inputs *in, const char *path, int64_t index, CnnError *error) {
    Npy npy;
    if (!npy_open(&npy, path, NULL, false, error)) return false;
    const NpyHeader *h = &npy.header;
    bool one = h->count == in->values && h->rank > 0 &&
               data_same_order(h->dim, h->rank, in->dim, in->rank);
    int64_t dim[NPY_RANK + 1] = {1};
    memcpy(dim + one, h->dim, (size_t)h->rank * sizeof *h->dim);
    Rows r = rows_of(path, h->type, h->rank + one, dim);
    r.swapped = h->swapped;
    r.value = npy.value;
    bool ok = give(in, &r, index, error);
    npy_close(&npy);
    return ok;
}

// ---- CSV: a row a sample, of all columns, or of those that the script takes of a table of as many

typedef struct Table {
    Inputs *in;
    const char *path;
    int64_t index, n; // n: values of a row
    bool ok;
    CnnError *error;
} Table;

static void take_line(void *context, int64_t row, const double *value) {
    Table *t = context;
    char name[TEXT_PATH];
    if (!t->ok || (t->index != INPUT_ALL && row != t->index)) return;
    snprintf(name, sizeof name, "%.1000s:%lld", t->path, (long long)row);
    memcpy(t->in->raw, value, (size_t)t->n * sizeof *value);
    t->ok = inputs_row(t->in, name, t->index != INPUT_ALL, t->error);
}

// The first line has names where it has a value that is no number.
static bool open_table(Csv *csv, const char *path, CnnError *error) {
    const char *end = strrchr(path, '.');
    CsvFormat format = {.separator = end && !strcmp(end, ".tsv") ? '\t' : ','};
    bool names = false;
    if (!csv_open(csv, path, &format, error)) return false;
    for (int64_t i = 0; i < csv->columns; i++) names = names || csv->column[i].text == 0;
    if (!names) return true;
    csv_close(csv);
    format.header = true;
    return csv_open(csv, path, &format, error);
}

static bool find_columns(const Inputs *in, const Csv *csv, int64_t *column, CnnError *error) {
    const CnnArray *s = in->source;
    bool same = s && s->of->is_table && (double)csv->columns == s->number[CSV_ALL];
    for (int64_t i = 0; i < in->values; i++)
        column[i] = csv->columns != in->values && same ? (int64_t)s->number[CSV_COLUMNS + i] : i;
    if (same || csv->columns == in->values) return true;
    return cnn_fail(error, CNN_REFUSED,
                    "%s: has %lld columns, but a row of the training's data has %lld values",
                    csv->path, (long long)csv->columns, (long long)in->values);
}

bool rows_csv(Inputs *in, const char *path, int64_t index, CnnError *error) {
    Csv csv;
    if (!open_table(&csv, path, error)) return false;
    Table t = {in, path, index, in->values, true, error};
    int64_t *column = memory_new(in->values, sizeof *column, "the columns", error);
    bool ok = column && find_columns(in, &csv, column, error);
    if (ok && index >= csv.rows)
        ok = cnn_fail(error, CNN_REFUSED, "%s:%lld: it has %lld rows, 0 to %lld", path,
                      (long long)index, (long long)csv.rows, (long long)csv.rows - 1);
    ok = ok && csv_read(&csv, column, in->values, take_line, &t, error) && t.ok;
    free(column);
    csv_close(&csv);
    return ok;
}
