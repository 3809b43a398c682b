// SPDX-License-Identifier: MIT
// What the compiler finds out about labels: the different ones that there are (np.unique(y), df["a"].nunique(), set(y)),
// and a number made of them that the text needs now (y.max() + 1). Those of a data set are known; files are read.
#include "data/frame.h"
#include "../runtime/data/types.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIFFERENT = 4096 }; // more are no classes

static int by_value(const void *a, const void *b) {
    double l = *(const double *)a, r = *(const double *)b;
    return (l > r) - (l < r);
}

// In the order in which they come. False: they are too many.
static bool in_order(Eval *e, Value *out, Value v) {
    if (known_place(out, &v) >= 0) return true;
    value_append(e->a, out, v);
    return value_count(out) <= MOST_DIFFERENT;
}

static bool of_texts(Eval *e, const Column *c, int64_t rows, bool sorted, Value *out) {
    const char **all;
    int n = texts_sorted(e, c->cell, rows, &all);
    bool known = n <= MOST_DIFFERENT;
    if (!sorted) all = (const char **)(uintptr_t)c->cell;
    for (int64_t i = 0; known && i < (sorted ? n : rows); i++) {
        const Value v = {.kind = VALUE_STRING, .text = all[i]};
        known = sorted ? (value_append(e->a, out, v), true) : in_order(e, out, v);
    }
    return known;
}

static bool of_numbers(Eval *e, const Array *x, bool sorted, Loc loc, Value *out) {
    bool rows = !x->one && !x->members && !x->order && !x->flow && !x->generator && !x->counts &&
                !x->predicted && x->rank > 0 && table_of_numbers(e, x);
    double *value = rows ? array_read(e, x, loc) : NULL;
    int64_t n = array_count(x);
    if (value && sorted) qsort(value, (size_t)n, sizeof *value, by_value);
    for (int64_t i = 0; value && i < n; i++) {
        if (isnan(value[i])) return false;
        if (sorted && i && value[i] == value[i - 1]) continue;
        if (sorted && value_count(out) == MOST_DIFFERENT) return false;
        if (sorted)
            value_append(e->a, out, written_number(x->type, value[i]));
        else if (!in_order(e, out, written_number(x->type, value[i])))
            return false;
    }
    return value;
}

// As an array of their own. False: they are not known here.
static bool different(Eval *e, const Value *v, bool sorted, Loc loc, Value *out) {
    const Value rows_of = array_as_rows(e, v);
    const Array *x = rows_of.kind == VALUE_ARRAY ? rows_of.array : NULL;
    const Frame *f = frame_of(v);
    Column c = {0};
    *out = value_sequence(e->a, VALUE_KNOWN, 0);
    out->n = KNOWN_ARRAY;
    if (!x || (f && (!f->series || f->lost))) return false;
    int64_t rows = f || texts_held(x) ? frame_column(e, v, &c, loc) : 0;
    if (rows > 0 && c.cell && c.texts) return of_texts(e, &c, rows, sorted, out);
    if (f || rows) return false;
    for (int64_t i = 0; array_all_labels(x) && i < x->set->classes; i++)
        value_append(e->a, out, value_integer(i));
    return array_all_labels(x) ? sorted : of_numbers(e, x, sorted, loc, out);
}

static Value run_unique(Eval *e, const Call *call) {
    Value out;
    bool one = call->n == 1 && !call->arg[0].keyword;
    return one && different(e, &call->arg[0].value, true, call->loc, &out)
               ? out
               : foreign_made(e, "numpy.unique", call->loc);
}

Value data_classes(Eval *e, const Call *call) {
    Value list, set = {.kind = VALUE_SET, .dict = dict_new(e->a)};
    if (!different(e, &call->arg[0].value, true, call->loc, &list))
        return foreign_made(e, "set(...) of data", call->loc);
    for (int i = 0; i < value_count(&list); i++)
        dict_put(set.dict, *value_at(&list, i), (Value){.kind = VALUE_NONE});
    return set;
}

// ---- of a column of a table

bool unique_method(const Value *v, const char *name) {
    const Frame *f = frame_of(v);
    bool column = f ? f->series : v->array->is_frame && v->array->rank == 1 && !v->array->one;
    return column && (strcmp(name, "unique") == 0 || strcmp(name, "nunique") == 0);
}

Value unique_call(Eval *e, const Value *self, const char *name, const Call *call) {
    Value out;
    if (call->n || !different(e, self, false, call->loc, &out))
        return array_foreign(e, self, name, call->loc);
    return *name == 'u' ? out : value_integer(value_count(&out));
}

// ---- one number

// The array of which x is made that is the least or most of all labels of a data set; NULL: there is none.
static const Array *of_labels(const Array *x) {
    while (x->ninput == 1 && x->of->runtime != &array_reduced) x = x->input[0];
    bool bound = x->of->runtime == &array_reduced &&
                 (x->number[0] == REDUCE_LEAST || x->number[0] == REDUCE_MOST);
    return bound && x->rank == 0 && array_all_labels(x->input[0]) ? x : NULL;
}

// It is made of labels alone, which can be read.
static bool small(Eval *e, const Array *x) {
    const Sources s = array_sources(e, x);
    for (int i = 0; i < s.n; i++)
        if (s.source[i]->rank > 1 || array_count(s.source[i]) > LARGEST_SEQUENCE) return false;
    return true;
}

bool array_known(Eval *e, const Value *v, Loc loc, Value *out) {
    const Array *x = v->kind == VALUE_ARRAY ? v->array : NULL;
    if (!x || !x->one || x->rank || x->members || x->counts || x->predicted) return false;
    if (type_rows[x->type].real || !small(e, x)) return false;
    const Array *bound = of_labels(x);
    double most = bound && bound->number[0] == REDUCE_MOST ? bound->input[0]->set->classes - 1 : 0;
    const double *value = bound                    ? array_read_with(e, x, bound, most, loc)
                          : table_of_numbers(e, x) ? array_read(e, x, loc)
                                                   : NULL;
    if (value) *out = written_number(x->type, *value);
    return value;
}

const Function unique_functions[] = {{"unique", "numpy", run_unique, true}, {0}};
