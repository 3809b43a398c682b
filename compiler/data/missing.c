// SPDX-License-Identifier: MIT
// What pandas does where values are missing: dropna() and fillna(). Of a table in which none is missing that is the
// table; another one's rows are not followed.
#include "data/frame.h"
#include <string.h>

bool missing_method(const char *name) {
    return strcmp(name, "dropna") == 0 || strcmp(name, "fillna") == 0;
}

// No value of x is missing, as far as that is known.
static bool whole(const Array *x) {
    const Array *base = table_base(x);
    for (int i = 0; base && i < base->ncolumn; i++)
        if (base->table->column[base->column[i]].missing >= 0) return false;
    return base;
}

static bool whole_table(const Value *v) {
    const Frame *f = frame_of(v);
    if (!f) return whole(v->array);
    for (int i = 0; i < f->n; i++)
        if (!f->column[i].cell && !whole(f->column[i].array)) return false;
    return !f->lost;
}

static bool is_false(const Value *v) {
    return !v || (v->kind == VALUE_BOOL && !v->integer);
}

static Value copied(Eval *e, const Value *self, Loc loc) {
    if (!frame_of(self)) return array_copy(e, self, loc);
    const Frame copy = frame_copy(e, frame_of(self));
    return frame_value(e, &copy, loc);
}

static Value unchanged(Eval *e, const Value *self, const Value *in_place, Loc loc) {
    return is_false(in_place) ? copied(e, self, loc) : (Value){.kind = VALUE_NONE};
}

static Value drop_rows(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"axis",    "how",          "subset",
                                        "inplace", "ignore_index", "thresh"};
    const Value *v[6];
    if (!take(e, call, names, 0, 6, v)) return eval_error();
    bool rows = !v[0] || (v[0]->kind == VALUE_INT && v[0]->integer == 0);
    bool known = rows && is_false(v[4]) && !v[5] && whole_table(self);
    return known ? unchanged(e, self, v[3], call->loc)
                 : array_foreign(e, self, "dropna", call->loc);
}

static Value fill_rows(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"value", "method", "axis", "inplace", "limit"};
    const Value *v[5];
    if (!take(e, call, names, 0, 5, v)) return eval_error();
    return whole_table(self) ? unchanged(e, self, v[3], call->loc)
                             : array_foreign(e, self, "fillna", call->loc);
}

Value missing_call(Eval *e, const Value *self, const char *name, const Call *call) {
    return *name == 'd' ? drop_rows(e, self, call) : fill_rows(e, self, call);
}
