// SPDX-License-Identifier: 0BSD
// The rows of input 0 where input 1, one value a row, is not 0; the numbers of the rows where input 0 is.
#include "data/array.h"
#include <assert.h>
#include <stdlib.h>

typedef struct Where {
    int64_t n, room;
    int64_t *row; // of the input
} Where;

static bool take(void *context, int64_t first, int64_t n, const double *value, CnnError *error) {
    Where *w = context;
    (void)error;
    for (int64_t i = 0; i < n; i++) {
        if (value[i] == 0) continue;
        if (w->n < w->room) w->row[w->n] = first + i;
        w->n++;
    }
    return true;
}

static bool find(Array *a, const Array *truth, CnnError *error) {
    Where w = {.room = a->of->dim[0]};
    a->own = w.row = memory_new(w.room, sizeof *w.row, "the order of rows", error);
    if (!w.row || !array_walk(truth, 1, take, &w, error)) return false; // one thread: in order
    return w.n == w.room ||
           cnn_fail(error, CNN_REFUSED,
                    "%lld rows of the data are chosen by their values, and the program was "
                    "compiled for %lld: compile it again, with these data",
                    (long long)w.n, (long long)w.room);
}

static bool where_open(Array *a, Arrays *all, CnnError *error) {
    (void)all;
    assert(a->input[1]->rows == a->input[0]->rows); // the compiler has checked it
    return find(a, a->input[1], error);
}

static bool places_open(Array *a, Arrays *all, CnnError *error) {
    (void)all;
    return find(a, a->input[0], error);
}

static bool places_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    (void)error;
    for (int64_t i = 0; i < n; i++) to[i] = (double)((const int64_t *)a->own)[row[i]];
    return true;
}

static int64_t where_row(const Array *a, int64_t row) {
    return ((const int64_t *)a->own)[row];
}

static bool where_rows(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error) {
    return array_chosen(a, row, n, to, error, where_row);
}

static void where_close(Array *a) {
    free(a->own);
}

const CnnArrayClass array_places_where = {
    .open = places_open, .rows = places_rows, .close = where_close};
const CnnArrayClass array_where = {
    .open = where_open, .rows = where_rows, .close = where_close, .chooses = true};
