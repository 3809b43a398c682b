// SPDX-License-Identifier: MIT
// Functions of numpy, Keras and TensorFlow that are other steps put together: np.flip(x, axis=2) is x[:, :, ::-1].
#include "data/sample.h"
#include "../runtime/data/types.h"
#include <string.h>

// What is not done here; of a view what is done to it may be done to what it views.
static Value elsewhere(Eval *e, const Call *call) {
    const char *what = arena_printf(e->a, "numpy.%s", call->what);
    const Value made = foreign_made(e, what, call->loc);
    const Array *view = array_viewed(what, call);
    return view ? array_viewing(e, &made, view) : made;
}

// Numbers of numpy, of a table too.
static Value numbers_of(Eval *e, const Value *v, Loc loc) {
    const Value x = table_array(e, v, loc);
    const Array *a = x.kind == VALUE_ARRAY ? x.array : NULL;
    bool plain = a && !a->members && !a->order && !a->counts && !a->flow && !a->generator &&
                 !a->estimator && !a->dense;
    return plain ? x : (Value){.kind = VALUE_NONE};
}

// A dimension of so many; -1: there is none.
static int dimension(const Value *v, int rank) {
    if (!v || !value_is_int(v) || v->integer < -rank || v->integer >= rank) return -1;
    return (int)(v->integer < 0 ? v->integer + rank : v->integer);
}

// ---- the order of dimensions, and of what is along them

static Value ordered(Eval *e, const Value *x, const int *order, Loc loc) {
    Value list = value_sequence(e->a, VALUE_LIST, 0);
    for (int d = 0; d < x->array->rank; d++) value_append(e->a, &list, value_integer(order[d]));
    return array_transpose(e, x, list.list, loc);
}

static Value run_axes(Eval *e, const Call *call) {
    static const char *const swapped[] = {"a", "axis1", "axis2"}, *const moved[] = {"a", "source",
                                                                                    "destination"};
    const Value *v[3];
    bool swaps = strcmp(call->what, "swapaxes") == 0;
    if (!take(e, call, swaps ? swapped : moved, 3, 3, v)) return eval_error();
    const Value x = numbers_of(e, v[0], call->loc);
    int rank = x.kind == VALUE_ARRAY ? x.array->rank : 0, order[ARRAY_RANK];
    int from = dimension(v[1], rank), to = dimension(v[2], rank);
    if (from < 0 || to < 0) return elsewhere(e, call);
    for (int d = 0, next = 0; d < rank; d++) {
        next += next == from; // of those that are not moved
        if (swaps)
            order[d] = d == from ? to : d == to ? from : d;
        else
            order[d] = d == to ? from : next++;
    }
    return ordered(e, &x, order, call->loc);
}

// Of a rank, with the dimension backwards; of all of them where it is -1.
static Value backwards(Eval *e, const Value *x, int axis, Loc loc) {
    Value index = value_sequence(e->a, VALUE_TUPLE, 0);
    for (int d = 0; d < x->array->rank; d++) {
        Value slice = value_sequence(e->a, VALUE_SLICE, 3);
        if (axis < 0 || d == axis) slice.list->item[2] = value_integer(-1);
        value_append(e->a, &index, slice);
    }
    return array_subscript(e, x, &index, loc);
}

static Value run_flip(Eval *e, const Call *call) {
    static const char *const names[] = {"m", "axis"};
    const Value *v[2];
    bool columns = strcmp(call->what, "fliplr") == 0, rows = strcmp(call->what, "flipud") == 0;
    if (!take(e, call, names, 1, columns || rows ? 1 : 2, v)) return eval_error();
    const Value x = numbers_of(e, v[0], call->loc), which = value_integer(columns);
    const Value *given = columns || rows ? &which : v[1];
    bool all = !given || given->kind == VALUE_NONE;
    int axis = x.kind == VALUE_ARRAY ? dimension(given, x.array->rank) : -1;
    if (x.kind != VALUE_ARRAY || x.array->one || (!all && axis < 0)) return elsewhere(e, call);
    return backwards(e, &x, all ? -1 : axis, call->loc);
}

// ---- arithmetic by name

static Value run_arithmetic(Eval *e, const Call *call) {
    static const struct {
        const char *name;
        AstOp op;
    } ops[] = {{"add", OP_ADD},
               {"subtract", OP_SUB},
               {"multiply", OP_MUL},
               {"divide", OP_DIV},
               {"true_divide", OP_DIV}};
    static const char *const names[] = {"x1", "x2"};
    const Value *v[2], two = value_integer(2);
    bool square = strcmp(call->what, "square") == 0;
    if (!take(e, call, names, 2 - square, 2 - square, v)) return eval_error();
    const Value *second = square ? &two : v[1];
    const Value l = table_array(e, v[0], call->loc), r = table_array(e, second, call->loc);
    bool one = l.kind == VALUE_ARRAY || r.kind == VALUE_ARRAY;
    AstOp op = OP_POWER;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].name, call->what) == 0) op = ops[i].op;
    bool known = one && (l.kind == VALUE_ARRAY || value_is_number(&l)) &&
                 (r.kind == VALUE_ARRAY || value_is_number(&r));
    return known ? array_arith(e, call->loc, op, &l, &r) : elsewhere(e, call);
}

// The larger or the smaller of each value and a number.
static Value run_bound(Eval *e, const Call *call) {
    static const char *const names[] = {"x1", "x2"};
    const Value *v[2];
    if (!take(e, call, names, 2, 2, v)) return eval_error();
    bool turned = value_is_number(v[0]);
    const Value x = numbers_of(e, v[turned], call->loc), *n = v[!turned];
    if (x.kind != VALUE_ARRAY || !value_is_number(n)) return elsewhere(e, call);
    bool least = strcmp(call->what, "maximum") == 0;
    return array_clip(e, &x, least ? n : NULL, least ? NULL : n, call->loc);
}

// ---- shape, ndim and size

static Value run_figure(Eval *e, const Call *call) {
    static const char *const names[] = {"a"};
    const Value *v;
    if (call->n != 1 || !take(e, call, names, 1, 1, &v)) return elsewhere(e, call);
    const Value x = numbers_of(e, v, call->loc);
    return x.kind == VALUE_ARRAY ? array_get(e, &x, call->what, call->loc) : elsewhere(e, call);
}

// ---- several arrays

// One array so many times along a dimension of its own: grey images as three equal colours.
static Value run_stack(Eval *e, const Call *call) {
    static const char *const names[] = {"arrays", "axis"};
    const Value *v[2], first = value_integer(0);
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    int n = value_is_sequence(v[0]) ? value_count(v[0]) : 0;
    const Value none = {.kind = VALUE_NONE},
                x = n ? numbers_of(e, value_at(v[0], 0), call->loc) : none;
    bool same = x.kind == VALUE_ARRAY;
    for (int i = 1; same && i < n; i++)
        same = value_at(v[0], i)->kind == VALUE_ARRAY &&
               value_at(v[0], i)->array == value_at(v[0], 0)->array;
    int axis = same ? dimension(v[1] ? v[1] : &first, x.array->rank + 1) : -1;
    if (axis < 1) return elsewhere(e, call);
    const Value wide = array_expand(e, &x, axis, call->loc);
    return wide.kind == VALUE_ARRAY ? array_repeat(e, &wide, n, axis, call->loc) : wide;
}

static Value run_column_stack(Eval *e, const Call *call) {
    static const char *const names[] = {"tup"};
    const Value *v;
    Value all = {.kind = VALUE_NONE};
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    for (int i = 0; value_is_sequence(v) && i < value_count(v); i++) {
        const Value rows = array_as_rows(e, value_at(v, i));
        Value x = numbers_of(e, &rows, call->loc);
        if (x.kind != VALUE_ARRAY || x.array->one || x.array->rank > 2) return elsewhere(e, call);
        if (x.array->rank == 1) x = array_expand(e, &x, 1, call->loc);
        if (x.kind == VALUE_ARRAY && i) x = array_beside_two(e, &all, &x, call->loc);
        if (x.kind != VALUE_ARRAY) return x;
        all = x;
    }
    if (all.kind != VALUE_ARRAY) return elsewhere(e, call);
    return value_count(v) == 1 ? array_copy(e, &all, call->loc) : all; // numbers of its own
}

// ---- rows by their norms: keras.utils.normalize

static Value sum_along(Eval *e, const Value *x, int axis, Loc loc) {
    const Argument arg[] = {
        {.keyword = "axis", .value = value_integer(axis), .loc = loc},
        {.keyword = "keepdims", .value = {.kind = VALUE_BOOL, .integer = true}, .loc = loc}};
    const Call call = {.what = "sum", .loc = loc, .n = 2, .arg = arg};
    return array_reduce(e, x, "sum", &call, 0);
}

// x / norm, where a norm of 0 counts as 1.
static Value normalized(Eval *e, const Value *x, int axis, Loc loc) {
    const Value zero = value_integer(0), two = value_integer(2),
                real = {.kind = VALUE_STRING, .text = "float64"};
    const Value of = type_rows[x->array->type].real ? *x : array_astype(e, x, &real, loc);
    Value norm = of.kind == VALUE_ARRAY ? array_arith(e, loc, OP_POWER, &of, &two) : of, none;
    if (norm.kind == VALUE_ARRAY) norm = sum_along(e, &norm, axis, loc);
    if (norm.kind != VALUE_ARRAY || !array_map(e, &norm, "sqrt", loc, &norm)) return norm;
    none = norm.kind == VALUE_ARRAY ? array_arith(e, loc, OP_EQUAL, &norm, &zero) : norm;
    if (none.kind == VALUE_ARRAY) none = array_arith(e, loc, OP_ADD, &norm, &none);
    return none.kind == VALUE_ARRAY ? array_arith(e, loc, OP_DIV, &of, &none) : none;
}

static Value run_normalize(Eval *e, const Call *call) {
    static const char *const names[] = {"x", "axis", "order"};
    const Value *v[3], last = value_integer(-1);
    if (!take(e, call, names, 1, 3, v)) return eval_error();
    const Value x = numbers_of(e, v[0], call->loc);
    int axis = x.kind == VALUE_ARRAY ? dimension(v[1] ? v[1] : &last, x.array->rank) : -1;
    bool length = !v[2] || (v[2]->kind == VALUE_INT && v[2]->integer == 2);
    if (axis < 1 || x.array->one || !length) // Keras has 0 for the last one, and then fails
        return foreign_made(e, "utils.normalize", call->loc);
    return normalized(e, &x, axis, call->loc);
}

// ---- one-hot rows

bool one_hot_labels(const Array *y) {
    bool rows = y->rank == 1 && !y->one && !y->members && !y->order && !y->counts && !y->flow;
    return rows && !type_rows[y->type].real && y->type != CNN_B1 && !y->plain.classes;
}

// np.eye(n), whose row is that of a label.
bool one_hot_table(const Array *x) {
    bool square = x->of && x->of->runtime == &array_listed && x->rank == 2 && !x->one &&
                  x->dim[0] == x->dim[1] && !x->made_of;
    for (int64_t i = 0; square && i < x->dim[0] * x->dim[0]; i++)
        square = x->number[i] == (i % (x->dim[0] + 1) == 0);
    return square;
}

Value one_hot_typed(Eval *e, const Array *y, int64_t n, int type, Loc loc) {
    if (y->set && y->plain.holds && n < y->set->classes) {
        diag_error(e->d, loc, 307, "%lld classes for labels from 0 to %d", (long long)n,
                   y->set->classes - 1);
        return eval_error();
    }
    const Value rows = array_value(e, loc, array_one_hot_rows(e, y, n)),
                to = {.kind = VALUE_STRING, .text = type_rows[type].name};
    return rows.kind == VALUE_ARRAY && type != CNN_F8 ? array_astype(e, &rows, &to, loc) : rows;
}

static Value run_one_hot(Eval *e, const Call *call) {
    static const char *const names[] = {"indices", "depth"};
    enum { MANY = 1 << 20 };
    const Value *v[2];
    Value known;
    if (!take(e, call, names, 2, 2, v)) return eval_error();
    if (array_known(e, v[1], call->loc, &known)) v[1] = &known;
    const Value y = numbers_of(e, v[0], call->loc);
    bool done = y.kind == VALUE_ARRAY && (one_hot_labels(y.array) || sample_label(y.array)) &&
                v[1]->kind == VALUE_INT && v[1]->integer >= 1 && v[1]->integer <= MANY;
    return done ? one_hot_typed(e, y.array, v[1]->integer, CNN_F4, call->loc)
                : foreign_made(e, "tf.one_hot", call->loc);
}

const Function composed_functions[] = {
    {"swapaxes", "numpy", run_axes, true},
    {"moveaxis", "numpy", run_axes, true},
    {"flip", "numpy", run_flip, true},
    {"fliplr", "numpy", run_flip, true},
    {"flipud", "numpy", run_flip, true},
    {"square", "numpy", run_arithmetic, true},
    {"add", "numpy", run_arithmetic, true},
    {"subtract", "numpy", run_arithmetic, true},
    {"multiply", "numpy", run_arithmetic, true},
    {"divide", "numpy", run_arithmetic, true},
    {"true_divide", "numpy", run_arithmetic, true},
    {"maximum", "numpy", run_bound, true},
    {"minimum", "numpy", run_bound, true},
    {"shape", "numpy", run_figure, true},
    {"ndim", "numpy", run_figure, true},
    {"size", "numpy", run_figure, true},
    {"stack", "numpy", run_stack, true},
    {"column_stack", "numpy", run_column_stack, true},
    {"normalize", "utils", run_normalize, true},
    {"one_hot", "tf", run_one_hot, true},
    {0},
};
