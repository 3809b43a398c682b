// SPDX-License-Identifier: 0BSD
// The images or the labels of a half of a data set of bytes, as an array.
#include "data/array.h"
#include "data/dataset.h"
#include <stdlib.h>

enum { HALF, LABELS };

typedef struct Half { // the images and the labels are of the same files
    Data data;
    int users;
} Half;

static bool same_half(const CnnArray *a, const CnnArray *b) {
    return a->of == b->of && a->set == b->set && a->number[HALF] == b->number[HALF];
}

static Half *find_half(const Array *a, const Arrays *all) {
    for (int i = 0; i < all->n; i++)
        if (all->array[i] != a && same_half(all->array[i]->of, a->of)) return all->array[i]->own;
    return NULL;
}

static Half *read_half(const Array *a, const Arrays *all, CnnError *error) {
    Half *half = calloc(1, sizeof *half);
    if (!half) cnn_fail(error, CNN_SYSTEM, "out of memory for the data");
    if (half &&
        data_load(&half->data, a->of->set, (int)a->of->number[HALF], all->folder, NULL, error))
        return half;
    free(half);
    return NULL;
}

static bool dataset_open(Array *a, Arrays *all, CnnError *error) {
    Half *half = find_half(a, all);
    if (!half) half = read_half(a, all, error);
    if (!half) return false;
    a->own = half;
    half->users++;
    const Idx *idx = a->of->number[LABELS] != 0 ? &half->data.label : &half->data.image;
    char seen[TEXT_SHAPE], wanted[TEXT_SHAPE];
    a->whole = idx->value;
    if (idx->dim[0] == a->rows && idx->count == a->rows * a->values) return true;
    return cnn_fail(
        error, CNN_REFUSED, "%s: its %s are of shape %s, but the program is compiled for %s",
        half->data.folder, a->of->number[LABELS] != 0 ? "labels" : "images",
        text_shape(seen, idx->dim, idx->rank), text_shape(wanted, a->of->dim, a->of->rank));
}

static bool dataset_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                         CnnError *error) {
    const Half *half = a->own;
    const uint8_t *from =
        a->of->number[LABELS] != 0 ? half->data.label.value : half->data.image.value;
    (void)error;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < a->values; k++)
            to[i * a->values + k] = from[row[i] * a->values + k];
    return true;
}

static void dataset_close(Array *a) {
    Half *half = a->own;
    if (!half || --half->users > 0) return;
    data_free(&half->data);
    free(half);
}

const CnnArrayClass array_dataset = {
    .open = dataset_open, .rows = dataset_rows, .close = dataset_close};
