// SPDX-License-Identifier: MIT
// Tables, and what pandas does to their columns. A table is an array of rows of its columns, with their names; a
// column, a Series, has rank 1.
#include "data/frame.h"
#include "support/text.h"
#include <stdlib.h>
#include <string.h>

// ---------------------------------------------------------------------------------- arrays of it

// Some columns of a table's file. series: one column, of rank 1.
static Array columns_of(Eval *e, const Array *from, const int *column, int n, bool series) {
    const Table *t = from->table;
    Array x = {.of = array_class(&array_csv), .source = from->source, .steps = "", .table = t};
    x.ntext = 1;
    x.text = from->text;
    x.rank = series ? 1 : 2;
    x.dim[0] = t->rows;
    x.dim[1] = series ? 0 : n;
    x.type = CNN_I8;
    x.ncolumn = n;
    x.column = arena_copy(e->a, column, (size_t)n * sizeof *column);
    x.is_frame = from->is_frame;
    x.numbers = ARENA_NEW(e->a, char);
    const double form[] = {t->format.separator, t->format.header, t->format.comment,
                           (double)t->format.skip, t->ncolumn};
    for (size_t i = 0; i < sizeof form / sizeof *form; i++) array_number(e, &x, form[i]);
    for (int i = 0; i < n; i++) {
        array_number(e, &x, column[i]);
        if (t->column[column[i]].kind != CSV_INTEGERS) x.type = CNN_F8;
    }
    return x;
}

bool array_of_rows(const Array *x) {
    static const CnnArrayClass *const chooses[] = {&array_slice, &array_shuffled, &array_stratified,
                                                   &array_picked, &array_where};
    bool known = false;
    for (int i = 0; i < 5 && x->of; i++) known |= x->of->runtime == chooses[i];
    return known && !x->one;
}

const Array *table_base(const Array *x) {
    while (array_of_rows(x)) x = x->input[0];
    return x->of && x->of->runtime == &array_csv ? x : NULL;
}

static bool is_table(const Array *x) {
    return table_base(x);
}

// The rows that x has of its table, of other columns of it.
static Value chosen_alike(Eval *e, const Array *x, const Array *base, const Value *made, Loc loc) {
    if (x == base || made->kind != VALUE_ARRAY) return *made;
    const Value from = chosen_alike(e, x->input[0], base, made, loc);
    if (from.kind != VALUE_ARRAY) return from;
    Array y = *from.array;
    y.of = x->of;
    y.ninput = x->ninput;
    y.input[0] = from.array;
    y.input[1] = x->input[1];
    y.dim[0] = x->dim[0];
    y.number = x->number;
    y.nnumber = x->nnumber;
    y.ntext = 0;
    y.text = NULL;
    y.steps = x->steps;
    y.renumbered = x->renumbered;
    return array_value(e, loc, y);
}

Value table_columns(Eval *e, const Array *from, const int *column, int n, bool series, Loc loc) {
    const Array *base = table_base(from);
    if (n == 0) {
        diag_error(e->d, loc, 307, "no columns are left of '%s'", from->source);
        return eval_error();
    }
    const Array of = columns_of(e, base ? base : from, column, n, series);
    const Value made = array_value(e, loc, of);
    return base ? chosen_alike(e, from, base, &made, loc) : made;
}

// The first column with a row that has no number, of all that x is made of; NULL: there is none. *of: whose it is.
static const CsvColumn *without_number(Eval *e, const Array *x, const Array **of) {
    Sources s = array_sources(e, x);
    for (int i = 0; i < s.n; i++)
        for (int k = 0; is_table(s.source[i]) && k < s.source[i]->ncolumn; k++) {
            const CsvColumn *c = &s.source[i]->table->column[s.source[i]->column[k]];
            if (c->missing >= 0 || c->text >= 0) return *of = s.source[i], c;
        }
    return NULL;
}

bool table_of_numbers(Eval *e, const Array *x) {
    return !without_number(e, x, &x);
}

bool table_check(Eval *e, const Array *x, Loc loc) {
    const CsvColumn *c = without_number(e, x, &x);
    if (!c) return true;
    bool text = c->text >= 0;
    diag_error(e->d, loc, 421,
               text ? "'%s': row %lld of the column '%s' holds a text, which is no number"
                    : "'%s': row %lld of the column '%s' has no value",
               x->source, (long long)(text ? c->text : c->missing), c->name);
    diag_help(e->d, loc, "leave the column out, or put numbers there");
    return false;
}

// ------------------------------------------------------------------------------------- columns

// The column of this name or, without names, this number; -1: there is none. Of a table those that it has.
static int find_column(const Array *x, const Value *key) {
    for (int i = 0; i < x->ncolumn; i++) {
        const char *name = x->table->column[x->column[i]].name;
        if (key->kind == VALUE_STRING && strcmp(name, key->text) == 0) return i;
        if (key->kind == VALUE_INT && !x->table->format.header && atoll(name) == key->integer)
            return i;
    }
    return -1;
}

static bool no_column(Eval *e, const Array *x, const Value *key, Loc loc) {
    const char **names = ARENA_ARRAY(e->a, const char *, x->ncolumn);
    for (int i = 0; i < x->ncolumn; i++) names[i] = x->table->column[x->column[i]].name;
    diag_error(e->d, loc, 107, "'%s' has no column %s", x->source, value_describe(e->a, key));
    const char *nearest =
        key->kind == VALUE_STRING ? text_nearest(key->text, names, x->ncolumn) : NULL;
    if (nearest) diag_help(e->d, loc, "did you mean '%s'?", nearest);
    return false;
}

// Marks the columns that a key or a list of keys names. False: reported.
static bool mark(Eval *e, const Array *x, const Value *keys, bool *marked, Loc loc) {
    bool list = value_is_sequence(keys);
    for (int i = 0; i < (list ? value_count(keys) : 1); i++) {
        const Value *key = list ? value_at(keys, i) : keys;
        int at = find_column(x, key);
        if (at < 0) return no_column(e, x, key, loc);
        marked[at] = true;
    }
    return true;
}

Value table_without(Eval *e, const Value *v, const Value *keys, Loc loc) {
    const Array *x = v->array;
    bool *marked = ARENA_ARRAY(e->a, bool, x->ncolumn);
    int n = 0, *rest = ARENA_ARRAY(e->a, int, x->ncolumn);
    if (!mark(e, x, keys, marked, loc)) return eval_error();
    for (int i = 0; i < x->ncolumn; i++)
        if (!marked[i]) rest[n++] = x->column[i];
    return table_columns(e, x, rest, n, false, loc);
}

Value table_chosen(Eval *e, const Value *v, const Value *keys, Loc loc) {
    const Array *x = v->array;
    bool list = keys->kind == VALUE_LIST || keys->kind == VALUE_KNOWN;
    int n = list ? value_count(keys) : 1, *column = ARENA_ARRAY(e->a, int, n + 1);
    for (int i = 0; i < n; i++) {
        const Value *key = list ? value_at(keys, i) : keys;
        int at = find_column(x, key);
        if (at < 0) return no_column(e, x, key, loc), eval_error();
        column[i] = x->column[at];
    }
    return table_columns(e, x, column, n, !list, loc);
}

static Value pop(Eval *e, const Value *v, const Value *key, Loc loc) {
    Value column = table_chosen(e, v, key, loc);
    if (column.kind != VALUE_ARRAY) return column;
    Value rest = table_without(e, v, key, loc);
    if (rest.kind == VALUE_ARRAY) array_rebind(e, v->array, rest);
    return rest.kind == VALUE_ARRAY ? column : rest;
}

static Value those_there(Eval *e, const Array *x, const Value *keys) {
    bool list = value_is_sequence(keys);
    Value some = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < (list ? value_count(keys) : 1); i++) {
        const Value *key = list ? value_at(keys, i) : keys;
        if (find_column(x, key) >= 0) value_append(e->a, &some, *key);
    }
    return some;
}

static Value drop(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"labels", "axis",    "index", "columns",
                                        "level",  "inplace", "errors"};
    const Value *v[7];
    if (!take(e, call, names, 0, 7, v)) return eval_error();
    const Value *keys = v[3] ? v[3] : frame_of_columns(v[1]) ? v[0] : NULL;
    if (!keys || v[2] || v[4]) return array_foreign(e, self, "drop", call->loc);
    const Value there = those_there(e, self->array, keys);
    Value rest = table_without(e, self, frame_drops_any(v[6]) ? &there : keys, call->loc);
    if (rest.kind != VALUE_ARRAY || !v[5] || v[5]->kind != VALUE_BOOL || !v[5]->integer)
        return rest;
    array_rebind(e, self->array, rest);
    return (Value){.kind = VALUE_NONE};
}

// The numbers without the names.
static Value numbers(Eval *e, const Value *v, Loc loc) {
    Array x = array_step(e, v->array, &array_same, "values");
    x.is_frame = false;
    return array_value(e, loc, x);
}

Value table_array(Eval *e, const Value *v, Loc loc) {
    if (v->kind != VALUE_ARRAY) return *v;
    const Value rows = frame_rows(e, v, loc);
    if (v->array->frame) return rows.kind == VALUE_ARRAY ? rows : *v; // texts stay a column
    return v->array->is_frame ? numbers(e, v, loc) : *v;
}

// The last step by which x's rows have other numbers than 0, 1, ...; NULL: they have these.
static const Array *numbering(const Array *x) {
    for (; x->ninput && !x->renumbered; x = x->input[0]) {
        bool first =
            x->of->runtime == &array_slice && x->number[0] == 0 && x->number[1] == 1; // df[:n]
        if (array_of_rows(x) && !first) return x;
    }
    return NULL;
}

bool table_renumbered(const Array *x) {
    return numbering(x);
}

static bool same_numbering(const Array *a, const Array *b) {
    while ((a = numbering(a)), (b = numbering(b)), a && b) {
        if (a->of != b->of || a->nnumber != b->nnumber ||
            a->input[0]->dim[0] != b->input[0]->dim[0] ||
            (a->ninput > 1 && a->input[1] != b->input[1]) ||
            (a->nnumber &&
             memcmp(a->number, b->number, (size_t)a->nnumber * sizeof *a->number) != 0))
            return false;
        a = a->input[0], b = b->input[0];
    }
    return a == b; // none
}

static bool same_columns(const Array *a, const Array *b) {
    if (!a->table || !b->table) return !a->table && !b->table;
    for (int i = 0; i < a->ncolumn && i < b->ncolumn; i++)
        if (strcmp(a->table->column[a->column[i]].name, b->table->column[b->column[i]].name) != 0)
            return false;
    return a->ncolumn == b->ncolumn;
}

bool table_aligned(const Array *a, const Array *b) {
    bool rows = !a->one && !b->one;
    bool columns = a->rank == 1 + !a->one && b->rank == 1 + !b->one;
    return (!rows || same_numbering(a, b)) && (!columns || same_columns(a, b));
}

bool table_values_part(Eval *e, const Array *x, int64_t first, int64_t n, int64_t step, bool series,
                       Loc loc, Value *out) {
    const Array *t = x->ninput ? x->input[0] : NULL;
    bool values = t && x->of->runtime == &array_same && !x->one && t->is_frame && is_table(t) &&
                  x->rank == 2 && t->rank == 2 && x->dim[1] == t->ncolumn;
    int *column = values ? ARENA_ARRAY(e->a, int, n + 1) : NULL;
    for (int64_t i = 0; values && i < n; i++) column[i] = t->column[first + i * step];
    if (values) *out = table_columns(e, t, column, (int)n, series, loc);
    if (values && out->kind == VALUE_ARRAY) *out = numbers(e, out, loc);
    return values;
}

static int64_t listed_classes(const Array *x) {
    double most = -1;
    for (int i = 0; i < x->nnumber; i++) {
        double v = x->number[i];
        if (v < 0 || v != (double)(int64_t)v) return 0;
        most = v > most ? v : most;
    }
    return most < 1 << 20 ? (int64_t)most + 1 : 0;
}

// Labels that are whole numbers in one column: one more than the largest, or 0.
int64_t table_classes(const Array *x) {
    while (x->ninput == 1 && (x->of->runtime == &array_same || x->of->runtime == &array_unchanged ||
                              (x->of->runtime == &array_each && x->number[0] == EACH_CAST)))
        x = x->input[0];
    if (x->of->runtime == &array_listed) return listed_classes(x);
    if (!is_table(x) || x->ncolumn != 1) return 0;
    const CsvColumn *c = &x->table->column[x->column[0]];
    bool whole = c->kind == CSV_INTEGERS && c->least >= 0 && c->most < 1 << 20;
    return whole ? (int64_t)c->most + 1 : 0;
}

// ------------------------------------------------------------------- attributes, methods, subscripts

Value table_names(Eval *e, const Array *x) {
    Value list = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < x->ncolumn; i++)
        value_append(e->a, &list,
                     (Value){.kind = VALUE_STRING, .text = x->table->column[x->column[i]].name});
    return list;
}

Value table_named(Eval *e, const Value *v, const Value *names, Loc loc) {
    const Array *x = v->array, *base = table_base(x);
    Table *t = arena_copy(e->a, x->table, sizeof *t);
    CsvColumn *column = arena_copy(e->a, t->column, (size_t)t->ncolumn * sizeof *column);
    Array y = base ? *base : *x;
    for (int i = 0; i < x->ncolumn; i++)
        column[x->column[i]].name = arena_printf(e->a, "%s", value_at(names, i)->text);
    t->column = column;
    y.table = t;
    const Value made = array_value(e, loc, y);
    return base ? chosen_alike(e, x, base, &made, loc) : made;
}

bool table_get(Eval *e, const Value *v, const char *name, Loc loc, Value *out) {
    static const char *const methods[] = {"to_numpy",    "drop",   "pop",  "head", "sample",
                                          "reset_index", "rename", "keys", "tail"};
    const Array *x = v->array;
    const Value key = {.kind = VALUE_STRING, .text = name};
    if (!x->is_frame) return false;
    if (strcmp(name, "values") == 0) return *out = numbers(e, v, loc), true;
    if (strcmp(name, "iloc") == 0)
        return *out = *v, out->n = TABLE_ILOC, true; // see table_subscript
    if (strcmp(name, "loc") == 0 && names_of(e, v, out)) return *out = *v, out->n = TABLE_LOC, true;
    bool method = missing_method(name);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        method |= strcmp(methods[i], name) == 0;
    if (method) return *out = method_bound(e, VALUE_BOUND, v, name), true;
    if (strcmp(name, "columns") == 0 && names_of(e, v, out)) return true;
    if (is_table(x) && x->rank == 2 && find_column(x, &key) >= 0)
        return *out = table_chosen(e, v, &key, loc), true;
    return false;
}

Value table_to_numpy(Eval *e, const Value *self, const Value *x, const Call *call) {
    static const char *const names[] = {"dtype", "copy", "na_value"};
    const Value *v[3];
    if (!take(e, call, names, 0, 3, v)) return eval_error();
    if (v[2] || x->kind != VALUE_ARRAY) return array_foreign(e, self, "to_numpy", call->loc);
    return v[0] && v[0]->kind != VALUE_NONE ? array_astype(e, x, v[0], call->loc) : *x;
}

bool table_call(Eval *e, const Value *self, const char *name, const Call *call, Value *out) {
    const Array *x = self->array;
    if (!x->is_frame) return false;
    if (strcmp(name, "to_numpy") == 0) {
        const Value rows = numbers(e, self, call->loc);
        return *out = table_to_numpy(e, self, &rows, call), true;
    }
    if (strcmp(name, "keys") == 0 && call->n == 0 && names_of(e, self, out)) return true;
    if (missing_method(name)) return *out = missing_call(e, self, name, call), true;
    if (rows_method(name)) return *out = rows_call(e, self, name, call), true;
    if (strcmp(name, "rename") == 0) return *out = names_rename(e, self, call), true;
    bool known = strcmp(name, "drop") == 0 || strcmp(name, "pop") == 0;
    if (!known) return false;
    if (!is_table(x) || x->rank != 2)
        *out = array_foreign(e, self, name, call->loc);
    else if (*name == 'd')
        *out = drop(e, self, call);
    else
        *out = call->n == 1 ? pop(e, self, &call->arg[0].value, call->loc)
                            : array_foreign(e, self, name, call->loc);
    return true;
}

// The columns that the second subscript of iloc takes; false: another one.
static bool numbered(const Value *index, const Array *x, int *column, int *n, bool *series) {
    bool list = index->kind == VALUE_LIST;
    if (index->kind == VALUE_SLICE) {
        Range r;
        if (!slice_range(index, x->ncolumn, &r) || index->list->item[2].kind != VALUE_NONE)
            return false;
        for (int64_t i = 0; i < r.n; i++) column[(*n)++] = x->column[r.start + i];
        return true;
    }
    *series = !list;
    for (int i = 0; i < (list ? value_count(index) : 1); i++) {
        const Value *one = list ? value_at(index, i) : index;
        int64_t at = value_is_int(one) ? one->integer : INT64_MIN;
        if (at < 0) at += x->ncolumn;
        if (at < 0 || at >= x->ncolumn || *n == x->ncolumn) return false;
        column[(*n)++] = x->column[at];
    }
    return true;
}

// df.iloc[rows, columns]: columns that are not taken need hold no numbers.
static bool iloc(Eval *e, const Value *v, const Value *index, Loc loc, Value *out) {
    const Array *x = v->array;
    int *column = ARENA_ARRAY(e->a, int, x->ncolumn + 1), n = 0;
    bool series = false;
    if (index->kind != VALUE_TUPLE || value_count(index) != 2) return false;
    if (!numbered(value_at(index, 1), x, column, &n, &series)) return false;
    *out = table_columns(e, x, column, n, series, loc);
    if (out->kind != VALUE_ARRAY) return true;
    const Value rows = {.kind = VALUE_ARRAY, .loc = loc, .array = out->array, .n = TABLE_ILOC};
    *out = array_subscript(e, &rows, value_at(index, 0), loc);
    if (out->kind == VALUE_ARRAY) out->n = 0;
    return true;
}

// df[...] takes columns by name.
bool table_subscript(Eval *e, const Value *v, const Value *index, Loc loc, Value *out) {
    const Array *x = v->array;
    if (!x->is_frame || !is_table(x) || x->rank != 2) return false;
    if (v->n == TABLE_ILOC) return iloc(e, v, index, loc, out);
    bool list = index->kind == VALUE_LIST || index->kind == VALUE_KNOWN;
    if (index->kind != VALUE_STRING && index->kind != VALUE_INT && !list) return false;
    return *out = table_chosen(e, v, index, loc), true;
}
