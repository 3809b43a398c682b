// SPDX-License-Identifier: MIT
// Rows where something is so: x[(y == 3) | (y == 5)], x[np.where(y < 5)], df[df["label"] != 7]. How many they are is
// known when the script is compiled: by the classes of a data set, or since the file is read. The program finds them, and
// is refused where they are not as many.
#include "data/frame.h"
#include "support/text.h"
#include "../runtime/data/types.h"
#include <string.h>

// A truth for each row, of one dimension or in a column; else NULL.
static const Array *mask_of(const Value *v) {
    const Array *x = v->kind == VALUE_ARRAY ? v->array : NULL;
    bool plain = x && x->type == CNN_B1 && !x->one && !x->members && !x->order && !x->flow &&
                 !x->generator && !x->predicted && x->rank > 0;
    return plain && array_count(x) == x->dim[0] ? x : NULL;
}

bool mask_is(const Value *v) {
    return mask_of(v) && v->array->rank == 1;
}

// Truths of all labels of a data set. False: they are of something else.
static bool count_labels(const Array *mask, int64_t *n) {
    const Counts *c = mask->counts;
    const Array *labels =
        c && c->labels && array_all_labels(c->labels) ? array_labels_of(c->labels) : NULL;
    if (!labels) return false;
    const DatasetMode *set = labels->set;
    const int *count = set->count[labels->plain.half];
    *n = 0;
    for (int k = 0; k < set->classes && k < 256; k++)
        if (c->value[k] != 0) *n += count ? count[k] : labels->dim[0] / set->classes;
    return true;
}

// How many are so; -1: that is not known here.
static int64_t count(Eval *e, const Array *mask, Loc loc) {
    int64_t n = 0;
    if (count_labels(mask, &n)) return n;
    const double *truth = table_of_numbers(e, mask) ? array_read(e, mask, loc) : NULL;
    for (int64_t i = 0; truth && i < mask->dim[0]; i++) n += truth[i] != 0;
    return truth ? n : -1;
}

// As it is now: what is set of numbers by label later is set there alone.
static const Array *kept(Eval *e, const Array *mask, Loc loc) {
    const Value v = {.kind = VALUE_ARRAY, .array = mask};
    return mask->counts ? counts_copy(e, &v, loc).array : mask;
}

Value mask_rows(Eval *e, const Value *v, const Array *mask, Loc loc) {
    const Array *from = v->array;
    bool rows = !from->one && !from->members && !from->order && !from->flow && !from->generator;
    if (from->is_frame && mask->is_frame)
        rows = rows && table_aligned(from, mask); // as pandas does
    if (rows && from->dim[0] != mask->dim[0]) {
        diag_error(e->d, loc, 307, "%lld rows are not chosen by %lld truths",
                   (long long)from->dim[0], (long long)mask->dim[0]);
        return eval_error();
    }
    int64_t n = rows ? count(e, mask, loc) : -1;
    if (n < 1 || !(mask = kept(e, mask, loc))) return array_foreign(e, v, "a part", loc);
    Array x =
        array_step(e, from, &array_where, arena_printf(e->a, "%lld of its rows", (long long)n));
    x.plain.bytes = from->plain.bytes;
    if (from->plain.labels) x.set = NULL; // which classes are left is not known
    x.dim[0] = n;
    x.ninput = 2;
    x.input[1] = mask;
    x.numbers = ARENA_NEW(e->a, char);
    return array_value(e, loc, x);
}

static Value chosen(Eval *e, const Value *v, const void *context, Loc loc) {
    return mask_rows(e, v, context, loc);
}

Value mask_frame(Eval *e, const Value *frame, const Value *mask, Loc loc) {
    return frame_chosen(e, frame, chosen, mask->array, loc);
}

// The numbers of the rows, which are good as a subscript, too. None: how many they are is not known.
static Value numbers(Eval *e, const Array *mask, Loc loc) {
    const RowOrder order = {.all = mask->dim[0], .where = kept(e, mask, loc)};
    int64_t n = count(e, mask, loc);
    if (n < 1 || !order.where) return (Value){.kind = VALUE_NONE};
    Array x = {.of = array_class(&array_places_where), .type = CNN_I8, .rank = 1, .dim = {n}};
    x.source = "numbers of rows";
    x.steps = "";
    x.numbers = ARENA_NEW(e->a, char);
    x.ninput = 1;
    x.input[0] = order.where;
    x.order = arena_copy(e->a, &order, sizeof order);
    return array_value(e, loc, x);
}

Value mask_where(Eval *e, const Value *v, Loc loc) {
    const Array *mask = mask_of(v);
    Value rows = mask ? numbers(e, mask, loc) : (Value){.kind = VALUE_NONE};
    if (rows.kind != VALUE_ARRAY) return foreign_made(e, "numpy.where", loc);
    Value out = value_sequence(e->a, VALUE_TUPLE, 0);
    value_append(e->a, &out, rows);
    for (int d = 1; d < mask->rank; d++)
        value_append(e->a, &out, foreign_made(e, "numpy.where", loc));
    return out;
}

static Value compared(Eval *e, AstOp op, const Value *l, const Value *r, Loc loc) {
    Value out;
    return counts_compare(e, loc, op, l, r, &out) ? out : array_compare(e, loc, op, l, r);
}

bool mask_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r, Value *out) {
    const Value zero = value_integer(0);
    if (!mask_of(l) || !mask_of(r)) return false;
    switch (op) {
    case OP_BITOR: return *out = array_arith(e, loc, OP_ADD, l, r), true;
    case OP_BITAND: return *out = array_arith(e, loc, OP_MUL, l, r), true;
    case OP_INVERT: return *out = compared(e, OP_EQUAL, l, &zero, loc), true;
    default: return false;
    }
}

static Value run_logical(Eval *e, const Call *call) {
    static const char *const names[] = {"x1", "x2"};
    const Value *v[2];
    Value out;
    AstOp op = strcmp(call->what, "logical_or") == 0    ? OP_BITOR
               : strcmp(call->what, "logical_and") == 0 ? OP_BITAND
                                                        : OP_INVERT;
    int n = op == OP_INVERT ? 1 : 2;
    if (!take(e, call, names, n, n, v)) return eval_error();
    if (mask_arith(e, call->loc, op, v[0], v[n - 1], &out)) return out;
    return foreign_made(e, arena_printf(e->a, "numpy.%s", call->what), call->loc);
}

// np.isin(y, [3, 5]): y == 3 or y == 5.
static Value run_is_in(Eval *e, const Call *call) {
    static const char *const names[] = {"element", "test_elements"};
    const Value *v[2];
    Value out = {.kind = VALUE_NONE};
    if (!take(e, call, names, 2, 2, v)) return eval_error();
    enum { MOST = 256 };
    const Value list = written_listed(e, v[1], call->loc);
    bool known = v[0]->kind == VALUE_ARRAY && value_is_sequence(&list) && value_count(&list) > 0 &&
                 value_count(&list) <= MOST;
    for (int i = 0; known && i < value_count(&list); i++) {
        const Value is = compared(e, OP_EQUAL, v[0], value_at(&list, i), call->loc);
        if (i == 0) out = is;
        known = mask_of(&is) && (i == 0 || mask_arith(e, call->loc, OP_BITOR, &out, &is, &out));
    }
    return known ? out : foreign_made(e, "numpy.isin", call->loc);
}

static Value run_nonzero(Eval *e, const Call *call) {
    static const char *const names[] = {"a"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    const Value all = mask_where(e, v, call->loc);
    bool flat = strcmp(call->what, "flatnonzero") == 0 && all.kind == VALUE_TUPLE;
    return flat ? *value_at(&all, 0) : all;
}

const Function mask_functions[] = {
    {"logical_or", "numpy", run_logical, true},  {"logical_and", "numpy", run_logical, true},
    {"logical_not", "numpy", run_logical, true}, {"isin", "numpy", run_is_in, true},
    {"in1d", "numpy", run_is_in, true},          {"nonzero", "numpy", run_nonzero, true},
    {"flatnonzero", "numpy", run_nonzero, true}, {0},
};
