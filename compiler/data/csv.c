// SPDX-License-Identifier: MIT
// Tables of text as pandas and numpy read them.
#include "data/frame.h"
#include <string.h>
#include <zlib.h>

// ---------------------------------------------------------------------------------- reading it

// Of the file as it lies there, packed or not.
static void add_sum(Table *t, const char *path) {
    CnnError error = {0};
    Mapped file;
    if (!mapped_open(&file, path, &error)) return;
    t->sum = (uint32_t)crc32_z(crc32_z(0, NULL, 0), file.byte, (z_size_t)file.size);
    t->bytes = file.size;
    mapped_close(&file);
}

static const Table *table_new(Eval *e, const Csv *csv) {
    Table *t = ARENA_NEW(e->a, Table);
    CsvColumn *column = arena_copy(e->a, csv->column, (size_t)csv->columns * sizeof *column);
    for (int64_t i = 0; i < csv->columns; i++)
        column[i].name = arena_printf(e->a, "%s", csv->column[i].name);
    *t = (Table){
        .rows = csv->rows, .ncolumn = (int)csv->columns, .column = column, .format = csv->format};
    add_sum(t, csv->path);
    return t;
}

// All columns of a file; what: of a file that is not there.
Value table_read(Eval *e, const char *name, const CsvFormat *format, const char *what, Loc loc) {
    CnnError error = {0};
    Csv csv;
    Value foreign;
    const char *path = data_find(e, name, what, loc, &foreign);
    if (!path) return foreign;
    if (!csv_open(&csv, path, format, &error)) return data_refused(e, loc, &error);
    Array x = {.source = name, .text = arena_copy(e->a, &name, sizeof name)};
    x.table = table_new(e, &csv);
    csv_close(&csv);
    int *all = ARENA_ARRAY(e->a, int, x.table->ncolumn);
    for (int i = 0; i < x.table->ncolumn; i++) all[i] = i;
    return table_columns(e, &x, all, x.table->ncolumn, false, loc);
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
    Value t = table_read(e, v[0]->text, &f, "pandas.read_csv", call->loc);
    if (t.kind != VALUE_ARRAY) return t;
    if (!is_none(v[4]) && !rename_columns(e, &t, v[4])) return foreign;
    Value index = table_names(e, t.array);
    if (!is_none(v[5]) && v[5]->integer >= 0 && v[5]->integer < value_count(&index))
        t = table_without(e, &t, value_at(&index, (int)v[5]->integer), call->loc);
    if (t.kind == VALUE_ARRAY && !is_none(v[6])) t = table_chosen(e, &t, v[6], call->loc);
    if (t.kind == VALUE_ARRAY && !is_none(v[7]) && texts_type(v[7]))
        return texts_table(e, &t, call->loc);
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
    *v = table_columns(e, v->array, column, n, !list, loc);
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
    Value t = table_read(e, v[0]->text, &f, what, call->loc);
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
