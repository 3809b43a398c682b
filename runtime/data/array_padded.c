// SPDX-License-Identifier: 0BSD
// A border of one value around each row: value i of the input's row goes to the place that its indices have behind the
// border's widths.
#include "data/array.h"
#include <stdlib.h>

static bool padded_open(Array *a, Arrays *all, CnnError *error) {
    const CnnArray *of = a->of;
    double stride[CNN_ARRAY_RANK], step = 1, first = 0;
    (void)all;
    for (int64_t d = of->rank - 1; d > 0; step *= (double)of->dim[d--]) {
        stride[d - 1] = step;
        first += step * of->number[PADDED_WIDTHS + d - 1];
    }
    a->own = array_places(a->input[0], stride, first, error);
    return a->own;
}

static bool padded_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    const int64_t *at = a->own, values = a->input[0]->values;
    double *in = array_input(a, row, n, error), value = a->of->number[PADDED_VALUE];
    for (int64_t i = 0; in && i < n; i++, to += a->values) {
        for (int64_t k = 0; k < a->values; k++) to[k] = value;
        for (int64_t k = 0; k < values; k++) to[at[k]] = in[i * values + k];
    }
    free(in);
    return in;
}

static void padded_close(Array *a) {
    free(a->own);
}

const CnnArrayClass array_padded = {
    .open = padded_open, .rows = padded_rows, .close = padded_close};
