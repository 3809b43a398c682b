// SPDX-License-Identifier: 0BSD
// Rows drawn so that each part has the classes in their shares: scikit-learn's StratifiedShuffleSplit. Of a class
// so many rows are drawn as its share of all makes, rounded down; what that leaves out goes to the largest
// remainders, of equal ones at random. Then the rows of each class are shuffled, and those of each part together.
#include "data/array.h"
#include "data/legacy.h"
#include <math.h>
#include <stdlib.h>

enum { TESTS, SEED, NTRAIN, NTEST };

typedef struct Split {
    Legacy g;
    int64_t rows, classes;
    double *label; // by row
    int64_t *member; // the rows, class by class, each in their order
    int64_t *count, *train, *test, *equal; // by class: its rows, and how many of them are drawn
    double *rest;
} Split;

static bool take_label(void *context, int64_t first, int64_t n, const double *value,
                       CnnError *error) {
    Split *s = context;
    (void)error;
    for (int64_t i = 0; i < n; i++) s->label[first + i] = value[i];
    return true;
}

typedef struct Labelled {
    double label;
    int64_t row;
} Labelled;

static int by_label(const void *a, const void *b) {
    const Labelled *x = a, *y = b;
    if (x->label != y->label) return x->label < y->label ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

static bool find_members(Split *s, CnnError *error) {
    Labelled *all = memory_new(s->rows, sizeof *all, "the labels", error);
    if (!all) return false;
    for (int64_t i = 0; i < s->rows; i++) all[i] = (Labelled){s->label[i], i};
    qsort(all, (size_t)s->rows, sizeof *all, by_label);
    for (int64_t i = 0; i < s->rows; i++) {
        if (i == 0 || all[i].label != all[i - 1].label) s->count[s->classes++] = 0;
        s->count[s->classes - 1]++;
        s->member[i] = all[i].row;
    }
    free(all);
    return true;
}

// The largest remainders get one more each; they are then no more of that.
static int64_t round_up(Split *s, int64_t add, int64_t *drawn) {
    double most = -1;
    int64_t n = 0, given = 0;
    for (int64_t c = 0; c < s->classes; c++) most = fmax(most, s->rest[c]);
    for (int64_t c = 0; c < s->classes; c++)
        if (s->rest[c] == most) s->equal[n++] = c;
    legacy_shuffle(&s->g, s->equal, n);
    for (int64_t i = 0; i < n; i++) {
        s->rest[s->equal[i]] = -1;
        if (given < add) drawn[s->equal[i]]++, given++;
    }
    return given;
}

static void share_out(Split *s, int64_t n, int64_t *drawn) {
    int64_t all = 0, add = n;
    for (int64_t c = 0; c < s->classes; c++) all += s->count[c];
    for (int64_t c = 0; c < s->classes; c++) {
        double exact = (double)s->count[c] / (double)all * (double)n;
        drawn[c] = (int64_t)floor(exact);
        s->rest[c] = exact - floor(exact);
        add -= drawn[c];
    }
    while (add > 0) add -= round_up(s, add, drawn);
}

// The rows of the part that is wanted.
static bool draw_rows(Split *s, const double *number, int64_t *train, int64_t *test,
                      CnnError *error) {
    int64_t ntrain = 0, ntest = 0, start = 0;
    legacy_seed(&s->g, (uint32_t)number[SEED]);
    share_out(s, (int64_t)number[NTRAIN], s->train);
    for (int64_t c = 0; c < s->classes; c++) s->count[c] -= s->train[c];
    share_out(s, (int64_t)number[NTEST], s->test);
    for (int64_t c = 0; c < s->classes; c++) {
        int64_t n = s->count[c] + s->train[c], *member = s->member + start;
        if (n < 2)
            return cnn_fail(error, CNN_REFUSED,
                            "the labels: stratify needs two rows of each class, "
                            "but of one there is a single one");
        legacy_shuffle(&s->g, member, n);
        for (int64_t i = 0; i < s->train[c]; i++) train[ntrain++] = member[i];
        for (int64_t i = 0; i < s->test[c]; i++) test[ntest++] = member[s->train[c] + i];
        start += n;
    }
    legacy_shuffle(&s->g, train, ntrain);
    legacy_shuffle(&s->g, test, ntest);
    return true;
}

static bool split_rows(Array *a, Split *s, CnnError *error) {
    const double *number = a->of->number;
    int64_t *train = memory_new((int64_t)number[NTRAIN], sizeof *train, "the order of rows", error);
    int64_t *test =
        train ? memory_new((int64_t)number[NTEST], sizeof *test, "the order of rows", error) : NULL;
    bool tests = number[TESTS] != 0;
    bool ok = test && draw_rows(s, number, train, test, error);
    a->own = ok ? tests ? test : train : NULL;
    free(ok && tests ? train : ok ? test : train);
    if (!ok) free(test);
    return ok;
}

static bool stratified_open(Array *a, Arrays *all, CnnError *error) {
    const Array *y = a->input[1];
    Split s = {.rows = y->rows};
    int64_t each = s.rows; // no more classes than rows
    (void)all;
    s.label = memory_new(each, sizeof *s.label, "the labels", error);
    s.member = s.label ? memory_new(5 * each, sizeof *s.member, "the labels", error) : NULL;
    s.rest = s.member ? memory_new(each, sizeof *s.rest, "the labels", error) : NULL;
    bool ok = s.rest;
    if (ok) {
        s.count = s.member + each, s.train = s.count + each;
        s.test = s.train + each, s.equal = s.test + each;
    }
    ok = ok && array_walk(y, 1, take_label, &s, error) && find_members(&s, error) &&
         split_rows(a, &s, error);
    free(s.label);
    free(s.member);
    free(s.rest);
    return ok;
}

static int64_t stratified_row(const Array *a, int64_t row) {
    return ((const int64_t *)a->own)[row];
}

static bool stratified_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                            CnnError *error) {
    return array_chosen(a, row, n, to, error, stratified_row);
}

static void stratified_close(Array *a) {
    free(a->own);
}

const CnnArrayClass array_stratified = {
    .open = stratified_open, .rows = stratified_rows, .close = stratified_close, .chooses = true};
