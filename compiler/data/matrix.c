// SPDX-License-Identifier: MIT
// Tables that a script makes, as rows of the numbers in their columns.
#include "data/frame.h"
#include <string.h>

enum { MOST_COLUMNS = 256 };

// The array whose columns these are, all of them in their order; NULL: there is none.
static const Array *made_of(const Frame *f) {
    const Array *all = NULL;
    for (int i = 0; i < f->n; i++) {
        const Array *x = f->column[i].array;
        if (!x || x->of->runtime != &array_view || x->rank != 1 || x->number[0] != i) return NULL;
        if (i && x->input[0] != all) return NULL;
        all = x->input[0];
    }
    return all && all->rank == 2 && all->dim[1] == f->n && all->dim[0] == f->rows ? all : NULL;
}

static Value numbers_alone(Eval *e, const Value *v, Loc loc) {
    if (v->kind != VALUE_ARRAY) return *v;
    Array x = *v->array;
    x.is_frame = false;
    x.numbers = ARENA_NEW(e->a, char);
    return array_value(e, loc, x);
}

Value frame_rows(Eval *e, const Value *v, Loc loc) {
    const Frame *f = frame_of(v);
    if (!f) return *v;
    if (f->lost) return (Value){.kind = VALUE_FOREIGN, .loc = loc, .foreign = f->lost};
    Value all = {.kind = VALUE_ARRAY, .loc = loc, .array = made_of(f)};
    if (all.array) return numbers_alone(e, &all, loc);
    if (f->n < 1 || f->n > MOST_COLUMNS) return array_foreign(e, v, "rows", loc);
    for (int i = 0; i < f->n && all.kind == VALUE_ARRAY; i++) {
        Value one = {.kind = VALUE_ARRAY, .loc = loc, .array = f->column[i].array};
        if (!one.array) return array_foreign(e, v, "texts", loc);
        if (!f->series) one = array_expand(e, &one, 1, loc);
        if (one.kind != VALUE_ARRAY) return one;
        all = i ? array_beside_two(e, &all, &one, loc) : one;
    }
    return numbers_alone(e, &all, loc);
}

// ------------------------------------------------------------------------------ fewer columns

static bool names(const Value *keys, const char *name) {
    bool list = value_is_sequence(keys);
    for (int i = 0; i < (list ? value_count(keys) : 1); i++) {
        const Value *key = list ? value_at(keys, i) : keys;
        if (key->kind == VALUE_STRING && strcmp(key->text, name) == 0) return true;
    }
    return false;
}

// Whether all that is named is there; false: reported.
static bool all_there(Eval *e, const Frame *f, const Value *keys, Loc loc) {
    bool list = value_is_sequence(keys);
    for (int i = 0; i < (list ? value_count(keys) : 1); i++) {
        const Value *key = list ? value_at(keys, i) : keys;
        int at = 0;
        while (at < f->n && !(key->kind == VALUE_STRING && !strcmp(f->column[at].name, key->text)))
            at++;
        if (at < f->n) continue;
        diag_error(e->d, loc, 107, "the table has no column %s", value_describe(e->a, key));
        return false;
    }
    return true;
}

bool frame_of_columns(const Value *axis) {
    if (!axis) return false;
    return axis->kind == VALUE_STRING ? strcmp(axis->text, "columns") == 0
                                      : value_is_int(axis) && axis->integer == 1;
}

bool frame_drops_any(const Value *errors) {
    return errors && errors->kind == VALUE_STRING && strcmp(errors->text, "ignore") == 0;
}

// df.drop(columns=["a"]), df.drop("a", axis=1)
Value frame_drop(Eval *e, const Value *self, const Call *call) {
    static const char *const argument[] = {"labels", "axis",    "index", "columns",
                                           "level",  "inplace", "errors"};
    const Frame *f = frame_of(self);
    const Value *v[7];
    if (!take(e, call, argument, 0, 7, v)) return eval_error();
    const Value *keys = v[3] ? v[3] : frame_of_columns(v[1]) ? v[0] : NULL;
    bool here = v[5] && v[5]->kind == VALUE_BOOL && v[5]->integer, any = frame_drops_any(v[6]);
    if (!keys || v[2] || v[4] || f->series || f->lost)
        return array_foreign(e, self, "drop", call->loc);
    if (!any && !all_there(e, f, keys, call->loc)) return eval_error();
    Frame rest = *f;
    rest.n = 0, rest.column = NULL;
    for (int i = 0; i < f->n; i++)
        if (!names(keys, f->column[i].name)) ARENA_PUSH(e->a, rest.column, rest.n, f->column[i]);
    if (!here) return frame_value(e, &rest, call->loc);
    *(Frame *)(uintptr_t)f = rest;
    return (Value){.kind = VALUE_NONE};
}
