// SPDX-License-Identifier: MIT
// Tables: CSV files as pandas and numpy read them, and what pandas does to their columns. A table is an array of
// rows of its columns, with their names; a column, a Series, has rank 1.
#include "model/data.h"
#include "../runtime/data/find.h"
#include "../runtime/data/types.h"
#include "../runtime/io/csv.h"
#include "support/text.h"
#include <stdlib.h>
#include <string.h>

struct Table {
    int64_t rows;
    int ncolumn; // of the file
    const CsvColumn *column;
    CsvFormat format;
};

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

static Value columns_value(Eval *e, const Array *from, const int *column, int n, bool series,
                           Loc loc) {
    if (n == 0) {
        diag_error(e->d, loc, 307, "no columns are left of '%s'", from->source);
        return eval_error();
    }
    return array_value(e, loc, columns_of(e, from, column, n, series));
}

static bool is_table(const Array *x) {
    return x->table && x->of->runtime == &array_csv;
}

// Whether what is taken of a file are numbers, all of them. False: reported.
bool table_check(Eval *e, const Array *x, Loc loc) {
    for (int i = 0; i < x->ninput; i++)
        if (!table_check(e, x->input[i], loc)) return false;
    if (!is_table(x)) return true;
    for (int i = 0; i < x->ncolumn; i++) {
        const CsvColumn *c = &x->table->column[x->column[i]];
        if (c->missing < 0 && c->text < 0) continue;
        bool text = c->text >= 0;
        diag_error(e->d, loc, 421,
                   text ? "'%s': row %lld of the column '%s' holds a text, which is no number"
                        : "'%s': row %lld of the column '%s' has no value",
                   x->source, (long long)(text ? c->text : c->missing), c->name);
        diag_help(e->d, loc, "leave the column out, or put numbers there");
        return false;
    }
    return true;
}

// ---------------------------------------------------------------------------------- reading it

static Value foreign_file(Eval *e, const char *name, const char *what, Loc loc) {
    Value v = foreign_made(e, what, loc);
    ((Foreign *)(uintptr_t)v.foreign)->file = name;
    return v;
}

static const Table *table_new(Eval *e, const Csv *csv) {
    Table *t = ARENA_NEW(e->a, Table);
    CsvColumn *column = arena_copy(e->a, csv->column, (size_t)csv->columns * sizeof *column);
    for (int64_t i = 0; i < csv->columns; i++)
        column[i].name = arena_printf(e->a, "%s", csv->column[i].name);
    *t = (Table){
        .rows = csv->rows, .ncolumn = (int)csv->columns, .column = column, .format = csv->format};
    return t;
}

// All columns of a file; what: of a file that is not there.
static Value read_table(Eval *e, const char *name, const CsvFormat *format, const char *what,
                        Loc loc) {
    CnnError error = {0};
    Csv csv;
    char *path = array_find(name, e->data, &error);
    if (!path) return foreign_file(e, name, what, loc);
    bool ok = csv_open(&csv, path, format, &error);
    Array x = {.source = name, .text = arena_copy(e->a, &name, sizeof name)};
    if (ok) x.table = table_new(e, &csv), csv_close(&csv);
    free(path);
    if (!ok) {
        diag_error(e->d, loc, 420, "%s", arena_printf(e->a, "%s", error.text));
        return eval_error();
    }
    int *all = ARENA_ARRAY(e->a, int, x.table->ncolumn);
    for (int i = 0; i < x.table->ncolumn; i++) all[i] = i;
    return columns_value(e, &x, all, x.table->ncolumn, false, loc);
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
    bool list = keys->kind == VALUE_LIST || keys->kind == VALUE_TUPLE;
    for (int i = 0; i < (list ? value_count(keys) : 1); i++) {
        const Value *key = list ? value_at(keys, i) : keys;
        int at = find_column(x, key);
        if (at < 0) return no_column(e, x, key, loc);
        marked[at] = true;
    }
    return true;
}

static Value without(Eval *e, const Value *v, const Value *keys, Loc loc) {
    const Array *x = v->array;
    bool *marked = ARENA_ARRAY(e->a, bool, x->ncolumn);
    int n = 0, *rest = ARENA_ARRAY(e->a, int, x->ncolumn);
    if (!mark(e, x, keys, marked, loc)) return eval_error();
    for (int i = 0; i < x->ncolumn; i++)
        if (!marked[i]) rest[n++] = x->column[i];
    return columns_value(e, x, rest, n, false, loc);
}

static Value chosen(Eval *e, const Value *v, const Value *keys, Loc loc) {
    const Array *x = v->array;
    bool list = keys->kind == VALUE_LIST;
    int n = list ? value_count(keys) : 1, *column = ARENA_ARRAY(e->a, int, n + 1);
    for (int i = 0; i < n; i++) {
        const Value *key = list ? value_at(keys, i) : keys;
        int at = find_column(x, key);
        if (at < 0) return no_column(e, x, key, loc), eval_error();
        column[i] = x->column[at];
    }
    return columns_value(e, x, column, n, !list, loc);
}

// The names that stand for a table stand for another one: it was changed in place.
static void rebind(Eval *e, const Array *from, Value to) {
    for (Scope *s = e->scope; s; s = s->outer) {
        int n;
        const char *const *names = map_keys(s->names, &n);
        for (int i = 0; i < n; i++) {
            Value *v = map_get(s->names, names[i]);
            if (v && v->kind == VALUE_ARRAY && v->array == from) *v = to;
        }
    }
}

static Value pop(Eval *e, const Value *v, const Value *key, Loc loc) {
    Value column = chosen(e, v, key, loc);
    if (column.kind != VALUE_ARRAY) return column;
    Value rest = without(e, v, key, loc);
    if (rest.kind == VALUE_ARRAY) rebind(e, v->array, rest);
    return rest.kind == VALUE_ARRAY ? column : rest;
}

static Value drop(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"labels", "axis", "index", "columns", "level", "inplace"};
    const Value *v[6];
    if (!take(e, call, names, 0, 6, v)) return eval_error();
    bool columns = v[1] && (v[1]->kind == VALUE_INT
                                ? v[1]->integer == 1
                                : v[1]->kind == VALUE_STRING && strcmp(v[1]->text, "columns") == 0);
    const Value *keys = v[3] ? v[3] : columns ? v[0] : NULL;
    if (!keys || v[2] || v[4]) return array_foreign(e, self, "drop", call->loc);
    Value rest = without(e, self, keys, call->loc);
    if (rest.kind != VALUE_ARRAY || !v[5] || v[5]->kind != VALUE_BOOL || !v[5]->integer)
        return rest;
    rebind(e, self->array, rest);
    return (Value){.kind = VALUE_NONE};
}

// The numbers without the names.
static Value numbers(Eval *e, const Value *v, Loc loc) {
    Array x = array_step(e, v->array, &array_same, "values");
    x.is_frame = false;
    return array_value(e, loc, x);
}

// Labels that are whole numbers in one column: one more than the largest, or 0.
int64_t table_classes(const Array *x) {
    while (x->ninput == 1 && (x->of->runtime == &array_same ||
                              (x->of->runtime == &array_each && x->number[0] == EACH_CAST)))
        x = x->input[0];
    if (!is_table(x) || x->ncolumn != 1) return 0;
    const CsvColumn *c = &x->table->column[x->column[0]];
    bool whole = c->kind == CSV_INTEGERS && c->least >= 0 && c->most < 1 << 20;
    return whole ? (int64_t)c->most + 1 : 0;
}

// ------------------------------------------------------------------- attributes, methods, subscripts

static Value bound(Eval *e, const Value *v, const char *name) {
    Bound *b = ARENA_NEW(e->a, Bound);
    *b = (Bound){*v, name};
    return (Value){.kind = VALUE_BOUND, .bound = b};
}

static Value column_names(Eval *e, const Array *x) {
    Value list = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < x->ncolumn; i++)
        value_append(e->a, &list,
                     (Value){.kind = VALUE_STRING, .text = x->table->column[x->column[i]].name});
    return list;
}

bool table_get(Eval *e, const Value *v, const char *name, Loc loc, Value *out) {
    static const char *const methods[] = {"to_numpy", "drop", "pop"};
    const Array *x = v->array;
    const Value key = {.kind = VALUE_STRING, .text = name};
    if (!x->is_frame) return false;
    if (strcmp(name, "values") == 0) return *out = numbers(e, v, loc), true;
    if (strcmp(name, "iloc") == 0) return *out = *v, out->n = 1, true; // see table_subscript
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i], name) == 0) return *out = bound(e, v, name), true;
    if (strcmp(name, "columns") == 0 && is_table(x)) return *out = column_names(e, x), true;
    if (is_table(x) && x->rank == 2 && find_column(x, &key) >= 0)
        return *out = chosen(e, v, &key, loc), true;
    return false;
}

bool table_call(Eval *e, const Value *self, const char *name, const Call *call, Value *out) {
    const Array *x = self->array;
    if (!x->is_frame) return false;
    if (strcmp(name, "to_numpy") == 0 && call->n == 0)
        return *out = numbers(e, self, call->loc), true;
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
    Range r = {0, x->ncolumn, 1, x->ncolumn};
    if (index->kind == VALUE_SLICE) {
        const Value *part = index->list->item;
        int64_t at[2] = {0, x->ncolumn};
        for (int i = 0; i < 2; i++) {
            if (part[i].kind == VALUE_NONE) continue;
            if (!value_is_int(&part[i])) return false;
            at[i] = part[i].integer < 0 ? part[i].integer + x->ncolumn : part[i].integer;
            at[i] = at[i] < 0 ? 0 : at[i] > x->ncolumn ? x->ncolumn : at[i];
        }
        if (part[2].kind != VALUE_NONE) return false;
        r.start = at[0], r.n = at[1] > at[0] ? at[1] - at[0] : 0;
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
    *out = columns_value(e, x, column, n, series, loc);
    if (out->kind == VALUE_ARRAY) *out = array_subscript(e, out, value_at(index, 0), loc);
    return true;
}

// df[...] takes columns by name.
bool table_subscript(Eval *e, const Value *v, const Value *index, Loc loc, Value *out) {
    const Array *x = v->array;
    if (!x->is_frame || !is_table(x) || x->rank != 2) return false;
    if (v->n == 1) return iloc(e, v, index, loc, out);
    if (index->kind != VALUE_STRING && index->kind != VALUE_INT && index->kind != VALUE_LIST)
        return false;
    return *out = chosen(e, v, index, loc), true;
}

// ----------------------------------------------------------------------------------- functions

// One character, or blanks by a pattern; false: another separator.
static bool read_separator(const Value *v, char *separator) {
    static const char *const blanks[] = {"\\s+", "\\t+", " +", "[ \\t]+"};
    if (!v || v->kind == VALUE_NONE) return true;
    if (v->kind != VALUE_STRING) return false;
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
        if (strcmp(v->text, blanks[i]) == 0) return *separator = 0, true;
    *separator = *v->text;
    return strlen(v->text) == 1;
}

static bool read_count(const Value *v, int64_t *n) {
    if (!v || v->kind == VALUE_NONE) return true;
    return value_is_int(v) && v->integer >= 0 && (*n = v->integer, true);
}

static bool is_none(const Value *v) {
    return !v || v->kind == VALUE_NONE;
}

// header=: "infer" and 0 take the first line for names, None does not; other lines are not known here.
static bool read_header(const Value *v, bool named, bool *header) {
    *header = !named;
    if (!v || (v->kind == VALUE_STRING && strcmp(v->text, "infer") == 0)) return true;
    *header = v->kind == VALUE_INT;
    return v->kind == VALUE_NONE || (v->kind == VALUE_INT && v->integer == 0);
}

// names=[...]: false: not as many as there are columns.
static bool rename_columns(Eval *e, Value *v, const Value *names) {
    Table *t = arena_copy(e->a, v->array->table, sizeof *t);
    if (!value_is_sequence(names) || value_count(names) != t->ncolumn) return false;
    CsvColumn *column = arena_copy(e->a, t->column, (size_t)t->ncolumn * sizeof *column);
    for (int i = 0; i < t->ncolumn; i++) {
        const Value *name = value_at(names, i);
        if (name->kind != VALUE_STRING) return false;
        column[i].name = arena_printf(e->a, "%s", name->text);
    }
    t->column = column;
    ((Array *)(uintptr_t)v->array)->table = t;
    return true;
}

static Value as_frame(const Value *v) {
    Value out = *v;
    if (v->kind == VALUE_ARRAY) ((Array *)(uintptr_t)v->array)->is_frame = true;
    return out;
}

static Value run_read_csv(Eval *e, const Call *call) {
    static const char *const names[] = {"filepath_or_buffer",
                                        "sep",
                                        "delimiter",
                                        "header",
                                        "names",
                                        "index_col",
                                        "usecols",
                                        "dtype",
                                        "engine",
                                        "skiprows",
                                        "nrows",
                                        "na_values",
                                        "encoding",
                                        "low_memory",
                                        "comment"};
    const Value *v[15];
    CsvFormat f = {.separator = ',', .header = true};
    if (!take(e, call, names, 1, 15, v)) return eval_error();
    const Value foreign = foreign_made(e, "pandas.read_csv", call->loc);
    bool known = v[0]->kind == VALUE_STRING && read_separator(v[1], &f.separator) &&
                 read_separator(v[2], &f.separator) && is_none(v[10]) && is_none(v[11]) &&
                 is_none(v[14]) && read_header(v[3], !is_none(v[4]), &f.header) &&
                 read_count(v[9], &f.skip) && (is_none(v[5]) || value_is_int(v[5]));
    if (!known) return foreign;
    Value t = read_table(e, v[0]->text, &f, "pandas.read_csv", call->loc);
    if (t.kind != VALUE_ARRAY) return t;
    if (!is_none(v[4]) && !rename_columns(e, &t, v[4])) return foreign;
    Value index = column_names(e, t.array);
    if (!is_none(v[5]) && v[5]->integer >= 0 && v[5]->integer < value_count(&index))
        t = without(e, &t, value_at(&index, (int)v[5]->integer), call->loc);
    if (t.kind == VALUE_ARRAY && !is_none(v[6])) t = chosen(e, &t, v[6], call->loc);
    if (t.kind == VALUE_ARRAY && !is_none(v[7])) t = array_astype(e, &t, v[7], call->loc);
    return as_frame(&t);
}

// usecols=: numbers of columns.
static bool keep_columns(Eval *e, Value *v, const Value *which, Loc loc) {
    bool list = value_is_sequence(which);
    int n = list ? value_count(which) : 1, *column = ARENA_ARRAY(e->a, int, n + 1);
    for (int i = 0; i < n; i++) {
        const Value *one = list ? value_at(which, i) : which;
        int64_t at = value_is_int(one) ? one->integer : -1;
        if (at < 0 || at >= v->array->ncolumn) return false;
        column[i] = v->array->column[at];
    }
    *v = columns_value(e, v->array, column, n, !list, loc);
    return true;
}

// numpy's loadtxt and genfromtxt: numbers alone, float64 unless told otherwise.
static Value read_text(Eval *e, const Call *call, const char *skip_name) {
    const char *const names[] = {"fname", "dtype", "comments", "delimiter", skip_name, "usecols"};
    const Value *v[6];
    const Value real = {.kind = VALUE_STRING, .text = "float64"};
    CsvFormat f = {.comment = '#'};
    if (!take(e, call, names, 1, 6, v)) return eval_error();
    const char *what = arena_printf(e->a, "numpy.%s", call->what);
    bool known = v[0]->kind == VALUE_STRING && is_none(v[2]) &&
                 read_separator(v[3], &f.separator) && read_count(v[4], &f.skip);
    if (!known) return foreign_made(e, what, call->loc);
    Value t = read_table(e, v[0]->text, &f, what, call->loc);
    if (t.kind != VALUE_ARRAY) return t;
    if (!is_none(v[5]) && !keep_columns(e, &t, v[5], call->loc))
        return foreign_made(e, what, call->loc);
    if (t.kind != VALUE_ARRAY) return t;
    if (t.array->ncolumn == 1 && t.array->rank == 2) t = array_squeeze(e, &t, call->loc);
    return array_astype(e, &t, is_none(v[1]) ? &real : v[1], call->loc);
}

static Value run_loadtxt(Eval *e, const Call *call) {
    return read_text(e, call, "skiprows");
}
static Value run_genfromtxt(Eval *e, const Call *call) {
    return read_text(e, call, "skip_header");
}

const Function data_table_functions[] = {
    {"read_csv", "pandas", run_read_csv},
    {"loadtxt", "numpy", run_loadtxt},
    {"genfromtxt", "numpy", run_genfromtxt},
    {0},
};
