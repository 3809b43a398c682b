// SPDX-License-Identifier: 0BSD
// IDX and NPY files as rows of data. Rows of bytes that are images are prepared as images are; others must be what a
// row of the training's data is, before the script's steps.
#include "cli/predict.h"
#include "data/types.h"
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
    bool bytes = r->type == CNN_U1 && in->type == CNN_U1 && in->is_image;
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
