// SPDX-License-Identifier: MIT
// The names of a table's columns: df.columns, columns by name in df.loc, and other names of them.
#include "data/frame.h"
#include <stdlib.h>
#include <string.h>

// Without a header columns have numbers for names.
static Value name_value(const char *name, bool number) {
    return number ? value_integer(atoll(name)) : (Value){.kind = VALUE_STRING, .text = name};
}

static bool digits(const char *name) {
    return *name && !name[strspn(name, "0123456789")];
}

bool names_of(Eval *e, const Value *table, Value *out) {
    const Array *x = table->kind == VALUE_ARRAY ? table->array : NULL;
    const Frame *f = frame_of(table);
    *out = value_sequence(e->a, VALUE_KNOWN, 0);
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

// ------------------------------------------------------------------------------ columns by name

// The columns that the second subscript of loc takes. False: something else.
static bool taken(Eval *e, const Value *names, const Value *index, Value *out) {
    int n = value_count(names), first = 0, last = n - 1;
    *out = value_sequence(e->a, VALUE_LIST, 0);
    bool list = index->kind == VALUE_LIST || index->kind == VALUE_KNOWN;
    if (list && value_count(index) && value_at(index, 0)->kind == VALUE_BOOL) { // what is so
        for (int i = 0; i < value_count(index) && i < n; i++) {
            if (value_at(index, i)->kind != VALUE_BOOL) return false;
            if (value_at(index, i)->integer) value_append(e->a, out, *value_at(names, i));
        }
        return value_count(index) == n;
    }
    if (list) return *out = *index, true;
    if (index->kind != VALUE_SLICE || value_at(index, 2)->kind != VALUE_NONE) return false;
    if (value_at(index, 0)->kind != VALUE_NONE) first = known_place(names, value_at(index, 0));
    if (value_at(index, 1)->kind != VALUE_NONE) last = known_place(names, value_at(index, 1));
    for (int i = first; i >= 0 && i <= last; i++) value_append(e->a, out, *value_at(names, i));
    return first >= 0 && last >= 0;
}

// df.loc[:, columns], by name, the last one of a slice too; df.loc[df["a"] > 3, columns].
Value names_loc(Eval *e, const Value *table, const Value *index, Loc loc) {
    bool pair = index->kind == VALUE_TUPLE && value_count(index) == 2;
    const Value *rows = pair ? value_at(index, 0) : index;
    Value of = *table, names, keys, out;
    bool chosen = mask_is(rows), all = pair && (chosen || rows->kind == VALUE_SLICE);
    of.n = 0;
    if (chosen) of = array_subscript(e, &of, rows, loc);
    if (of.kind != VALUE_ARRAY || (chosen && !pair)) return of;
    for (int i = 0; all && !chosen && i < 3; i++) all = value_at(rows, i)->kind == VALUE_NONE;
    if (!all || !names_of(e, &of, &names)) return array_foreign_view(e, &of, "loc", loc);
    const Value *columns = value_at(index, 1);
    if (columns->kind == VALUE_STRING || columns->kind == VALUE_INT)
        keys = *columns;
    else if (!taken(e, &names, columns, &keys) || value_count(&keys) == 0)
        return array_foreign_view(e, &of, "loc", loc);
    if (!frame_of(&of)) return table_chosen(e, &of, &keys, loc);
    if (keys.kind == VALUE_STRING) return frame_subscript(e, &of, &keys, loc);
    return frame_part(e, &of, &keys, loc, &out) ? out : array_foreign_view(e, &of, "loc", loc);
}

// ------------------------------------------------------------------------------------ new names

// The same table with these names; None: they are no texts, or one comes twice.
static Value named(Eval *e, const Value *table, const Value *names, Loc loc) {
    const Value none = {.kind = VALUE_NONE};
    if (!eval_spend(e, loc, (int64_t)value_count(names) * value_count(names))) return eval_error();
    for (int i = 0; i < value_count(names); i++)
        if (value_at(names, i)->kind != VALUE_STRING || known_place(names, value_at(names, i)) != i)
            return none;
    if (!frame_of(table)) return table_named(e, table, names, loc);
    Frame f = frame_copy(e, frame_of(table));
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
    if (made.kind == VALUE_NONE && frame_of(table)) return false; // what comes of it is not known
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
    Value old, fresh = value_sequence(e->a, VALUE_KNOWN, 0);
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
