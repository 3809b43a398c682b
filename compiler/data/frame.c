// SPDX-License-Identifier: MIT
// Tables that a script makes of what it predicts, as pandas has them, to be written as CSV: columns of arrays, and of
// numbers and texts of its own. What pandas does with them besides is foreign. (A table of a file is an array: see
// table.c.)
#include "data/frame.h"
#include "support/text.h"
#include <string.h>

Value frame_value(Eval *e, const Frame *f, Loc loc) {
    Array x = {.of = array_class(&array_constant), .source = "a data frame", .steps = ""};
    x.members = dict_new(e->a); // it is no array itself
    x.frame = arena_copy(e->a, f, sizeof *f);
    return array_value(e, loc, x);
}

Frame frame_copy(Eval *e, const Frame *f) {
    Frame copy = *f;
    copy.column = arena_copy(e->a, f->column, (size_t)f->n * sizeof *f->column);
    return copy;
}

const Frame *frame_of(const Value *v) {
    return v->kind == VALUE_ARRAY ? v->array->frame : NULL;
}

// ------------------------------------------------------------------------------------- columns

// Numbers of one kind, or texts of one line. False: it is not known what pandas makes of them.
bool frame_cells(Eval *e, const List *list, Column *c) {
    const char **cell = ARENA_ARRAY(e->a, const char *, list->n + 1);
    ValueKind kind = list->n ? list->item[0].kind : VALUE_NONE;
    if (kind != VALUE_INT && kind != VALUE_FLOAT && kind != VALUE_STRING) return false;
    for (int i = 0; i < list->n; i++) {
        const Value *v = &list->item[i];
        if (v->kind != kind) return false;
        cell[i] = kind == VALUE_STRING ? v->text : value_str(e->a, v);
        if (!cell[i] || strpbrk(cell[i], "\n\r")) return false;
    }
    c->cell = cell;
    c->texts = kind == VALUE_STRING;
    return true;
}

static bool read_range(Eval *e, const Range *r, Column *c, Loc loc) {
    if (!eval_items(e, loc, r->n)) return false;
    const char **cell = ARENA_ARRAY(e->a, const char *, r->n + 1);
    for (int64_t i = 0; i < r->n; i++)
        cell[i] = arena_printf(e->a, "%lld", (long long)r->start + (long long)i * r->step);
    c->cell = cell;
    return true;
}

int64_t frame_column(Eval *e, const Value *given, Column *c, Loc loc) {
    const Value rows = array_as_rows(e, given), *v = &rows;
    const Frame *f = frame_of(v);
    const char *name = c->name;
    if (f) {
        if (f->n != 1 || f->lost) return -1;
        *c = f->column[0];
        if (name) c->name = name;
        return f->rows;
    }
    if (v->kind == VALUE_ARRAY) {
        const Array *x = v->array;
        bool plain = x->rank == 1 && !x->one && !x->members && !x->order && !x->flow;
        if (plain && texts_held(x)) return texts_read(e, x, c, loc) ? x->dim[0] : -1;
        c->array = x;
        return plain && !x->generator && table_of_numbers(e, x) ? x->dim[0] : -1;
    }
    if (v->kind == VALUE_RANGE) return read_range(e, v->range, c, loc) ? v->range->n : -1;
    return value_is_sequence(v) && frame_cells(e, v->list, c) ? value_count(v) : -1;
}

// Its rows have other numbers than 0, 1, ..., by which pandas puts columns together.
static bool renumbered(const Value *v) {
    const Frame *f = frame_of(v);
    const Array *x = v->array;
    if (f) return f->chosen;
    return v->kind == VALUE_ARRAY && x->is_frame && table_renumbered(x);
}

static void lose(Eval *e, Frame *f, const Value *by, Loc loc) {
    if (f->lost) return;
    f->lost = by && by->kind == VALUE_FOREIGN ? by->foreign
                                              : foreign_made(e, "pandas.DataFrame", loc).foreign;
}

// False: it is lost, or refused.
static bool put(Eval *e, Frame *f, const char *name, const Value *v, Loc loc) {
    Column c = {.name = name};
    int64_t rows = renumbered(v) ? -1 : frame_column(e, v, &c, loc);
    if (rows < 0) return lose(e, f, v, loc), false;
    if (f->rows >= 0 && rows != f->rows) {
        diag_error(e->d, loc, 307, "the column '%s' has %lld rows, but the table has %lld", c.name,
                   (long long)rows, (long long)f->rows);
        return lose(e, f, v, loc), false;
    }
    f->rows = rows;
    for (int i = 0; i < f->n; i++)
        if (strcmp(f->column[i].name, c.name) == 0) return f->column[i] = c, true;
    ARENA_PUSH(e->a, f->column, f->n, c);
    return true;
}

// A Series, which pandas prints in its own way.
static Value column_value(Eval *e, const Value *v, const Column *c, Loc loc) {
    if (!c->array) {
        Frame f = {.n = 1, .rows = v->array->frame->rows, .series = true};
        f.column = arena_copy(e->a, c, sizeof *c);
        return frame_value(e, &f, loc);
    }
    if (c->array->is_frame) return (Value){.kind = VALUE_ARRAY, .loc = loc, .array = c->array};
    Array x = array_step(e, c->array, &array_same, "a column");
    x.is_frame = true;
    x.renumbered = !v->array->frame->chosen;
    return array_value(e, loc, x);
}

// ----------------------------------------------------------------------------------- functions

static Value of_dict(Eval *e, const Dict *d, Loc loc) {
    Frame f = {.rows = -1};
    const Value *key, *item;
    for (int at = 0; dict_next(d, &at, &key, &item);)
        if (key->kind != VALUE_STRING || !put(e, &f, key->text, item, loc)) lose(e, &f, item, loc);
    return frame_value(e, &f, loc);
}

static bool read_names(const Value *v, int64_t n) {
    if (!v || v->kind == VALUE_NONE) return true;
    if (!value_is_sequence(v) || value_count(v) != n) return false;
    for (int i = 0; i < n; i++)
        if (value_at(v, i)->kind != VALUE_STRING) return false;
    return true;
}

// Its columns, each a slice of the array.
static Value of_array(Eval *e, const Value *v, const Value *names, Loc loc) {
    const Array *x = v->array;
    Frame f = {.rows = -1};
    bool named = names && names->kind != VALUE_NONE;
    Value slice = value_sequence(e->a, VALUE_SLICE, 3),
          index = value_sequence(e->a, VALUE_TUPLE, 0);
    value_append(e->a, &index, slice);
    value_append(e->a, &index, (Value){.kind = VALUE_INT});
    for (int64_t i = 0; i < (x->rank == 2 ? x->dim[1] : 1); i++) {
        index.list->item[1].integer = i;
        Value one = x->rank == 2 ? array_subscript(e, v, &index, loc) : *v;
        const char *name =
            named ? value_at(names, (int)i)->text : arena_printf(e->a, "%lld", (long long)i);
        if (!put(e, &f, name, &one, loc)) break;
    }
    return frame_value(e, &f, loc);
}

static Value run_frame(Eval *e, const Call *call) {
    static const char *const names[] = {"data", "index", "columns", "dtype", "copy"};
    enum { MOST = 4096 };
    const Value *v[5];
    if (!take(e, call, names, 0, 5, v)) return eval_error();
    const Frame none = {.rows = -1};
    bool plain = !v[1] && !v[3], empty = !v[0] || v[0]->kind == VALUE_NONE;
    if (plain && empty && !v[2]) return frame_value(e, &none, call->loc);
    if (plain && !v[2] && !empty && v[0]->kind == VALUE_DICT)
        return of_dict(e, v[0]->dict, call->loc);
    const Array *x = v[0] && v[0]->kind == VALUE_ARRAY ? v[0]->array : NULL;
    bool array = x && !x->one && !x->members && (x->rank == 1 || x->rank == 2);
    int64_t columns = array && x->rank == 2 ? x->dim[1] : 1;
    if (!plain || !array || columns > MOST || !read_names(v[2], columns))
        return foreign_made(e, "pandas.DataFrame", call->loc);
    return of_array(e, v[0], v[2], call->loc);
}

static Value run_series(Eval *e, const Call *call) {
    static const char *const names[] = {"data", "index", "dtype", "name", "copy"};
    const Value *v[5];
    Frame f = {.rows = -1, .series = true};
    if (!take(e, call, names, 1, 5, v)) return eval_error();
    bool named = v[3] && v[3]->kind == VALUE_STRING;
    if (v[1] || v[2] || (v[3] && !named) || !put(e, &f, named ? v[3]->text : "0", v[0], call->loc))
        return foreign_made(e, "pandas.Series", call->loc);
    return frame_value(e, &f, call->loc);
}

// ------------------------------------------------------------------------------ of other tables

static Value of_file(Eval *e, const Value *of, Loc loc) {
    const Value names = table_names(e, of->array);
    Frame f = {.rows = -1, .series = of->array->rank == 1};
    for (int i = 0; i < value_count(&names); i++) {
        Value one = f.series ? *of : table_chosen(e, of, value_at(&names, i), loc);
        put(e, &f, value_at(&names, i)->text, &one, loc);
    }
    return frame_value(e, &f, loc);
}

Value frame_from(Eval *e, const Value *v, Loc loc) {
    const Array *x = v->kind == VALUE_ARRAY ? v->array : NULL;
    if (!x || x->frame) return *v;
    if (x->labels) {
        const Value names = {.kind = VALUE_LIST, .list = (List *)(uintptr_t)x->labels};
        return of_array(e, v, &names, loc);
    }
    return x->is_frame && table_base(x) ? of_file(e, v, loc) : *v;
}

// False: pandas would have two of that name.
static bool add_column(Eval *e, Frame *all, const Column *c) {
    for (int i = 0; i < all->n; i++)
        if (strcmp(all->column[i].name, c->name) == 0) return false;
    ARENA_PUSH(e->a, all->column, all->n, *c);
    return true;
}

// Side by side: pd.concat([a, b], axis=1).
static Value run_concat(Eval *e, const Call *call) {
    static const char *const names[] = {"objs", "axis"};
    const Value *v[2];
    Frame all = {.rows = -1};
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    bool known = frame_of_columns(v[1]) && value_is_sequence(v[0]);
    for (int i = 0; known && i < value_count(v[0]); i++) {
        const Value one = frame_from(e, value_at(v[0], i), call->loc);
        const Frame *f = frame_of(&one);
        known = f && !f->lost && !f->chosen && f->n > 0 && (all.rows < 0 || all.rows == f->rows);
        for (int k = 0; known && k < f->n; k++) known = add_column(e, &all, &f->column[k]);
        if (known) all.rows = f->rows;
    }
    return known ? frame_value(e, &all, call->loc) : foreign_made(e, "pandas.concat", call->loc);
}

// ------------------------------------------------------------------------- what is done to one

// A file's table gets a column: it is none of a file any more.
static bool assign_to_table(Eval *e, const Value *of, const Value *key, const Value *v, Loc loc) {
    Value made = frame_from(e, of, loc);
    array_rebind(e, of->array, made);
    return frame_assign(e, &made, key, v, loc);
}

bool frame_assign(Eval *e, const Value *of, const Value *key, const Value *v, Loc loc) {
    Frame *f = of->array->frame;
    bool table =
        of->array->labels || (of->array->is_frame && table_base(of->array) && of->array->rank == 2);
    if (!f && table && key->kind == VALUE_STRING) return assign_to_table(e, of, key, v, loc);
    if (!f) return false;
    bool row = v->kind == VALUE_ARRAY && (v->array->is_frame || frame_of(v)); // has an index
    if (f->series || key->kind != VALUE_STRING || (f->chosen && row))
        lose(e, f, NULL, loc);
    else
        put(e, f, key->text, v, loc);
    return true;
}

bool frame_forget(Eval *e, const Value *of, Loc loc) {
    if (of->kind != VALUE_ARRAY || !of->array->frame) return false;
    return lose(e, of->array->frame, NULL, loc), true;
}

Value frame_subscript(Eval *e, const Value *v, const Value *key, Loc loc) {
    const Frame *f = v->array->frame;
    bool known = key->kind == VALUE_STRING && !f->series && !f->lost;
    for (int i = 0; known && i < f->n; i++)
        if (strcmp(f->column[i].name, key->text) == 0)
            return column_value(e, v, &f->column[i], loc);
    Value out;
    if (!f->lost && frame_part(e, v, key, loc, &out)) return out;
    return array_foreign(e, v, "a part", loc);
}

int64_t frame_named(Eval *e, const Value *table, const char *name, Column *c, Loc loc) {
    const Frame *f = frame_of(table);
    const Value key = {.kind = VALUE_STRING, .text = name};
    for (int i = 0; f && !f->lost && i < f->n; i++)
        if (strcmp(f->column[i].name, name) == 0) return *c = f->column[i], f->rows;
    if (f || !table->array->is_frame || !table_base(table->array) || table->array->rank != 2)
        return -1;
    const Value one = table_chosen(e, table, &key, loc);
    *c = (Column){.name = name};
    return one.kind == VALUE_ARRAY ? frame_column(e, &one, c, loc) : -1;
}

Value frame_get(Eval *e, const Value *v, const char *name, Loc loc) {
    static const char *const methods[] = {"to_csv", "copy", "to_numpy", "drop", "rename"};
    Value names;
    const Value key = {.kind = VALUE_STRING, .text = name};
    if (texts_method(v, name) || unique_method(v, name) || missing_method(name) ||
        (rows_method(name) && !frame_of(v)->lost))
        return method_bound(e, VALUE_BOUND, v, name);
    if (strcmp(name, "iloc") == 0) return *v; // rows, as v[...] takes them
    if (strcmp(name, "shape") == 0 && !frame_of(v)->series && frame_of(v)->rows >= 0) {
        Value shape = value_sequence(e->a, VALUE_TUPLE, 2);
        shape.list->item[0] = value_integer(frame_of(v)->rows);
        shape.list->item[1] = value_integer(frame_of(v)->n);
        return shape;
    }
    if (strcmp(name, "columns") == 0 && names_of(e, v, &names)) return names;
    if (strcmp(name, "loc") == 0 && names_of(e, v, &names))
        return names = *v, names.n = TABLE_LOC, names;
    if (strcmp(name, "values") == 0) return frame_rows(e, v, loc);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i], name) == 0) return method_bound(e, VALUE_BOUND, v, name);
    return frame_subscript(e, v, &key, loc);
}

// ------------------------------------------------------------------------------------- to_csv

// As csv's QUOTE_MINIMAL has it.
static const char *quoted(Eval *e, const char *cell, const char *separator) {
    const char special[] = {*separator, '"', '\r', '\n', 0};
    if (!strpbrk(cell, special)) return cell;
    char *text = arena_alloc(e->a, 2 * strlen(cell) + 3), *to = text;
    *to++ = '"';
    for (; *cell; cell++) {
        if (*cell == '"') *to++ = '"';
        *to++ = *cell;
    }
    memcpy(to, "\"", 2);
    return text;
}

// A line a cell; NULL: reported.
static const char *lines_of(Eval *e, const Column *c, int64_t rows, const char *separator,
                            Loc loc) {
    size_t size = 1;
    for (int64_t i = 0; i < rows; i++) size += 2 * strlen(c->cell[i]) + 3;
    if (!eval_spend(e, loc, (int64_t)(size / 16))) return NULL;
    char *text = arena_alloc(e->a, size), *to = text;
    for (int64_t i = 0; i < rows; i++) {
        const char *cell = c->texts ? quoted(e, c->cell[i], separator) : c->cell[i];
        size_t n = strlen(cell);
        memcpy(to, cell, n);
        to[n] = '\n';
        to += n + 1;
    }
    *to = 0;
    return text;
}

typedef struct Written {
    const char *path, *separator, *format;
    bool header, index;
} Written;

static bool read_bool(const Value *v, bool *to) {
    if (v && v->kind == VALUE_BOOL) *to = v->integer;
    return !v || v->kind == VALUE_BOOL;
}

static bool read_written(const Value **v, Written *w) {
    *w = (Written){.separator = ",", .format = "", .header = true, .index = true};
    if (!v[0] || v[0]->kind != VALUE_STRING || file_is_packed(v[0]->text)) return false;
    w->path = v[0]->text;
    if (v[1] && (v[1]->kind != VALUE_STRING || strlen(v[1]->text) != 1)) return false;
    if (v[1]) w->separator = v[1]->text;
    if (v[3] && (v[3]->kind != VALUE_STRING || !number_conversion(v[3]->text))) return false;
    if (v[3]) w->format = v[3]->text;
    return !v[2] && !v[4] && read_bool(v[5], &w->header) && read_bool(v[6], &w->index);
}

static const char *header_of(Eval *e, const Frame *f, const Written *w) {
    const char *line = w->index ? "" : NULL;
    for (int i = 0; i < f->n; i++)
        line = arena_printf(e->a, "%s%s%s", line ? line : "", line ? w->separator : "",
                            quoted(e, f->column[i].name, w->separator));
    return w->header ? arena_printf(e->a, "%s\n", line) : "";
}

// What is written depends on texts of a file: it must be the one that they were read in.
static void hold_to_file(Eval *e, Frame *f, const Array *of, Loc loc) {
    for (int i = 0; i < f->n; i++) {
        if (!f->column[i].array) continue;
        Value v = {.kind = VALUE_ARRAY, .array = f->column[i].array};
        v = texts_unchanged(e, &v, of, loc);
        if (v.kind == VALUE_ARRAY) f->column[i].array = v.array;
        return;
    }
}

static void write_frame(Eval *e, const Frame *from, const Written *w, const Sequential *of,
                        Loc loc) {
    const Frame copy = frame_copy(e, from);
    Frame *f = arena_copy(e->a, &copy, sizeof *f);
    for (int i = 0; i < f->n; i++)
        if (f->column[i].of) hold_to_file(e, f, f->column[i].of, loc);
    Statement s = {.kind = STATEMENT_PRINT, .path = w->path, .end = w->separator};
    PrintItem item = {.kind = PRINT_TEXT, .text = header_of(e, f, w)};
    ARENA_PUSH(e->a, s.item, s.nitem, item);
    for (int i = w->index ? -1 : 0; i < f->n; i++) {
        Column c = {0};
        const Range all = {0, f->rows, 1, f->rows};
        if (i < 0 && !read_range(e, &all, &c, loc)) return;
        if (i >= 0) c = f->column[i];
        if (c.array)
            item = (PrintItem){.kind = PRINT_ARRAY, .array = c.array, .text = w->format};
        else
            item = (PrintItem){.kind = PRINT_TEXT,
                               .text = lines_of(e, &c, f->rows, w->separator, loc)};
        if (!item.text) return;
        ARENA_PUSH(e->a, s.item, s.nitem, item);
    }
    statement_add(e, (Sequential *)(uintptr_t)of, loc, s);
}

static Value to_csv(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"path_or_buf", "sep",    "na_rep", "float_format",
                                        "columns",     "header", "index"};
    const Frame *f = self->array->frame;
    const Value *v[7];
    Written w;
    const Sequential *of = NULL;
    bool one = true;
    if (!take(e, call, names, 0, 7, v)) return eval_error();
    for (int i = 0; i < f->n; i++) {
        const Sequential *its = f->column[i].array ? f->column[i].array->predicted : NULL;
        one = one && (!its || !of || its == of);
        if (its) of = its;
    }
    if (f->lost) return (Value){.kind = VALUE_FOREIGN, .loc = call->loc, .foreign = f->lost};
    if (!one || !of || !read_written(v, &w) || (f->chosen && w.index))
        return array_foreign(e, self, "to_csv", call->loc);
    write_frame(e, f, &w, of, call->loc);
    return (Value){.kind = VALUE_NONE};
}

Value frame_call(Eval *e, const Value *self, const char *name, const Call *call) {
    if (rows_method(name)) return rows_call(e, self, name, call);
    if (strcmp(name, "to_csv") == 0) return to_csv(e, self, call);
    if (strcmp(name, "rename") == 0) return names_rename(e, self, call);
    if (strcmp(name, "drop") == 0) return frame_drop(e, self, call);
    if (missing_method(name)) return missing_call(e, self, name, call);
    if (strcmp(name, "to_numpy") == 0) {
        const Value rows = frame_rows(e, self, call->loc);
        return table_to_numpy(e, self, &rows, call);
    }
    const Frame copy = frame_copy(e, self->array->frame);
    return frame_value(e, &copy, call->loc);
}

const Function data_frame_functions[] = {
    {"DataFrame", "pandas", run_frame, true},
    {"Series", "pandas", run_series, true},
    {"concat", "pandas", run_concat, true},
    {0},
};
