// SPDX-License-Identifier: MIT
// Arrays and Indexes whose few values are known when the script is compiled: the names of a table's columns, the
// different labels that there are. They go where a list goes, and have methods of their own; what numpy and pandas do to
// each of the values is foreign.
#include "data/data.h"
#include "script/methods.h"
#include <string.h>

Value known_foreign(Eval *e, const Value *v, const char *name, Loc loc) {
    const char *of = v->n == KNOWN_ARRAY ? "numpy.ndarray" : "pandas.Index";
    return foreign_made(e, *name ? arena_printf(e->a, "%s.%s", of, name) : of, loc);
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
    return call->n ? known_foreign(e, self, call->what, call->loc) : *self;
}

int known_place(const Value *list, const Value *key) {
    int i = value_count(list) - 1;
    while (i >= 0 && !value_equal(value_at(list, i), key)) i--;
    return i;
}

static Value no_name(Eval *e, const Value *key, Loc loc) {
    diag_error(e->d, loc, 107, "the table has no column %s", value_describe(e->a, key));
    return eval_error();
}

// The names but those of v, one or several. strict: which must be there.
static Value without(Eval *e, const Value *self, const Value *v, bool strict, Loc loc) {
    Value out = value_sequence(e->a, VALUE_KNOWN, 0), one = value_sequence(e->a, VALUE_LIST, 0);
    value_append(e->a, &one, *v);
    const Value *keys = value_is_sequence(v) ? v : &one;
    if (!eval_spend(e, loc, (int64_t)value_count(keys) * (1 + value_count(self))))
        return eval_error();
    for (int i = 0; strict && i < value_count(keys); i++)
        if (known_place(self, value_at(keys, i)) < 0) return no_name(e, value_at(keys, i), loc);
    for (int i = 0; i < value_count(self); i++)
        if (known_place(keys, value_at(self, i)) < 0) value_append(e->a, &out, *value_at(self, i));
    return out;
}

static Value run_drop(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"labels", "errors"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    return v[1] ? known_foreign(e, self, "drop", call->loc)
                : without(e, self, v[0], true, call->loc);
}

// Sorted, as pandas has it.
static Value run_difference(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"other", "sort"};
    const Call none = {.what = call->what, .loc = call->loc};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    if (v[1] || !value_is_sequence(v[0])) return known_foreign(e, self, "difference", call->loc);
    const Value rest = without(e, self, v[0], false, call->loc);
    if (rest.kind != VALUE_KNOWN) return rest;
    return sort_list(e, &none, rest.list) ? rest : eval_error();
}

static Value run_place(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"key"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    int at = known_place(self, v);
    return at < 0 ? no_name(e, v, call->loc) : value_integer(at);
}

enum { OF_BOTH = 2 }; // the first methods, which arrays have, too
const Method known_methods[] = {{"tolist", run_list},   {"copy", run_same},
                                {"to_list", run_list},  {"to_numpy", run_same},
                                {"drop", run_drop},     {"difference", run_difference},
                                {"get_loc", run_place}, {0}};

Value known_get(Eval *e, const Value *v, const char *name, Loc loc) {
    const Value n = value_integer(value_count(v));
    Value shape = value_sequence(e->a, VALUE_TUPLE, 0);
    value_append(e->a, &shape, n);
    if (strcmp(name, "values") == 0 && v->n == KNOWN_INDEX) return *v; // the same goes for it
    if (strcmp(name, "size") == 0) return n;
    if (strcmp(name, "shape") == 0) return shape;
    for (int i = 0; known_methods[i].name && (i < OF_BOTH || v->n == KNOWN_INDEX); i++)
        if (strcmp(known_methods[i].name, name) == 0) return method_bound(e, VALUE_BOUND, v, name);
    return known_foreign(e, v, name, loc);
}

// Each value with one: == and != say which are so.
Value known_compare(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r) {
    const Value *list = l->kind == VALUE_KNOWN ? l : r, *one = list == l ? r : l;
    bool plain = one->kind == VALUE_STRING || value_is_number(one);
    Value out = value_sequence(e->a, VALUE_KNOWN, 0);
    if (!plain || (op != OP_EQUAL && op != OP_NOT_EQUAL)) return known_foreign(e, list, "", loc);
    if (!eval_spend(e, loc, value_count(list))) return eval_error();
    out.n = KNOWN_ARRAY;
    for (int i = 0; i < value_count(list); i++) {
        bool so = value_equal(value_at(list, i), one) == (op == OP_EQUAL);
        value_append(e->a, &out, (Value){.kind = VALUE_BOOL, .integer = so});
    }
    return out;
}
