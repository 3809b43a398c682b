// SPDX-License-Identifier: 0BSD
// The array of an NPY file, or one of an NPZ.
#include "data/array.h"
#include "io/npy.h"
#include <stdlib.h>
#include <string.h>

enum { NAME, KEY };

static void npy_array_close(Array *a) {
    if (a->own) npy_close(a->own);
    free(a->own);
}

static bool same_shape(const CnnArray *a, const NpyHeader *h) {
    return a->rank == h->rank && a->type == h->type &&
           memcmp(a->dim, h->dim, (size_t)h->rank * sizeof *h->dim) == 0;
}

static bool npy_array_open(Array *a, Arrays *all, CnnError *error) {
    const char *const *text = a->of->text;
    Npy *npy = a->own = calloc(1, sizeof *npy);
    char *path = npy ? array_find(text[NAME], all->folder, error) : NULL;
    char seen[TEXT_SHAPE], wanted[TEXT_SHAPE];
    if (!npy) return cnn_fail(error, CNN_SYSTEM, "out of memory for the data");
    bool ok = path && npy_open(npy, path, text[KEY], false, error);
    if (ok && !same_shape(a->of, &npy->header))
        ok = cnn_fail(error, CNN_REFUSED,
                      "%s: holds %s of shape %s, but the program is compiled for %s of shape %s",
                      path, type_rows[npy->header.type].name,
                      text_shape(seen, npy->header.dim, npy->header.rank),
                      type_rows[a->of->type].name, text_shape(wanted, a->of->dim, a->of->rank));
    bool aligned = ok && (uintptr_t)npy->value % (uintptr_t)type_rows[a->of->type].bytes == 0;
    if (aligned && !npy->header.swapped) a->whole = npy->value;
    free(path);
    return ok;
}

static bool npy_array_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                           CnnError *error) {
    const Npy *npy = a->own;
    int64_t bytes = a->values * type_rows[a->of->type].bytes, at;
    for (int64_t i = 0; i < n; i++)
        if (!type_read(a->of->type, npy->header.swapped, npy->value + row[i] * bytes, a->values,
                       to + i * a->values, &at))
            return cnn_fail(error, CNN_REFUSED,
                            "%s: row %lld holds an integer beyond 2^53, which is not supported",
                            a->of->text[NAME], (long long)row[i]);
    return true;
}

const CnnArrayClass array_npy = {
    .open = npy_array_open, .rows = npy_array_rows, .close = npy_array_close};
