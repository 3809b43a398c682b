// SPDX-License-Identifier: MIT
// The functions of numbers that math and numpy have, and their constants. What numpy does to arrays is
// not among them.
#include "script/later.h"
#include <math.h>
#include <string.h>

static Value real(double x) {
    return (Value){.kind = VALUE_FLOAT, .real = x};
}

// ------------------------------------------------------------------------------- one number

static double decimal_log(double x) {
    return log10(x);
}

static const struct {
    const char *name;
    double (*f)(double);
    bool math_int; // math's gives an integer
    double least; // below it is no number
} functions1[] = {
    {"ceil", ceil, true, -INFINITY},
    {"floor", floor, true, -INFINITY},
    {"trunc", trunc, true, -INFINITY},
    {"sqrt", sqrt, false, 0},
    {"exp", exp, false, -INFINITY},
    {"log2", log2, false, 0},
    {"log10", decimal_log, false, 0},
    {"log1p", log1p, false, -1},
    {"expm1", expm1, false, -INFINITY},
    {"sin", sin, false, -INFINITY},
    {"cos", cos, false, -INFINITY},
    {"tan", tan, false, -INFINITY},
    {"tanh", tanh, false, -INFINITY},
    {"fabs", fabs, false, -INFINITY},
    {"log", log, false, 0},
};

static const Value *number(Eval *e, const Call *call, int i) {
    const Value *v = i < call->n && !call->arg[i].keyword ? &call->arg[i].value : NULL;
    if (v && (value_is_number(v) || v->kind == VALUE_LATER)) return v;
    if (v)
        diag_error(e->d, call->arg[i].loc, 206, "%s takes a number, not %s", call->what,
                   value_describe(e->a, v));
    else
        diag_error(e->d, call->loc, 205, "%s takes %d numbers", call->what, i + 1);
    return NULL;
}

static Value domain(Eval *e, const Call *call) {
    diag_error(e->d, call->loc, 207, "%s of this number is not defined", call->what);
    return eval_error();
}

static Value run_one(Eval *e, const Call *call, bool math) {
    size_t i = 0;
    while (strcmp(functions1[i].name, call->what) != 0) i++;
    const Value *v = number(e, call, 0);
    if (!v) return eval_error();
    if (v->kind == VALUE_LATER) return foreign_made(e, value_describe(e->a, v), call->loc);
    double x = value_real(v), y = functions1[i].f(x);
    if (x < functions1[i].least || (!isfinite(y) && isfinite(x))) return domain(e, call);
    if (!math || !functions1[i].math_int) return real(y);
    if (value_is_int(v)) return value_integer(v->integer);
    return fabs(y) < 9e18 ? value_integer((int64_t)y) : domain(e, call);
}

static Value run_math(Eval *e, const Call *call) {
    if (call->n == 2 && strcmp(call->what, "log") == 0) {
        const Value *x = number(e, call, 0), *base = number(e, call, 1);
        if (!x || !base || x->kind == VALUE_LATER || base->kind == VALUE_LATER) return eval_error();
        double y = log(value_real(x)) / log(value_real(base));
        return isfinite(y) ? real(y) : domain(e, call);
    }
    return run_one(e, call, true);
}

static bool is_array(const Call *call) {
    return call->n == 0 ||
           !(value_is_number(&call->arg[0].value) || call->arg[0].value.kind == VALUE_LATER);
}

// numpy's of an array is not computed here.
static Value array(Eval *e, const Call *call) {
    return foreign_made(e, arena_printf(e->a, "numpy.%s", call->what), call->loc);
}

static Value run_numpy(Eval *e, const Call *call) {
    return is_array(call) ? array(e, call) : run_one(e, call, false);
}

static Value run_power(Eval *e, const Call *call) {
    const Value *l = number(e, call, 0), *r = l ? number(e, call, 1) : NULL;
    if (!r) return eval_error();
    Value x = l->kind == VALUE_LATER ? *l : real(value_real(l));
    Value y = r->kind == VALUE_LATER ? *r : real(value_real(r));
    return arith_power(e, call->loc, &x, &y);
}

static Value run_np_power(Eval *e, const Call *call) {
    if (is_array(call)) return array(e, call);
    const Value *l = number(e, call, 0), *r = l ? number(e, call, 1) : NULL;
    return r ? arith_power(e, call->loc, l, r) : eval_error();
}

// ---------------------------------------------------------------------------- several numbers

static const List *plain_numbers(const Call *call) {
    if (call->n != 1 || call->arg[0].keyword || !value_is_sequence(&call->arg[0].value))
        return NULL;
    const List *list = call->arg[0].value.list;
    for (int i = 0; i < list->n; i++)
        if (!value_is_number(&list->item[i])) return NULL;
    return list->n ? list : NULL;
}

// numpy's functions of a figure of fit's epochs.
static Value run_series(Eval *e, const Call *call) {
    static const struct {
        const char *name;
        LaterOp op;
    } made[] = {{"max", LATER_MOST},           {"amax", LATER_MOST},         {"min", LATER_LEAST},
                {"amin", LATER_LEAST},         {"argmax", LATER_WHERE_MOST}, {"mean", LATER_MEAN},
                {"argmin", LATER_WHERE_LEAST}, {"average", LATER_MEAN}};
    for (size_t i = 0; i < sizeof made / sizeof *made && call->n == 1; i++)
        if (strcmp(made[i].name, call->what) == 0 && call->arg[0].value.kind == VALUE_SERIES)
            return series_made(e, &call->arg[0].value, made[i].op, call->loc);
    return array(e, call);
}

static Value fold(Eval *e, const Call *call, AstOp op, int64_t start) {
    const List *list = plain_numbers(call);
    if (!list) return array(e, call);
    Value all = value_integer(start);
    if (!eval_spend(e, call->loc, list->n)) return eval_error();
    for (int i = 0; i < list->n; i++) all = arith(e, call->loc, op, &all, &list->item[i]);
    return all;
}

static Value run_prod(Eval *e, const Call *call) {
    return fold(e, call, OP_MUL, 1);
}
static Value run_np_sum(Eval *e, const Call *call) {
    return fold(e, call, OP_ADD, 0);
}

static Value run_mean(Eval *e, const Call *call) {
    if (call->n == 1 && call->arg[0].value.kind == VALUE_SERIES) return run_series(e, call);
    Value sum = fold(e, call, OP_ADD, 0);
    if (sum.kind == VALUE_FOREIGN) return sum;
    Value n = value_integer(value_count(&call->arg[0].value));
    return arith(e, call->loc, OP_DIV, &sum, &n);
}

static Value run_np_abs(Eval *e, const Call *call) {
    return is_array(call) ? array(e, call)
                          : run_one(e, &(Call){"fabs", call->loc, call->n, call->arg}, false);
}

static Value run_gcd(Eval *e, const Call *call) {
    const Value *l = number(e, call, 0), *r = l ? number(e, call, 1) : NULL;
    if (!r || !value_is_int(l) || !value_is_int(r)) return r ? domain(e, call) : eval_error();
    uint64_t a = l->integer < 0 ? 0 - (uint64_t)l->integer : (uint64_t)l->integer;
    uint64_t b = r->integer < 0 ? 0 - (uint64_t)r->integer : (uint64_t)r->integer;
    for (uint64_t rest; b; a = b, b = rest) rest = a % b;
    return a > INT64_MAX ? domain(e, call) : value_integer((int64_t)a);
}

#define BOTH(name)                                                                                 \
    {name, "math", run_math}, {                                                                    \
        name, "numpy", run_numpy                                                                   \
    }
const Function number_functions[] = {
    BOTH("ceil"),
    BOTH("floor"),
    BOTH("trunc"),
    BOTH("sqrt"),
    BOTH("exp"),
    BOTH("log"),
    BOTH("log2"),
    BOTH("log10"),
    BOTH("log1p"),
    BOTH("expm1"),
    BOTH("sin"),
    BOTH("cos"),
    BOTH("tan"),
    BOTH("tanh"),
    BOTH("fabs"),
    {"pow", "math", run_power},
    {"power", "numpy", run_np_power},
    {"prod", "math", run_prod},
    {"prod", "numpy", run_prod},
    {"max", "numpy", run_series},
    {"amax", "numpy", run_series},
    {"min", "numpy", run_series},
    {"amin", "numpy", run_series},
    {"argmin", "numpy", run_series},
    {"average", "numpy", run_series},
    {"sum", "numpy", run_np_sum},
    {"mean", "numpy", run_mean},
    {"abs", "numpy", run_np_abs},
    {"absolute", "numpy", run_np_abs},
    {"gcd", "math", run_gcd},
    {0},
};

static const struct {
    const char *module, *name;
    double number;
} constants[] = {
    {"math", "pi", 3.14159265358979323846},
    {"math", "e", 2.71828182845904523536},
    {"math", "inf", INFINITY},
    {"math", "nan", NAN},
    {"numpy", "pi", 3.14159265358979323846},
    {"numpy", "e", 2.71828182845904523536},
    {"numpy", "inf", INFINITY},
    {"numpy", "nan", NAN},
};
static const char *const types[] = {"float16", "float32", "float64", "uint8",  "int8",  "int16",
                                    "uint16",  "int32",   "int64",   "uint32", "uint64"};

bool constant_find(Eval *e, const char *module, const char *name, Value *out) {
    bool arrays = strcmp(module, "numpy") == 0 || strcmp(module, "tf") == 0;
    (void)e;
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strcmp(constants[i].module, module) == 0 && strcmp(constants[i].name, name) == 0)
            return *out = real(constants[i].number), true;
    for (size_t i = 0; arrays && i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i], name) == 0)
            return *out = (Value){.kind = VALUE_STRING, .text = types[i]}, true;
    if (arrays && strcmp(name, "newaxis") == 0) return *out = (Value){.kind = VALUE_NONE}, true;
    return false;
}
