// SPDX-License-Identifier: 0BSD
// The steps of the data on a row that is not of the data: what their arrays are made of is opened once more, with
// the row in the source's place. Steps that choose rows are passed over; what is one for all rows, as a mean of
// the training's, is that of the data.
#include "data/given.h"
#include "data/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct Given {
    Arrays chain; // steps and, first, the source
    CnnArray source; // as the script's, but read from the row
    int64_t values; // of a sample
    double *x;
};

static bool given_rows(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error) {
    (void)row, (void)error;
    return array_alike(a, a->own, n, to);
}

static const CnnArrayClass source_class = {.rows = given_rows};

static Array *add(Given *g, const CnnArray *of, Array *input, Array *other, CnnError *error) {
    Array *a = array_new(&g->chain, of, error);
    if (a) a->input[0] = input, a->input[1] = other;
    return a;
}

static Array *open_chain(Given *g, Arrays *all, const CnnArray *of, CnnError *error) {
    while (of->of->chooses) of = of->input[0];
    if (!of->ninput) {
        g->source = *of;
        g->source.of = &source_class;
        return add(g, &g->source, NULL, NULL, error);
    }
    if (of->of->of_rows && of->number[1] != 0) {
        cnn_fail(
            error, CNN_REFUSED,
            "the steps of the training's data are not for one sample: they take a value for each "
            "row, or all rows together");
        return NULL;
    }
    Array *input = open_chain(g, all, of->input[0], error), *other = NULL;
    if (input && of->ninput > 1) other = array_open(all, of->input[1], error);
    if (!input || (of->ninput > 1 && !other)) return NULL;
    Array *a = add(g, of, input, other, error);
    return a && (!of->of->open || of->of->open(a, all, error)) ? a : NULL;
}

Given *given_open(Arrays *all, const CnnArray *of, CnnError *error) {
    Given *g = calloc(1, sizeof *g);
    if (!g) return cnn_fail(error, CNN_SYSTEM, "out of memory for the data"), NULL;
    Array *last = open_chain(g, all, of, error);
    g->values = last ? last->values : 0;
    g->x = last ? memory_new(g->values, sizeof *g->x, "a sample", error) : NULL;
    if (g->x) return g;
    given_close(g);
    return NULL;
}

bool given_sample(Given *g, const double *raw, float *x, CnnError *error) {
    Array *source = g->chain.array[0];
    const Array *last = g->chain.array[g->chain.n - 1];
    source->own = (void *)raw;
    bool ok = last->of->of->rows(last, &(int64_t){0}, 1, g->x, error);
    source->own = NULL;
    for (int64_t i = 0; ok && i < g->values; i++) {
        x[i] = (float)g->x[i];
        if (!isfinite(x[i]))
            ok = cnn_fail(error, CNN_REFUSED, "the steps of the data make a value %g of it",
                          (double)x[i]);
    }
    return ok;
}

void given_close(Given *g) {
    if (!g) return;
    arrays_close(&g->chain);
    free(g->x);
    free(g);
}
