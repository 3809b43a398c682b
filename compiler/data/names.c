// SPDX-License-Identifier: MIT
// The names of a table's columns: df.columns, which goes where a list goes and is none, and new names of columns.
#include "data/frame.h"
#include "script/methods.h"
#include <stdlib.h>
#include <string.h>

// Without a header columns have numbers for names.
static Value name_value(const char *name, bool number) {
    return number ? (Value){.kind = VALUE_INT, .integer = atoll(name)}
                  : (Value){.kind = VALUE_STRING, .text = name};
}

static bool digits(const char *name) {
    return *name && !name[strspn(name, "0123456789")];
}

bool names_of(Eval *e, const Value *table, Value *out) {
    const Array *x = table->kind == VALUE_ARRAY ? table->array : NULL;
    const Frame *f = frame_of(table);
    *out = value_sequence(e->a, VALUE_NAMES, 0);
    if (f) { // whether a name of digits is a number is not known
        for (int i = 0; i < f->n; i++) {
            if (digits(f->column[i].name)) return false;
            value_append(e->a, out, name_value(f->column[i].name, false));
        }
        return !f->series && !f->lost;
    }
    if (!x || !x->is_frame || !x->table || x->rank != 2 || x->dim[1] != x->ncolumn) return false;
    for (int i = 0; i < x->ncolumn; i++) {
        const char *name = x->table->column[x->column[i]].name;
        value_append(e->a, out, name_value(name, !x->table->format.header && digits(name)));
    }
    return true;
}

// ------------------------------------------------------------------------- what the names have

static Value elsewhere(Eval *e, const char *name, Loc loc) {
    return foreign_made(e, arena_printf(e->a, "pandas.Index.%s", name), loc);
}

static Value copied(Eval *e, const Value *self, ValueKind kind) {
    Value out = value_sequence(e->a, kind, 0);
    for (int i = 0; i < value_count(self); i++) value_append(e->a, &out, *value_at(self, i));
    return out;
}

static Value run_list(Eval *e, const Value *self, const Call *call) {
    const Value *v;
    return take(e, call, NULL, 0, 0, &v) ? copied(e, self, VALUE_LIST) : eval_error();
}

static Value run_same(Eval *e, const Value *self, const Call *call) {
    return call->n ? elsewhere(e, call->what, call->loc) : *self;
}

static int place(const Value *names, const Value *key) { // -1: it is none of them
    int i = value_count(names) - 1;
    while (i >= 0 && !value_equal(value_at(names, i), key)) i--;
    return i;
}

static Value no_name(Eval *e, const Value *key, Loc loc) {
    diag_error(e->d, loc, 107, "the table has no column %s", value_describe(e->a, key));
    return eval_error();
}

// The names but those of v, one or several. strict: which must be there.
static Value without(Eval *e, const Value *self, const Value *v, bool strict, Loc loc) {
    Value out = value_sequence(e->a, VALUE_NAMES, 0), one = value_sequence(e->a, VALUE_LIST, 0);
    value_append(e->a, &one, *v);
    const Value *keys = value_is_sequence(v) ? v : &one;
    if (!eval_spend(e, loc, (int64_t)value_count(keys) * (1 + value_count(self))))
        return eval_error();
    for (int i = 0; strict && i < value_count(keys); i++)
        if (place(self, value_at(keys, i)) < 0) return no_name(e, value_at(keys, i), loc);
    for (int i = 0; i < value_count(self); i++)
        if (place(keys, value_at(self, i)) < 0) value_append(e->a, &out, *value_at(self, i));
    return out;
}

static Value run_drop(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"labels", "errors"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    return v[1] ? elsewhere(e, "drop", call->loc) : without(e, self, v[0], true, call->loc);
}

// Sorted, as pandas has it.
static Value run_difference(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"other", "sort"};
    const Call none = {.what = call->what, .loc = call->loc};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    if (v[1] || !value_is_sequence(v[0])) return elsewhere(e, "difference", call->loc);
    const Value rest = without(e, self, v[0], false, call->loc);
    if (rest.kind != VALUE_NAMES) return rest;
    return sort_list(e, &none, rest.list) ? rest : eval_error();
}

static Value run_place(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"key"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    int at = place(self, v);
    return at < 0 ? no_name(e, v, call->loc) : (Value){.kind = VALUE_INT, .integer = at};
}

const Method names_methods[] = {{"tolist", run_list},   {"to_list", run_list},
                                {"copy", run_same},     {"to_numpy", run_same},
                                {"drop", run_drop},     {"difference", run_difference},
                                {"get_loc", run_place}, {0}};

Value names_get(Eval *e, const Value *v, const char *name, Loc loc) {
    const Value n = {.kind = VALUE_INT, .integer = value_count(v)};
    Value shape = value_sequence(e->a, VALUE_TUPLE, 0);
    value_append(e->a, &shape, n);
    if (strcmp(name, "values") == 0) return *v; // an array of objects, for which the same goes
    if (strcmp(name, "size") == 0) return n;
    if (strcmp(name, "shape") == 0) return shape;
    for (const Method *m = names_methods; m->name; m++)
        if (strcmp(m->name, name) == 0) return method_bound(e, VALUE_BOUND, v, name);
    return elsewhere(e, name, loc);
}

// ------------------------------------------------------------------------------------ new names

// The same table with these names; None: they are no texts, or one comes twice.
static Value named(Eval *e, const Value *table, const Value *names, Loc loc) {
    const Value none = {.kind = VALUE_NONE};
    for (int i = 0; i < value_count(names); i++)
        if (value_at(names, i)->kind != VALUE_STRING || place(names, value_at(names, i)) != i)
            return none;
    if (!eval_spend(e, loc, (int64_t)value_count(names) * value_count(names))) return eval_error();
    if (!frame_of(table)) return table_named(e, table, names, loc);
    Frame f = *frame_of(table);
    f.column = arena_copy(e->a, f.column, (size_t)f.n * sizeof *f.column);
    for (int i = 0; i < f.n; i++) f.column[i].name = value_at(names, i)->text;
    return frame_value(e, &f, loc);
}

static void put_back(Eval *e, const Value *table, const Value *made) {
    if (frame_of(table) && frame_of(made))
        *(Frame *)(uintptr_t)frame_of(table) = *frame_of(made);
    else if (made->kind == VALUE_ARRAY)
        array_rebind(e, table->array, *made);
}

bool names_assign(Eval *e, const Value *table, const char *attribute, const Value *v, Loc loc) {
    Value old;
    if (strcmp(attribute, "columns") != 0 || !names_of(e, table, &old)) return false;
    if (!value_is_sequence(v)) return false;
    if (value_count(v) != value_count(&old)) {
        diag_error(e->d, loc, 307, "%d names for a table of %d columns", value_count(v),
                   value_count(&old));
        return true;
    }
    const Value made = named(e, table, v, loc);
    if (made.kind == VALUE_NONE)
        diag_error(e->d, loc, 410, "the names of columns that are set must be different strings");
    else
        put_back(e, table, &made);
    return true;
}

// df.rename(columns={"a": "b"}): names that are not there are passed over.
Value names_rename(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"mapper", "index", "columns", "axis", "copy", "inplace"};
    const Value *v[6];
    Value old, fresh = value_sequence(e->a, VALUE_NAMES, 0);
    if (!take(e, call, names, 0, 6, v)) return eval_error();
    bool here = v[5] && v[5]->kind == VALUE_BOOL && v[5]->integer;
    bool known = v[2] && v[2]->kind == VALUE_DICT && !v[0] && !v[1] && !v[3];
    if (!known || !names_of(e, self, &old)) return array_foreign(e, self, "rename", call->loc);
    for (int i = 0; i < value_count(&old); i++) {
        const Value *other = dict_find(v[2]->dict, value_at(&old, i));
        value_append(e->a, &fresh, other ? *other : *value_at(&old, i));
    }
    const Value made = named(e, self, &fresh, call->loc);
    if (made.kind == VALUE_NONE) return array_foreign(e, self, "rename", call->loc);
    if (!here || made.kind != VALUE_ARRAY) return made;
    put_back(e, self, &made);
    return (Value){.kind = VALUE_NONE};
}
