// SPDX-License-Identifier: MIT
// Texts in the columns of tables: names of files, labels as words. They are read when the script is compiled, and what
// the script makes of them is made then. A program that holds any of it refuses another file.
#include "data/frame.h"
#include "../runtime/data/types.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const CsvColumn *column_of(const Array *x) { // NULL: it is none of a file
    bool one = table_base(x) && x->rank == 1 && x->ncolumn == 1;
    return one ? &x->table->column[x->column[0]] : NULL;
}

bool texts_held(const Array *x) {
    const CsvColumn *c = column_of(x);
    return c && c->kind == CSV_TEXT;
}

Value texts_unchanged(Eval *e, const Value *v, const Array *of, Loc loc) {
    Array x = array_step(e, v->array, &array_unchanged, "of the file as it is");
    x.numbers = v->array->numbers;
    x.plain.bytes = v->array->plain.bytes;
    x.ntext = 1;
    x.text = table_base(of)->text;
    array_number(e, &x, of->table->sum);
    array_number(e, &x, (double)of->table->bytes);
    return array_value(e, loc, x);
}

// ---------------------------------------------------------------------------------- reading them

typedef struct Reading {
    Eval *e;
    Loc loc;
    const char **cell;
    bool known;
} Reading;

static bool keep(void *context, int64_t row, const char *text, bool missing, CnnError *error) {
    Reading *r = context;
    (void)error;
    r->known = r->known && !missing && !strpbrk(text, "\n\r") &&
               eval_spend(r->e, r->loc, 1 + (int64_t)strlen(text) / 16);
    r->cell[row] = r->known ? arena_printf(r->e->a, "%s", text) : "";
    return true;
}

// pandas makes truths of a column that holds nothing else.
static bool are_truths(const char **cell, int64_t n) {
    static const char *const words[] = {"True", "TRUE", "true", "False", "FALSE", "false"};
    for (int64_t i = 0; i < n; i++) {
        int at = 0;
        while (at < 6 && strcmp(words[at], cell[i]) != 0) at++;
        if (at == 6) return false;
    }
    for (int64_t i = 0; i < n; i++)
        cell[i] = *cell[i] == 'T' || *cell[i] == 't' ? words[0] : words[3];
    return true;
}

// The cells of a column of a file, as they stand there. False: one is missing, or they are too many.
static bool read_file(Eval *e, const Array *x, const char ***cell, Loc loc) {
    CnnError error = {0};
    Value none;
    Csv csv;
    if (!eval_items(e, loc, x->dim[0])) return false;
    const char *path = data_find(e, x->text[0], "pandas.read_csv", loc, &none);
    if (!path || !csv_open(&csv, path, &x->table->format, &error)) return false;
    Reading r = {e, loc, ARENA_ARRAY(e->a, const char *, x->dim[0] + 1), csv.rows == x->dim[0]};
    bool ok = r.known && csv_texts(&csv, x->column[0], keep, &r, &error);
    csv_close(&csv);
    *cell = r.cell;
    return ok && r.known;
}

// Those of some of its rows; *truths: pandas reads them as such. NULL: as texts, whatever they are.
static bool read_cells(Eval *e, const Array *x, const char ***cell, bool *truths, Loc loc) {
    const Array *base = table_base(x);
    const char **all;
    if (!read_file(e, base, &all, loc)) return false;
    if (truths) *truths = are_truths(all, base->dim[0]);
    const double *row = chosen_rows(e, x, base, loc);
    if (!row) return false;
    *cell = ARENA_ARRAY(e->a, const char *, x->dim[0] + 1);
    for (int64_t i = 0; i < x->dim[0]; i++) (*cell)[i] = all[(int64_t)row[i]];
    return true;
}

bool texts_read(Eval *e, const Array *x, Column *c, Loc loc) {
    const char **cell;
    bool truths;
    if (!read_cells(e, x, &cell, &truths, loc)) return false;
    c->texts = !truths;
    c->cell = cell;
    c->array = NULL;
    c->of = x;
    return true;
}

// ---------------------------------------------------------------------------------- values of a column

static Value truth_or_text(const Column *c, int64_t row) {
    const char *text = c->cell[row];
    if (c->texts) return (Value){.kind = VALUE_STRING, .text = text};
    if (*text == 'T' || *text == 'F') return (Value){.kind = VALUE_BOOL, .integer = *text == 'T'};
    if (text[strspn(text, "+-0123456789")])
        return (Value){.kind = VALUE_FLOAT, .real = strtod(text, NULL)};
    return (Value){.kind = VALUE_INT, .integer = strtoll(text, NULL, 10)};
}

// Of a column of a file that holds numbers.
static bool read_numbers(Eval *e, const Array *x, List *list, Loc loc) {
    const CsvColumn *column = column_of(x);
    const char **cell;
    if (column->missing >= 0 || !read_cells(e, x, &cell, NULL, loc)) return false;
    for (int64_t i = 0; i < x->dim[0]; i++) {
        Value v = {.kind = VALUE_INT, .integer = (int64_t)strtod(cell[i], NULL)};
        if (column->kind != CSV_INTEGERS)
            v = (Value){.kind = VALUE_FLOAT, .real = strtod(cell[i], NULL)};
        ARENA_PUSH(e->a, list->item, list->n, v);
    }
    return true;
}

// Of numbers that the script has made; false: it has not.
static bool read_made(Eval *e, const Array *x, List *list, const Array **of) {
    if (x->of->runtime == &array_unchanged) *of = x->input[0]->made_of, x = x->input[0];
    if (x->of->runtime != &array_listed) return false;
    for (int i = 0; i < x->nnumber; i++) {
        const Value v = written_number(x->type, x->number[i]);
        ARENA_PUSH(e->a, list->item, list->n, v);
    }
    return true;
}

// False: they are not known when the script is compiled. *of: the table that they come from, or NULL.
static bool read_values(Eval *e, const Value *v, List *list, const Array **of, Loc loc) {
    const Frame *f = frame_of(v);
    Column c = {0};
    *list = (List){0};
    *of = NULL;
    if (v->kind != VALUE_ARRAY || (f && (f->n != 1 || f->lost || f->rows < 0))) return false;
    const Array *x = f ? f->column[0].array : v->array;
    if (x && read_made(e, x, list, of)) return true;
    if (x && (!column_of(x) || x->dim[0] > LARGEST_SEQUENCE)) return false;
    if (x) *of = x;
    if (x && !texts_held(x)) return read_numbers(e, x, list, loc);
    if (f && !x) c = f->column[0];
    if (x && !texts_read(e, x, &c, loc)) return false;
    *of = c.of;
    int64_t rows = f ? f->rows : x->dim[0];
    for (int64_t i = 0; i < rows; i++) ARENA_PUSH(e->a, list->item, list->n, truth_or_text(&c, i));
    return true;
}

Value texts_numbers(Eval *e, const List *list, const Array *of, int type, Loc loc) {
    Array x = {.of = array_class(&array_listed), .steps = "", .rank = 1, .type = type};
    x.source = of ? arena_printf(e->a, "numbers made of '%s'", of->source) : "numbers";
    x.dim[0] = list->n;
    x.numbers = ARENA_NEW(e->a, char);
    x.is_frame = true;
    x.made_of = of;
    for (int i = 0; i < list->n; i++) array_number(e, &x, value_real(&list->item[i]));
    Value v = array_value(e, loc, x);
    return of && v.kind == VALUE_ARRAY ? texts_unchanged(e, &v, of, loc) : v;
}

// A column of these values. None: pandas makes something else of them.
static Value series_of(Eval *e, const List *list, const Array *of, Loc loc) {
    Frame f = {.n = 1, .rows = list->n, .series = true};
    f.column = ARENA_NEW(e->a, Column);
    f.column->name = "0";
    f.column->of = of;
    int texts = 0, numbers = 0, truths = 0, reals = 0;
    for (int i = 0; i < list->n; i++) {
        const Value *v = &list->item[i];
        texts += v->kind == VALUE_STRING;
        numbers += value_is_number(v) && fabs(value_real(v)) <= 0x1p53;
        truths += v->kind == VALUE_BOOL;
        reals += v->kind == VALUE_FLOAT;
    }
    if (list->n && numbers == list->n && (!truths || truths == numbers))
        return texts_numbers(e, list, of, truths ? CNN_B1 : reals ? CNN_F8 : CNN_I8, loc);
    if (!list->n || texts != list->n || !frame_cells(e, list, f.column))
        return (Value){.kind = VALUE_NONE};
    return frame_value(e, &f, loc);
}

// ------------------------------------------------------------------------------------ methods

static const char *const methods[] = {"apply", "map", "replace", "astype", NULL};

bool texts_method(const Value *v, const char *name) {
    const Frame *f = frame_of(v);
    int at = 0;
    bool column = column_of(v->array) || v->array->of->runtime == &array_listed ||
                  v->array->of->runtime == &array_unchanged;
    if (f ? !f->series : !column || !v->array->is_frame) return false;
    while (methods[at] && strcmp(methods[at], name) != 0) at++;
    return methods[at];
}

// A dict says what becomes of a value; of one that it does not have map makes a NaN.
static bool looked_up(const Value *dict, bool keeps, Value *v) {
    const Value *found = value_hashable(v) ? dict_find(dict->dict, v) : NULL;
    if (found) *v = *found;
    return found || keeps;
}

static bool called(Eval *e, const Value *function, Value *v, Loc loc) {
    const Argument arg = {.value = *v, .loc = loc};
    const Call call = {.what = "apply", .loc = loc, .n = 1, .arg = &arg};
    *v = eval_call(e, function, &call, loc);
    return v->kind == VALUE_STRING || value_is_number(v);
}

static bool as_text(Eval *e, Value *v) {
    const char *text = value_str(e->a, v);
    *v = (Value){.kind = VALUE_STRING, .text = text};
    return text;
}

bool texts_type(const Value *v) {
    const char *name = v->kind == VALUE_STRING  ? v->text
                       : v->kind == VALUE_THING ? v->thing->name
                                                : "";
    return strcmp(name, "str") == 0 || strcmp(name, "string") == 0 || strcmp(name, "object") == 0;
}

// The one that all these methods have, by whatever name; NULL: there are others.
static const Value *only_argument(const Call *call) {
    static const char *const names[] = {"func", "arg", "to_replace", "dtype"};
    const char *name = call->n == 1 ? call->arg[0].keyword : "";
    bool known = !name;
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        known |= strcmp(names[i], name) == 0;
    return known ? &call->arg[0].value : NULL;
}

bool texts_call(Eval *e, const Value *self, const char *name, const Call *call, Value *out) {
    const Value *to = only_argument(call);
    const Array *of;
    List list;
    if (!texts_method(self, name)) return false;
    bool casts = strcmp(name, "astype") == 0, replaces = strcmp(name, "replace") == 0;
    if (casts && !frame_of(self) && !(to && texts_type(to))) return false;
    *out = array_foreign(e, self, name, call->loc);
    if (!to || (casts && !texts_type(to)) || (replaces && to->kind != VALUE_DICT)) return true;
    if (!read_values(e, self, &list, &of, call->loc)) return true;
    for (int i = 0; i < list.n; i++) {
        Value *v = &list.item[i];
        bool known = casts                    ? as_text(e, v)
                     : to->kind == VALUE_DICT ? looked_up(to, replaces, v)
                                              : called(e, to, v, call->loc);
        if (v->kind == VALUE_ERROR) return *out = *v, true;
        if (!known) return true;
    }
    const Value made = series_of(e, &list, of, call->loc);
    if (made.kind != VALUE_NONE) *out = made;
    return true;
}

// df["name"] + ".png", also of two columns; df["label"] == "cat". False: it is not of texts.
bool texts_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r, Value *out) {
    const Value *side[] = {l, r};
    const Array *of = NULL, *from;
    List list[2] = {0};
    bool compares = op == OP_EQUAL || op == OP_NOT_EQUAL, texts = false;
    for (int i = 0; i < 2; i++) {
        const Frame *f = frame_of(side[i]);
        texts |= side[i]->kind == VALUE_STRING || (f && f->series) ||
                 (side[i]->kind == VALUE_ARRAY && texts_held(side[i]->array));
    }
    if (!texts || (op != OP_ADD && !compares)) return false;
    for (int i = 0; i < 2; i++) {
        if (side[i]->kind == VALUE_STRING) continue;
        if (!read_values(e, side[i], &list[i], &from, loc)) return false;
        if (from) of = from;
    }
    int n = list[0].n > list[1].n ? list[0].n : list[1].n;
    List made = {0};
    for (int i = 0; i < n; i++) {
        Value one[2];
        for (int k = 0; k < 2; k++) {
            if (side[k]->kind != VALUE_STRING && list[k].n != n) return false;
            one[k] = side[k]->kind == VALUE_STRING ? *side[k] : list[k].item[i];
            if (one[k].kind != VALUE_STRING) return false;
        }
        const Value v =
            compares ? compare(e, loc, op, &one[0], &one[1]) : arith(e, loc, op, &one[0], &one[1]);
        if (v.kind == VALUE_ERROR) return *out = v, true;
        ARENA_PUSH(e->a, made.item, made.n, v);
    }
    *out = series_of(e, &made, of, loc);
    return out->kind != VALUE_NONE;
}

Value texts_table(Eval *e, const Value *v, Loc loc) {
    const Array *x = v->array;
    Frame f = {.n = x->ncolumn, .rows = x->dim[0]};
    f.column = ARENA_ARRAY(e->a, Column, x->ncolumn);
    for (int i = 0; i < x->ncolumn; i++) {
        const Value one = table_columns(e, x, &x->column[i], 1, true, loc);
        const char **cell;
        if (one.kind != VALUE_ARRAY || !read_cells(e, one.array, &cell, NULL, loc))
            return array_foreign(e, v, "texts", loc);
        f.column[i] = (Column){.name = x->table->column[x->column[i]].name,
                               .cell = cell,
                               .texts = true,
                               .of = one.array};
    }
    return frame_value(e, &f, loc);
}

// Classes by the order of their names, as numpy's unique has them.
static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int texts_sorted(Eval *e, const char *const *cell, int64_t n, const char ***sorted) {
    const char **all = ARENA_ARRAY(e->a, const char *, n + 1);
    int different = 0;
    for (int64_t i = 0; i < n; i++) all[i] = cell[i];
    qsort(all, (size_t)n, sizeof *all, by_text);
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || strcmp(all[i], all[different - 1]) != 0) all[different++] = all[i];
    *sorted = all;
    return different;
}

Value texts_codes(Eval *e, const Value *v, Loc loc) {
    Column c = {0};
    List list = {0};
    const char **sorted;
    int64_t rows = frame_column(e, v, &c, loc);
    if (rows < 1 || !c.cell || !c.texts) return *v;
    int n = texts_sorted(e, c.cell, rows, &sorted);
    for (int64_t i = 0; i < rows; i++) {
        const char *const *at = bsearch(&c.cell[i], sorted, (size_t)n, sizeof *sorted, by_text);
        const Value code = {.kind = VALUE_INT, .integer = at - sorted};
        ARENA_PUSH(e->a, list.item, list.n, code);
    }
    return texts_numbers(e, &list, c.of, CNN_I8, loc);
}
