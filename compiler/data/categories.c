// SPDX-License-Identifier: MIT
// Categories: the different values of a column. Of numbers the program finds them when it runs, and the compiler how
// many they are: it reads the column's file, or knows the data set. Of texts, which a program does not read, both are
// done here, and a program that holds the result refuses another file.
#include "data/estimator.h"
#include "data/frame.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 16, MOST_COLUMNS = 256 };

const Array *array_labels_of(const Array *x) {
    for (; x->ninput; x = x->input[0]) {
        const CnnArrayClass *of = x->of->runtime;
        bool cast = of == &array_each && x->number[0] == EACH_CAST && x->type != CNN_B1;
        if (!array_of_rows(x) && of != &array_same && of != &array_join && !cast) return NULL;
    }
    return x->of->runtime == &array_dataset && x->plain.labels && x->set->classes ? x : NULL;
}

bool array_all_labels(const Array *x) {
    const Array *all = array_labels_of(x);
    return all && x->plain.holds && !x->plain.classes && x->dim[0] == all->dim[0];
}

// Its texts, whatever shape it was given.
static bool cells_of(Eval *e, const Value *column, Column *c, int64_t *rows, Loc loc) {
    Value v = *column;
    *c = (Column){.name = ""};
    while (v.kind == VALUE_ARRAY && !v.array->members && !v.array->one &&
           v.array->of->runtime == &array_same)
        v.array = v.array->input[0];
    if (v.kind != VALUE_ARRAY || (!frame_of(&v) && !texts_held(v.array))) return false;
    *rows = frame_column(e, &v, c, loc);
    return *rows > 0 && c->cell && c->texts;
}

bool categories_texts(const Value *column) {
    const Array *x = column->array;
    while (!x->members && !x->one && x->of->runtime == &array_same) x = x->input[0];
    const Frame *f = x->frame;
    return f ? f->n == 1 && !f->column->array && f->column->texts : texts_held(x);
}

static int by_value(const void *a, const void *b) {
    double l = *(const double *)a, r = *(const double *)b;
    return (l > r) - (l < r);
}

// How many different numbers there are; 0: that is not known here.
static int64_t count(Eval *e, const Array *x, Loc loc) {
    const Array *labels = array_labels_of(x);
    if (labels) return labels->set->classes;
    double *value = array_read(e, x, loc);
    int64_t n = 0;
    for (int64_t i = 0; value && i < x->dim[0]; i++)
        if (isnan(value[i])) return 0;
    if (value) qsort(value, (size_t)x->dim[0], sizeof *value, by_value);
    for (int64_t i = 0; value && i < x->dim[0]; i++) n += i == 0 || value[i] != value[i - 1];
    return n > MOST ? 0 : n;
}

bool categories_find(Eval *e, const Value *column, Categories *c, Loc loc) {
    Column texts;
    int64_t rows;
    *c = (Categories){.array.kind = VALUE_NONE};
    if (cells_of(e, column, &texts, &rows, loc)) {
        const char **sorted;
        c->n = texts_sorted(e, texts.cell, rows, &sorted);
        c->text = sorted;
        return c->n <= MOST;
    }
    const Array *from = column->array;
    if (from->members || array_count(from) != from->dim[0] || !table_of_numbers(e, from))
        return false;
    c->n = count(e, from, loc);
    if (c->n < 1) return false;
    if (array_all_labels(from)) c->labels = from->set;
    Array x = array_step(e, from, &array_categories, "its categories");
    x.one = true;
    x.rank = 1;
    x.dim[0] = c->n;
    x.numbers = ARENA_NEW(e->a, char);
    x.is_frame = false;
    x.table = NULL;
    x.set = NULL;
    c->array = array_value(e, loc, x);
    return c->array.kind == VALUE_ARRAY;
}

Value categories_list(Eval *e, const Categories *c, Loc loc) {
    Value list = value_sequence(e->a, VALUE_LIST, 0);
    if (!c->text && !c->labels) return c->array;
    if (!eval_items(e, loc, c->n)) return eval_error();
    for (int64_t i = 0; i < c->n; i++) {
        Value v = {.kind = VALUE_INT, .loc = loc, .integer = i};
        if (c->text) v = (Value){.kind = VALUE_STRING, .loc = loc, .text = c->text[i]};
        value_append(e->a, &list, v);
    }
    return list;
}

// ------------------------------------------------------------------------- what becomes of a column

static Array encoded(Eval *e, const Array *from, const Array *categories, EncodeOp op, int type) {
    Array x = array_step(e, from, &array_encoded, "by category");
    x.type = type;
    x.rank = op == ENCODE_NUMBER ? 1 : 2;
    x.dim[1] = categories->dim[0];
    x.ninput = 2;
    x.input[1] = categories;
    x.numbers = ARENA_NEW(e->a, char);
    x.is_frame = false;
    x.table = NULL;
    x.set = NULL;
    array_number(e, &x, op);
    return x;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The numbers of texts; one that is no category has the number behind the last, or was reported.
static Value text_numbers(Eval *e, const Categories *c, const Value *column, bool refuses,
                          Loc loc) {
    Column texts;
    List list = {0};
    int64_t rows;
    if (!cells_of(e, column, &texts, &rows, loc)) return array_foreign(e, column, "texts", loc);
    for (int64_t i = 0; i < rows; i++) {
        const char *const *at =
            bsearch(&texts.cell[i], c->text, (size_t)c->n, sizeof *c->text, by_text);
        if (!at && refuses) {
            diag_error(e->d, loc, 307,
                       "row %lld holds '%s', which is none of the %lld categories of the rows that "
                       "the encoder was fitted to",
                       (long long)i, texts.cell[i], (long long)c->n);
            return eval_error();
        }
        const Value number = {.kind = VALUE_INT, .integer = at ? at - c->text : c->n};
        ARENA_PUSH(e->a, list.item, list.n, number);
    }
    Value v = texts_numbers(e, &list, texts.of, CNN_I8, loc);
    if (v.kind != VALUE_ARRAY) return v;
    Array x = *v.array;
    x.is_frame = false;
    return array_value(e, loc, x);
}

static Value text_encoded(Eval *e, const Categories *c, const Value *column, EncodeOp op, int type,
                          Loc loc) {
    const Value numbers = text_numbers(e, c, column, op != ENCODE_IF_KNOWN, loc);
    if (numbers.kind != VALUE_ARRAY || op == ENCODE_NUMBER) return numbers;
    Array all = {.of = array_class(&array_constant), .source = "numbers", .steps = ""};
    all.one = true;
    all.rank = 1;
    all.dim[0] = c->n;
    all.type = CNN_I8;
    for (int64_t i = 0; i < c->n; i++) array_number(e, &all, (double)i);
    const Value categories = array_value(e, loc, all);
    if (categories.kind != VALUE_ARRAY) return categories;
    return array_value(e, loc, encoded(e, numbers.array, categories.array, op, type));
}

Value categories_encode(Eval *e, const Categories *c, const Value *column, EncodeOp op, int type,
                        Loc loc) {
    const Array *from = column->array;
    if (c->text) return text_encoded(e, c, column, op, type, loc);
    if (from->members || array_count(from) != from->dim[0])
        return array_foreign(e, column, "categories", loc);
    bool plain = c->labels && from->plain.holds && from->plain.labels && !from->plain.classes &&
                 from->set == c->labels;
    if (!plain || op == ENCODE_NUMBER)
        return array_value(e, loc, encoded(e, from, c->array.array, op, type));
    Array x = array_one_hot_rows(e, from, c->n);
    x.type = type;
    return array_value(e, loc, x);
}

int categories_columns(Eval *e, const Value *v, Value **column, Loc loc) {
    const Array *x = v->array;
    const Frame *f = x->frame;
    int n = 0;
    int64_t all = f ? f->n : x->dim[1];
    *column = NULL;
    if (all > MOST_COLUMNS || (f && f->lost)) return -1;
    Value index = value_sequence(e->a, VALUE_TUPLE, 0);
    value_append(e->a, &index, value_sequence(e->a, VALUE_SLICE, 3));
    value_append(e->a, &index, (Value){.kind = VALUE_INT});
    for (int i = 0; i < all; i++) {
        Value key = {.kind = VALUE_STRING}, one = *v;
        index.list->item[1].integer = i;
        if (f) key.text = f->column[i].name;
        if (f && !f->series)
            one = frame_subscript(e, v, &key, loc);
        else if (!f && x->is_frame && table_base(x))
            one = table_columns(e, x, &x->column[i], 1, true, loc);
        else if (!f && all > 1)
            one = array_subscript(e, v, &index, loc);
        if (one.kind != VALUE_ARRAY) return -1;
        ARENA_PUSH(e->a, *column, n, one);
    }
    return n;
}
