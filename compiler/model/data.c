// SPDX-License-Identifier: MIT
// Sources, and the steps from them. What a step makes of bytes follows numpy's rules of types; a step
// that is not here gives a foreign value.
#include "model/data.h"
#include "support/text.h"
#include <math.h>
#include <string.h>

static const Source sources[] = {
    {"mnist", {60000, 10000}, 2, {28, 28}, 0, 10},
    {"fashion_mnist", {60000, 10000}, 2, {28, 28}, 0, 10},
    {"cifar10", {50000, 10000}, 3, {32, 32, 3}, 1, 10},
    {"california_housing", {16512, 4128}, 1, {8}, 0, 0}, // its numbers are no bytes: for the shape
};

const char *array_shape(Arena *a, const Array *x) {
    const char *text = "(";
    for (int i = 0; i < x->rank; i++)
        text = arena_printf(a, "%s%s%lld", text, i ? ", " : "", (long long)x->dim[i]);
    return arena_printf(a, "%s%s)", text, x->rank == 1 ? "," : "");
}

const char *array_describe(Arena *a, const Array *x) {
    static const char *const types[] = {"bytes", "integers", "float32", "float64"};
    return arena_printf(a, "%s, %s of the %s data, rows from %lld: %s of shape %s%s",
                        x->source->name, x->labels ? "labels" : "images",
                        x->half ? "test" : "training", (long long)x->first,
                        x->classes ? "one-hot rows" : types[x->type], array_shape(a, x), x->steps);
}

Value array_foreign(Eval *e, const Value *v, const char *what, Loc loc) {
    Value made =
        foreign_made(e, arena_printf(e->a, "%s of %s data", what, v->array->source->name), loc);
    if (strcmp(what, "arithmetic") == 0) ((Foreign *)(uintptr_t)made.foreign)->like = v->array;
    return made;
}

static Value array_value(Eval *e, Loc loc, Array x) {
    if (!eval_spend(e, loc, sizeof x / 32)) return eval_error();
    return (Value){.kind = VALUE_ARRAY, .loc = loc, .array = arena_copy(e->a, &x, sizeof x)};
}

static Array *changed(Eval *e, const Value *v, const char *step) {
    Array *x = arena_copy(e->a, v->array, sizeof *v->array);
    x->steps = strlen(x->steps) < 1000 ? arena_printf(e->a, "%s, %s", x->steps, step) : x->steps;
    return x;
}

static Value done(Eval *e, Loc loc, const Array *x) {
    return array_value(e, loc, *x);
}

// ------------------------------------------------------------------------------------ sources

static Value source_part(Eval *e, Loc loc, const Source *s, int half, bool labels) {
    Array x = {.source = s, .half = half, .labels = labels, .steps = "", .dim = {s->rows[half]}};
    x.rank = 1 + (labels ? s->label_rank : s->rank);
    for (int i = 1; i < x.rank; i++) x.dim[i] = labels ? 1 : s->dim[i - 1];
    for (int i = 0; i < 256; i++) x.value[i] = i;
    x.numbers = ARENA_NEW(e->a, char);
    return array_value(e, loc, x);
}

Value source_load(Eval *e, const char *name, const Call *call) {
    const Source *s = sources;
    const Value *none;
    static const char *const names[] = {"path"};
    if (!take(e, call, names, 0, 1, &none)) return eval_error();
    while (strcmp(s->name, name) != 0) s++;
    Value all = value_sequence(e->a, VALUE_TUPLE, 0);
    for (int half = 0; half < 2; half++) {
        Value pair = value_sequence(e->a, VALUE_TUPLE, 0);
        for (int labels = 0; labels < 2; labels++)
            value_append(e->a, &pair, source_part(e, call->loc, s, half, labels));
        value_append(e->a, &all, pair);
    }
    return all;
}

static Value load_mnist(Eval *e, const Call *call) {
    return source_load(e, "mnist", call);
}
static Value load_fashion(Eval *e, const Call *call) {
    return source_load(e, "fashion_mnist", call);
}
static Value load_cifar10(Eval *e, const Call *call) {
    return source_load(e, "cifar10", call);
}

static Value load_housing(Eval *e, const Call *call) {
    return source_load(e, "california_housing", call);
}

// ------------------------------------------------------------------------------------- values

static bool parse_type(const Value *v, ArrayType *type) {
    static const struct {
        const char *name;
        ArrayType type;
    } types[] = {{"float32", TYPE_FLOAT32}, {"float64", TYPE_FLOAT64}, {"float", TYPE_FLOAT64},
                 {"uint8", TYPE_BYTE},      {"int", TYPE_INT},         {"int64", TYPE_INT},
                 {"int32", TYPE_INT},       {"f4", TYPE_FLOAT32},      {"single", TYPE_FLOAT32},
                 {"double", TYPE_FLOAT64}};
    const char *name = v->kind == VALUE_STRING  ? v->text
                       : v->kind == VALUE_THING ? v->thing->name
                                                : "";
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0) return *type = types[i].type, true;
    return false;
}

static double rounded(ArrayType type, double x) {
    if (type == TYPE_FLOAT32) return (double)(float)x;
    if (type == TYPE_FLOAT64) return x;
    return type == TYPE_INT ? trunc(x) : (double)(unsigned char)(int64_t)trunc(x);
}

static Value astype(Eval *e, const Value *v, const Value *to, Loc loc) {
    ArrayType type;
    if (!parse_type(to, &type)) return array_foreign(e, v, "astype", loc);
    Array *x = changed(e, v,
                       arena_printf(e->a, "astype %s",
                                    type == TYPE_FLOAT32   ? "float32"
                                    : type == TYPE_FLOAT64 ? "float64"
                                    : type == TYPE_INT     ? "int"
                                                           : "uint8"));
    x->type = type;
    x->numbers = x;
    for (int i = 0; i < 256; i++) x->value[i] = rounded(type, x->value[i]);
    return done(e, loc, x);
}

static bool apply(AstOp op, double a, double b, double *out) {
    switch (op) {
    case OP_ADD: *out = a + b; return true;
    case OP_SUB: *out = a - b; return true;
    case OP_MUL: *out = a * b; return true;
    case OP_DIV: *out = a / b; return b != 0;
    default: return false;
    }
}

// What numpy gives for an array and a number: bytes stay bytes with an integer, and wrap.
static bool result_type(ArrayType array, const Value *number, AstOp op, ArrayType *out) {
    bool real = number->kind == VALUE_FLOAT;
    *out = array;
    if (array >= TYPE_FLOAT32) return true;
    if (real || op == OP_DIV) return *out = TYPE_FLOAT64, true;
    return array == TYPE_INT || (number->integer >= 0 && number->integer < 256);
}

Value array_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r) {
    bool right = r->kind == VALUE_ARRAY;
    const Value *v = right ? r : l, *number = right ? l : r;
    ArrayType type;
    if (!value_is_number(number) || v->array->labels || !v->array->source->classes ||
        v->array->classes || !result_type(v->array->type, number, op, &type))
        return array_foreign(e, v, "arithmetic", loc);
    const char *text = value_str(e->a, number);
    Array *x = changed(e, v,
                       right ? arena_printf(e->a, "%s %s x", text, ast_operators[op])
                             : arena_printf(e->a, "x %s %s", ast_operators[op], text));
    double n = rounded(type == TYPE_FLOAT32 ? TYPE_FLOAT32 : TYPE_FLOAT64, value_real(number));
    x->type = type;
    x->numbers = x;
    for (int i = 0; i < 256; i++) {
        double out;
        if (!apply(op, right ? n : x->value[i], right ? x->value[i] : n, &out))
            return array_foreign(e, v, "arithmetic", loc);
        x->value[i] = rounded(type, type == TYPE_BYTE && out < 0 ? out + 65536 : out);
    }
    return done(e, loc, x);
}

static const char *other_name(const Eval *e, const char *name, const Array *x) {
    for (const Scope *s = e->scope; s; s = s->outer) {
        int n;
        const char *const *names = map_keys(s->names, &n);
        for (int i = 0; i < n; i++) {
            const Value *v = map_get(s->names, names[i]);
            bool shares = v && v->kind == VALUE_ARRAY && v->array->numbers == x->numbers;
            if (shares && strcmp(names[i], name) != 0) return names[i];
        }
    }
    return NULL;
}

bool array_in_place(Eval *e, const Ast *target, AstOp op, const Value *l, const Value *r) {
    const Array *x = l->array;
    const char *name = target->kind == AST_NAME ? target->text : "";
    const char *other = other_name(e, name, x), *sign = ast_operators[op];
    if (x->type < TYPE_FLOAT32 && (op == OP_DIV || r->kind == VALUE_FLOAT))
        diag_error(e->d, l->loc, 103, "numpy keeps integers in place: write %s = %s %s ...", name,
                   name, sign);
    else if (other)
        diag_error(e->d, l->loc, 103, "'%s' shares these numbers: write %s = %s %s ...", other,
                   name, name, sign);
    else
        return true;
    return false;
}

// ------------------------------------------------------------------------------------- shapes

static int64_t count_of(const Array *x) {
    int64_t n = 1;
    for (int i = 0; i < x->rank; i++) n *= x->dim[i]; // of a known source: within 64 bits
    return n;
}

// The new shape of so many dimensions, one of which may be -1; false: reported.
static bool read_shape(Eval *e, const Array *x, const List *list, Loc loc, Array *out) {
    int64_t rest = count_of(x), given = 1;
    int open = -1;
    out->rank = list->n;
    for (int i = 0; i < list->n; i++) {
        int64_t n = list->item[i].integer;
        out->dim[i] = n;
        if (n == -1 && open < 0)
            open = i;
        else if (n < 1 || !mul64(given, n, &given))
            given = -1;
        if (given < 0) break;
    }
    if (given > 0 && open >= 0 && rest % given == 0) out->dim[open] = rest / given, given = rest;
    if (given == rest) return true;
    diag_error(e->d, loc, 307, "%s values of shape %s do not fit the shape %s",
               text_thousands(e->a, rest), array_shape(e->a, x), array_shape(e->a, out));
    return false;
}

static Value reshape(Eval *e, const Value *v, const List *list, Loc loc) {
    const Array *from = v->array;
    if (list->n < 1 || list->n > ARRAY_RANK) return array_foreign(e, v, "reshape", loc);
    for (int i = 0; i < list->n; i++)
        if (!value_is_int(&list->item[i])) return array_foreign(e, v, "reshape", loc);
    Array *x = changed(e, v, "reshape");
    if (!read_shape(e, from, list, loc, x)) return eval_error();
    if (from->sample || x->dim[0] != from->dim[0]) return array_foreign(e, v, "reshape", loc);
    return done(e, loc, x);
}

static Value flatten(Eval *e, const Value *v, Loc loc) {
    const Array *from = v->array;
    if (from->classes || count_of(from) != from->dim[0] || from->sample)
        return array_foreign(e, v, "flatten", loc);
    Array *x = changed(e, v, "flatten");
    x->rank = 1;
    return done(e, loc, x);
}

static Value expand(Eval *e, const Value *v, int64_t axis, Loc loc) {
    const Array *from = v->array;
    if (axis < 0) axis += from->rank + 1;
    if (axis < 1 || axis > from->rank || from->rank == ARRAY_RANK || from->sample)
        return array_foreign(e, v, "expand_dims", loc);
    Array *x = changed(e, v, "expand_dims");
    for (int i = from->rank; i > axis; i--) x->dim[i] = x->dim[i - 1];
    x->dim[axis] = 1;
    x->rank++;
    return done(e, loc, x);
}

static Value squeeze(Eval *e, const Value *v, Loc loc) {
    Array *x = changed(e, v, "squeeze");
    int n = 1;
    if (v->array->sample) return array_foreign(e, v, "squeeze", loc);
    for (int i = 1; i < v->array->rank; i++)
        if (v->array->dim[i] != 1) x->dim[n++] = v->array->dim[i];
    x->rank = n;
    return done(e, loc, x);
}

// ---------------------------------------------------------------------------------- subscripts

static bool whole_slice(const Value *v) {
    if (v->kind != VALUE_SLICE) return false;
    for (int i = 0; i < 3; i++)
        if (v->list->item[i].kind != VALUE_NONE) return false;
    return true;
}

static Value rows(Eval *e, const Value *v, const Value *slice, Loc loc) {
    const Value *part = slice->list->item;
    int64_t n = v->array->dim[0], at[2] = {0, n};
    for (int i = 0; i < 2; i++) {
        if (part[i].kind == VALUE_NONE) continue;
        if (!value_is_int(&part[i])) return array_foreign(e, v, "a part", loc);
        at[i] = part[i].integer < 0 ? part[i].integer + n : part[i].integer;
        at[i] = at[i] < 0 ? 0 : at[i] > n ? n : at[i];
    }
    if (part[2].kind != VALUE_NONE || v->array->sample) return array_foreign(e, v, "a part", loc);
    if (at[1] <= at[0]) {
        diag_error(e->d, loc, 307, "no rows are left: %lld to %lld of %lld", (long long)at[0],
                   (long long)at[1], (long long)n);
        return eval_error();
    }
    Array *x =
        changed(e, v, arena_printf(e->a, "rows %lld to %lld", (long long)at[0], (long long)at[1]));
    x->first += at[0];
    x->dim[0] = at[1] - at[0];
    return done(e, loc, x);
}

static Value sample_of(Eval *e, const Value *v, Loc loc) {
    Array *x = changed(e, v, "one sample");
    if (v->array->sample || v->array->rank < 2) return array_foreign(e, v, "an item", loc);
    x->sample = true;
    for (int i = 1; i < x->rank; i++) x->dim[i - 1] = x->dim[i];
    x->rank--;
    return done(e, loc, x);
}

// x[..., np.newaxis], x[:, :, :, None].
static bool new_axis_last(const Value *index, int rank) {
    int n = index->kind == VALUE_TUPLE ? value_count(index) : 0;
    if (n < 2 || value_at(index, n - 1)->kind != VALUE_NONE) return false;
    if (n == 2 && value_at(index, 0)->kind == VALUE_ELLIPSIS) return true;
    for (int i = 0; i < n - 1; i++)
        if (!whole_slice(value_at(index, i))) return false;
    return n - 1 == rank;
}

Value array_subscript(Eval *e, const Value *v, const Value *index, Loc loc) {
    if (index->kind == VALUE_SLICE) return rows(e, v, index, loc);
    if (new_axis_last(index, v->array->rank)) return expand(e, v, -1, loc);
    if (value_is_int(index)) return sample_of(e, v, loc);
    return array_foreign(e, v, "a part", loc);
}

// ------------------------------------------------------------------------------------- methods

static Value integer(int64_t n) {
    return (Value){.kind = VALUE_INT, .integer = n};
}

Value array_get(Eval *e, const Value *v, const char *name, Loc loc) {
    static const char *const methods[] = {"astype", "reshape", "flatten",
                                          "ravel",  "squeeze", "copy"};
    static const char *const types[] = {"uint8", "int64", "float32", "float64"};
    const Array *x = v->array;
    if (strcmp(name, "shape") == 0) {
        Value shape = value_sequence(e->a, VALUE_TUPLE, 0);
        for (int i = 0; i < x->rank; i++) value_append(e->a, &shape, integer(x->dim[i]));
        return shape;
    }
    if (strcmp(name, "ndim") == 0) return integer(x->rank);
    if (strcmp(name, "size") == 0) return integer(count_of(x));
    if (strcmp(name, "dtype") == 0) return (Value){.kind = VALUE_STRING, .text = types[x->type]};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(methods[i], name) != 0) continue;
        Bound *b = ARENA_NEW(e->a, Bound);
        *b = (Bound){*v, name};
        return (Value){.kind = VALUE_BOUND, .bound = b};
    }
    return array_foreign(e, v, name, loc);
}

Value array_call(Eval *e, const Value *self, const char *name, const Call *call) {
    bool plain = call->n > 0 && !call->arg[0].keyword;
    for (int i = 0; i < call->n; i++)
        if (call->arg[i].keyword && strcmp(call->arg[i].keyword, "dtype") != 0)
            return array_foreign(e, self, name, call->loc);
    if (strcmp(name, "copy") == 0) return *self;
    if (strcmp(name, "squeeze") == 0 && call->n == 0) return squeeze(e, self, call->loc);
    if (strcmp(name, "astype") == 0 && call->n == 1)
        return astype(e, self, &call->arg[0].value, call->loc);
    if (strcmp(name, "flatten") == 0 || strcmp(name, "ravel") == 0)
        return flatten(e, self, call->loc);
    if (strcmp(name, "reshape") != 0 || !plain) return array_foreign(e, self, name, call->loc);
    if (value_is_sequence(&call->arg[0].value))
        return reshape(e, self, call->arg[0].value.list, call->loc);
    List list = {0};
    for (int i = 0; i < call->n; i++) ARENA_PUSH(e->a, list.item, list.n, call->arg[i].value);
    return reshape(e, self, &list, call->loc);
}

// ----------------------------------------------------------------------------------- functions

static Value foreign_call(Eval *e, const Call *call) {
    return foreign_made(e, arena_printf(e->a, "numpy.%s", call->what), call->loc);
}

static Value run_expand_dims(Eval *e, const Call *call) {
    static const char *const names[] = {"a", "axis"};
    const Value *v[2];
    if (!take(e, call, names, 2, 2, v)) return eval_error();
    if (v[0]->kind != VALUE_ARRAY || !value_is_int(v[1])) return foreign_call(e, call);
    return expand(e, v[0], v[1]->integer, call->loc);
}

static Value run_np_reshape(Eval *e, const Call *call) {
    static const char *const names[] = {"a", "shape"};
    const Value *v[2];
    if (!take(e, call, names, 2, 2, v)) return eval_error();
    if (v[0]->kind != VALUE_ARRAY || !value_is_sequence(v[1])) return foreign_call(e, call);
    return reshape(e, v[0], v[1]->list, call->loc);
}

static Value run_squeeze(Eval *e, const Call *call) {
    if (call->n != 1 || call->arg[0].value.kind != VALUE_ARRAY) return foreign_call(e, call);
    return squeeze(e, &call->arg[0].value, call->loc);
}

static Value run_array(Eval *e, const Call *call) {
    bool typed = call->n == 2 && (!call->arg[1].keyword || !strcmp(call->arg[1].keyword, "dtype"));
    const Value *v = call->n ? &call->arg[0].value : NULL;
    if (!v || v->kind != VALUE_ARRAY || (call->n != 1 && !typed)) return foreign_call(e, call);
    return typed ? astype(e, v, &call->arg[1].value, call->loc) : *v;
}

// The numbers of the classes that there are.
static Value run_unique(Eval *e, const Call *call) {
    const Value *v = call->n == 1 ? &call->arg[0].value : NULL;
    if (!v || v->kind != VALUE_ARRAY || !v->array->labels || v->array->classes ||
        v->array->dim[0] != v->array->source->rows[v->array->half])
        return foreign_call(e, call);
    Value out = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < v->array->source->classes; i++) value_append(e->a, &out, integer(i));
    return out;
}

Value data_classes(Eval *e, const Call *call) {
    Value list = run_unique(e, call), set = {.kind = VALUE_SET, .dict = dict_new(e->a)};
    if (list.kind != VALUE_LIST) return list;
    for (int i = 0; i < value_count(&list); i++) dict_put(set.dict, *value_at(&list, i), list);
    return set;
}

static Value run_argmax(Eval *e, const Call *call) {
    const Value *v = call->n ? &call->arg[0].value : NULL;
    if (!v || v->kind != VALUE_ARRAY || !v->array->classes || call->n != 2)
        return foreign_call(e, call);
    Array *x = changed(e, v, "argmax");
    x->classes = 0;
    x->rank = 1;
    return done(e, call->loc, x);
}

static Value run_categorical(Eval *e, const Call *call) {
    static const char *const names[] = {"x", "num_classes"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    if (v[0]->kind == VALUE_DATA) return *v[0];
    if (v[0]->kind != VALUE_ARRAY || !v[0]->array->labels || v[0]->array->classes)
        return foreign_made(e, "utils.to_categorical", call->loc);
    int64_t n = v[1] && value_is_int(v[1]) ? v[1]->integer : v[0]->array->source->classes;
    if (n < v[0]->array->source->classes || n > 1 << 20) {
        diag_error(e->d, call->loc, 307, "%lld classes for labels from 0 to %d", (long long)n,
                   v[0]->array->source->classes - 1);
        return eval_error();
    }
    Array *x = changed(e, v[0], arena_printf(e->a, "one-hot of %lld", (long long)n));
    x->classes = (int)n;
    x->rank = 2;
    x->dim[1] = n;
    x->type = TYPE_FLOAT64;
    return done(e, call->loc, x);
}

const Function data_functions[] = {
    {"load_data", "mnist", load_mnist},
    {"load_data", "fashion_mnist", load_fashion},
    {"load_data", "cifar10", load_cifar10},
    {"load_data", "california_housing", load_housing, true},
    {"to_categorical", "utils", run_categorical, true},
    {"expand_dims", "numpy", run_expand_dims, true},
    {"expand_dims", "tf", run_expand_dims, true},
    {"reshape", "numpy", run_np_reshape, true},
    {"squeeze", "numpy", run_squeeze, true},
    {"array", "numpy", run_array, true},
    {"asarray", "numpy", run_array, true},
    {"unique", "numpy", run_unique, true},
    {"argmax", "numpy", run_argmax, true},
    {0},
};
