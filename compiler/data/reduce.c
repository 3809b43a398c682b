// SPDX-License-Identifier: MIT
// Means, deviations, sums and bounds of data, as methods and as numpy's functions: x.mean(axis=(0, 1)). Over the
// rows the result is one for all of them, else a value or more for each row.
#include "data/data.h"
#include "../runtime/data/types.h"
#include <string.h>

static const struct {
    const char *name;
    ReducedOp op;
} reductions[] = {{"mean", REDUCE_MEAN}, {"std", REDUCE_DEVIATION}, {"sum", REDUCE_SUM},
                  {"min", REDUCE_LEAST}, {"max", REDUCE_MOST},      {"amin", REDUCE_LEAST},
                  {"amax", REDUCE_MOST}};

static int find(const char *name) {
    for (int i = 0; i < (int)(sizeof reductions / sizeof *reductions); i++)
        if (strcmp(reductions[i].name, name) == 0) return i;
    return -1;
}

bool array_reduces(const char *name) {
    return find(name) >= 0;
}

// What the axes are over; false: they are no dimensions of x, or something else.
static bool read_axes(const Value *v, const Array *x, bool over[ARRAY_RANK]) {
    bool all = !v || v->kind == VALUE_NONE, list = !all && value_is_sequence(v);
    for (int d = 0; d < x->rank; d++) over[d] = all;
    for (int i = 0; !all && i < (list ? value_count(v) : 1); i++) {
        const Value *axis = list ? value_at(v, i) : v;
        if (!value_is_int(axis)) return false;
        int64_t d = axis->integer < 0 ? axis->integer + x->rank : axis->integer;
        if (d < 0 || d >= x->rank || over[d]) return false;
        over[d] = true;
    }
    return true;
}

static int type_of(ReducedOp op, int type) {
    const TypeRow *row = &type_rows[type];
    if (op == REDUCE_MEAN || op == REDUCE_DEVIATION || op == REDUCE_SAMPLE_DEVIATION)
        return type == CNN_F4 ? CNN_F4 : CNN_F8;
    if (op == REDUCE_SUM && type == CNN_B1) return CNN_I8;
    if (op == REDUCE_SUM && !row->real) return row->least < 0 ? CNN_I8 : CNN_U8;
    return type;
}

static Value reduced(Eval *e, const Value *v, ReducedOp op, const char *name, const bool *over,
                     bool keep, Loc loc) {
    const Array *from = v->array;
    Array x = array_step(e, from, &array_reduced, name);
    bool rows = from->one || over[0];
    x.type = type_of(op, from->type);
    x.set = NULL;
    x.numbers = ARENA_NEW(e->a, char);
    x.one = rows;
    x.rank = 0;
    for (int d = 0; d < from->rank; d++)
        if (!over[d] || keep) x.dim[x.rank++] = over[d] ? 1 : from->dim[d];
    array_number(e, &x, op);
    array_number(e, &x, rows && !from->one);
    for (int d = !from->one; d < from->rank; d++) array_number(e, &x, over[d]);
    return array_value(e, loc, x);
}

// first: of the arguments behind the array.
Value array_reduce(Eval *e, const Value *v, const char *name, const Call *call, int first) {
    static const char *const names[] = {"axis", "dtype", "out", "keepdims"};
    Call rest = *call;
    const Value *arg[4];
    bool over[ARRAY_RANK];
    rest.arg += first;
    rest.n -= first;
    if (!take(e, &rest, names, 0, 4, arg)) return eval_error();
    bool keep = arg[3] && arg[3]->kind == VALUE_BOOL && arg[3]->integer;
    if (arg[1] || arg[2] || v->array->members || v->array->plain.classes ||
        !read_axes(arg[0], v->array, over))
        return array_foreign(e, v, name, call->loc);
    ReducedOp op = reductions[find(name)].op;
    bool in_order = op == REDUCE_LEAST || op == REDUCE_MOST || !type_rows[v->array->type].real;
    if (v->array->predicted && !in_order) // numpy adds in an order of its own
        return array_foreign(e, v, name, call->loc);
    if (v->array->is_frame && !first) { // pandas: by column, and the deviation is that of a sample
        if (!arg[0] && v->array->rank == 2) over[1] = false;
        if (op == REDUCE_DEVIATION) op = REDUCE_SAMPLE_DEVIATION;
    }
    return reduced(e, v, op, name, over, keep, call->loc);
}
