// SPDX-License-Identifier: 0BSD
// Numbers drawn at random, as numpy's RandomState draws them: value after value, a row behind the one before. What each
// row begins with is not to be had without all that is drawn before it. So the generator passes over all rows once, and
// every few of them its state is kept, from which the rows between are drawn whenever they are asked for. A permutation
// is drawn as a whole.
#include "data/array.h"
#include "data/legacy.h"
#include <stdlib.h>

enum { BETWEEN = 2048 }; // values: a state takes as much memory as 313

typedef struct Random {
    int64_t each; // rows between two states
    Legacy *state;
    int64_t *order; // of a permutation, else NULL
} Random;

static void random_close(Array *a) {
    Random *r = a->own;
    if (r) free(r->state), free(r->order);
    free(r);
}

static void pass_over(const Array *a, Legacy *g, int64_t rows) {
    const double *number = a->of->number;
    RandomKind kind = (RandomKind)number[RANDOM_KIND];
    legacy_skip(g, kind, rows * a->values,
                kind == RANDOM_BELOW ? (uint32_t)number[RANDOM_SPAN] : 0);
}

static bool random_open(Array *a, Arrays *all, CnnError *error) {
    Random *r = a->own = calloc(1, sizeof *r);
    Legacy g;
    (void)all;
    if (!r) return cnn_fail(error, CNN_SYSTEM, "out of memory for the data");
    if (a->of->number[RANDOM_KIND] == RANDOM_ORDER) {
        r->order = legacy_permutation(a->of->number + RANDOM_STATE, a->rows);
        return r->order || cnn_fail(error, CNN_SYSTEM, "out of memory for the order of the data");
    }
    r->each = a->values < BETWEEN ? BETWEEN / a->values : 1;
    int64_t n = ceil_div(a->rows, r->each);
    r->state = memory_new(n, sizeof *r->state, "numbers drawn at random", error);
    if (!r->state) return false;
    legacy_start(&g, a->of->number + RANDOM_STATE);
    for (int64_t i = 0; i < n; i++) {
        if (i) pass_over(a, &g, r->each);
        r->state[i] = g;
    }
    return true;
}

static double draw(const double *number, Legacy *g) {
    double first = number[RANDOM_FIRST], span = number[RANDOM_SPAN];
    switch ((RandomKind)number[RANDOM_KIND]) {
    case RANDOM_NORMAL: return first + span * legacy_normal(g);
    case RANDOM_UNIFORM: return first + span * legacy_uniform(g);
    default: return first + legacy_below(g, (uint32_t)span);
    }
}

static bool random_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    const Random *r = a->own;
    Legacy g;
    (void)error;
    for (int64_t i = 0; r->order && i < n; i++) to[i] = (double)r->order[row[i]];
    for (int64_t i = 0; !r->order && i < n; i++) {
        if (i == 0 || row[i] != row[i - 1] + 1) {
            g = r->state[row[i] / r->each];
            pass_over(a, &g, row[i] % r->each);
        }
        for (int64_t k = 0; k < a->values; k++)
            *to++ = type_round(a->of->type, draw(a->of->number, &g));
    }
    return true;
}

const CnnArrayClass array_random = {
    .open = random_open, .rows = random_rows, .close = random_close};
