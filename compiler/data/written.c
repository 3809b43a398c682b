// SPDX-License-Identifier: MIT
// Arrays of numbers that the script writes itself, and what is made of these alone: the compiler computes them, by the
// program's own steps. So they may be turned and shaped in ways that rows of files may not.
#include "data/data.h"
#include "script/later.h"
#include "../runtime/data/types.h"
#include <math.h>
#include <string.h>

enum { MOST_WRITTEN = 1 << 16 }; // values; more stay with the program

// The values of x, if all that it is made of stands in the script; else NULL.
static const double *written(Eval *e, const Array *x, Loc loc) {
    if (x->members || x->flow || x->generator || x->order || x->counts || x->predicted ||
        array_count(x) > MOST_WRITTEN || x->rank == 0)
        return NULL;
    const Sources s = array_sources(e, x);
    for (int i = 0; i < s.n; i++) {
        const CnnArrayClass *of = s.source[i]->of->runtime;
        if ((of != &array_constant && of != &array_listed) || s.source[i]->made_of) return NULL;
    }
    if (x->of->runtime == &array_listed || (x->one && x->of->runtime == &array_constant))
        return x->number;
    return array_read(e, x, loc);
}

// Numbers of this type and shape; one: of one dimension, which may stand for all rows. of: what shares them, or NULL.
static Value numbers(Eval *e, const double *value, int type, int rank, const int64_t *dim, bool one,
                     const Array *of, Loc loc) {
    Array x = {.steps = "", .source = "numbers", .type = type, .rank = rank, .one = one};
    x.of = array_class(one ? &array_constant : &array_listed);
    x.numbers = of ? of->numbers : ARENA_NEW(e->a, char);
    for (int d = 0; d < rank; d++) x.dim[d] = dim[d];
    x.nnumber = (int)array_count(&x);
    if (!eval_items(e, loc, x.nnumber)) return eval_error();
    x.number = arena_copy(e->a, value, sizeof *value * (size_t)x.nnumber);
    return array_value(e, loc, x);
}

Value array_as_rows(Eval *e, const Value *v) {
    const Array *x = v->kind == VALUE_ARRAY ? v->array : NULL;
    const double *value = x && x->one ? written(e, x, v->loc) : NULL;
    return value ? numbers(e, value, x->type, x->rank, x->dim, false, x, v->loc) : *v;
}

Value array_some_numbers(Eval *e, const Array *of, int64_t first, int64_t n, int64_t step,
                         Loc loc) {
    const double *value = of->rank == 1 && of->one ? written(e, of, loc) : NULL;
    double *some = value ? ARENA_ARRAY(e->a, double, n) : NULL;
    for (int64_t i = 0; some && i < n; i++) some[i] = value[first + i * step];
    return some ? numbers(e, some, of->type, 1, &n, true, of, loc) : (Value){.kind = VALUE_NONE};
}

bool written_shaped(Eval *e, const Value *v, int rank, const int64_t *dim, Loc loc, Value *out) {
    const Array *x = v->array;
    const double *value = x->one && rank > 1 ? NULL : written(e, x, loc);
    if (value) *out = numbers(e, value, x->type, rank, dim, rank == 1, x, loc);
    return value;
}

bool written_turned(Eval *e, const Value *v, const int *axis, Loc loc, Value *out) {
    const Array *x = v->array;
    const double *value = x->one ? NULL : written(e, x, loc);
    int64_t dim[ARRAY_RANK], stride[ARRAY_RANK], step[ARRAY_RANK], n = 1;
    if (!value) return false;
    for (int d = x->rank - 1; d >= 0; n *= x->dim[d--]) stride[d] = n;
    for (int d = 0; d < x->rank; d++) dim[d] = x->dim[axis[d]], step[d] = stride[axis[d]];
    double *turned = ARENA_ARRAY(e->a, double, n);
    for (int64_t i = 0; i < n; i++) {
        int64_t at = 0, rest = i;
        for (int d = x->rank - 1; d >= 0; rest /= dim[d--]) at += rest % dim[d] * step[d];
        turned[i] = value[at];
    }
    *out = numbers(e, turned, x->type, x->rank, dim, false, x, loc);
    return true;
}

Value written_number(int type, double value) {
    if (type_rows[type].real) return (Value){.kind = VALUE_FLOAT, .real = value};
    return (Value){.kind = type == CNN_B1 ? VALUE_BOOL : VALUE_INT, .integer = (int64_t)value};
}

static Value nested(Eval *e, const Array *x, int depth, const double **value) {
    if (depth == x->rank) return written_number(x->type, *(*value)++);
    Value list = value_sequence(e->a, VALUE_LIST, 0);
    for (int64_t i = 0; i < x->dim[depth]; i++)
        value_append(e->a, &list, nested(e, x, depth + 1, value));
    return list;
}

Value written_listed(Eval *e, const Value *v, Loc loc) {
    const double *value = v->kind == VALUE_ARRAY ? written(e, v->array, loc) : NULL;
    if (v->kind == VALUE_RANGE) {
        const List *list = eval_iterate(e, v, loc);
        return list ? (Value){.kind = VALUE_LIST, .loc = loc, .list = (List *)(uintptr_t)list}
                    : eval_error();
    }
    if (!value || !eval_items(e, loc, array_count(v->array))) return *v;
    return nested(e, v->array, 0, &value);
}

// ------------------------------------------------------------------------------------ functions

static Value foreign_call(Eval *e, const Call *call) {
    return foreign_made(e, arena_printf(e->a, "numpy.%s", call->what), call->loc);
}

static Value typed(Eval *e, const Value *v, const Value *type, Loc loc) {
    bool as_is = !type || type->kind == VALUE_NONE || v->kind != VALUE_ARRAY;
    return as_is ? *v : array_astype(e, v, type, loc);
}

// As numpy has it: what is between the first two numbers is between all.
static Value run_arange(Eval *e, const Call *call) {
    static const char *const names[] = {"start", "stop", "step", "dtype"};
    const Value *v[4];
    double part[3] = {0, 0, 1};
    bool real = false;
    if (!take(e, call, names, 1, 4, v)) return eval_error();
    for (int i = 0; i < 3; i++) {
        if (!v[i] || v[i]->kind == VALUE_NONE) continue;
        if (!value_is_number(v[i]) || !isfinite(value_real(v[i]))) return foreign_call(e, call);
        part[i == 0 && (!v[1] || v[1]->kind == VALUE_NONE) ? 1 : i] = value_real(v[i]);
        real |= v[i]->kind == VALUE_FLOAT;
    }
    double n = ceil((part[1] - part[0]) / part[2]), gap = part[0] + part[2] - part[0];
    if (!(n >= 1 && n <= LARGEST_SEQUENCE)) return foreign_call(e, call);
    if (!eval_spend(e, call->loc, (int64_t)n)) return eval_error();
    int64_t count = (int64_t)n;
    double *value = ARENA_ARRAY(e->a, double, count);
    for (int64_t i = 0; i < count; i++) value[i] = part[0] + (double)i * gap;
    const Value made = numbers(e, value, real ? CNN_F8 : CNN_I8, 1, &count, true, NULL, call->loc);
    return typed(e, &made, v[3], call->loc);
}

static Value run_linspace(Eval *e, const Call *call) {
    static const char *const names[] = {"start", "stop", "num", "endpoint", "retstep", "dtype"};
    const Value *v[6];
    if (!take(e, call, names, 2, 6, v)) return eval_error();
    int64_t n = !v[2] ? 50 : v[2]->kind == VALUE_INT ? v[2]->integer : 0;
    bool ends = !v[3] || (v[3]->kind == VALUE_BOOL && v[3]->integer);
    if (!value_is_number(v[0]) || !value_is_number(v[1]) || n < 1 || n > LARGEST_SEQUENCE || v[4] ||
        (v[3] && v[3]->kind != VALUE_BOOL))
        return foreign_call(e, call);
    if (!eval_spend(e, call->loc, n)) return eval_error();
    double first = value_real(v[0]), last = value_real(v[1]);
    double parts = (double)(n - ends), step = (last - first) / parts;
    double *value = ARENA_ARRAY(e->a, double, n);
    for (int64_t i = 0; i < n; i++) value[i] = (parts > 0 ? (double)i * step : 0) + first;
    if (ends && n > 1) value[n - 1] = last;
    const Value made = numbers(e, value, CNN_F8, 1, &n, true, NULL, call->loc);
    return typed(e, &made, v[5], call->loc);
}

// Rows in parts: by where each but the first begins, or so many alike.
static Value run_split(Eval *e, const Call *call) {
    static const char *const names[] = {"ary", "indices_or_sections", "axis"};
    const Value *v[3];
    if (!take(e, call, names, 2, 3, v)) return eval_error();
    const Value x = array_as_rows(e, v[0]), *at = v[1];
    const Array *a = x.kind == VALUE_ARRAY ? x.array : NULL;
    bool rows = a && !a->one && !a->members && !a->order && !a->flow && !a->generator &&
                (!v[2] || (value_is_int(v[2]) && v[2]->integer == 0));
    int64_t equal = at->kind == VALUE_INT ? at->integer : 0;
    int n = value_is_sequence(at)       ? value_count(at) + 1
            : equal > 0 && equal < 4096 ? (int)equal
                                        : 0;
    if (!rows || n == 0) return foreign_call(e, call);
    if (equal && a->dim[0] % equal) {
        diag_error(e->d, at->loc, 307, "%lld rows do not make %lld equal parts",
                   (long long)a->dim[0], (long long)equal);
        return eval_error();
    }
    Value all = value_sequence(e->a, VALUE_LIST, 0);
    int64_t first = 0;
    for (int i = 0; i < n; i++) {
        const Value *end = equal || i + 1 == n ? NULL : value_at(at, i);
        int64_t next = equal ? first + a->dim[0] / equal : a->dim[0];
        if (end && !value_is_int(end)) return foreign_call(e, call);
        if (end) next = end->integer;
        if (next <= first || next > a->dim[0]) return foreign_call(e, call);
        value_append(e->a, &all, array_slice_rows(e, &x, first, next - first, 1, call->loc));
        first = next;
    }
    return all;
}

// np.eye(n), np.identity(n)
static Value run_eye(Eval *e, const Call *call) {
    static const char *const eye[] = {"N", "M", "k", "dtype"}, *const identity[] = {"n", "dtype"};
    enum { MOST = 256 }; // whose square is MOST_WRITTEN
    bool wide = strcmp(call->what, "eye") == 0;
    const Value *v[4] = {NULL};
    Value known;
    int type = CNN_F8;
    if (!take(e, call, wide ? eye : identity, 1, wide ? 4 : 2, v)) return eval_error();
    const Value *dtype = v[wide ? 3 : 1];
    if (array_known(e, v[0], call->loc, &known)) v[0] = &known;
    int64_t n = v[0]->kind == VALUE_INT ? v[0]->integer : 0;
    bool square = !wide || ((!v[1] || v[1]->kind == VALUE_NONE || value_equal(v[1], v[0])) &&
                            (!v[2] || (v[2]->kind == VALUE_INT && v[2]->integer == 0)));
    if (n < 1 || n > MOST || !square || (dtype && !array_parse_type(dtype, &type)))
        return foreign_call(e, call);
    double *value = ARENA_ARRAY(e->a, double, n *n);
    for (int64_t i = 0; i < n; i++) value[i * (n + 1)] = 1;
    return numbers(e, value, type, 2, (int64_t[]){n, n}, false, NULL, call->loc);
}

const Function written_functions[] = {
    {"eye", "numpy", run_eye, true},       {"identity", "numpy", run_eye, true},
    {"arange", "numpy", run_arange, true}, {"linspace", "numpy", run_linspace, true},
    {"split", "numpy", run_split, true},   {0},
};
