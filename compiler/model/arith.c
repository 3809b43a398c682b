// SPDX-License-Identifier: MIT
// + - * / // % ** with Python's meaning, on 64-bit integers, doubles and sequences. Where a result
// would not fit 64 bits, Python goes on with more; this is an error.
#include "model/eval.h"
#include "support/text.h"
#include <math.h>
#include <string.h>

static Value integer(Loc loc, int64_t n) {
    return (Value){.kind = VALUE_INT, .loc = loc, .integer = n};
}
static Value real(Loc loc, double x) {
    return (Value){.kind = VALUE_FLOAT, .loc = loc, .real = x};
}

static Value overflow(Eval *e, Loc loc) {
    diag_error(e->d, loc, 104, "the result does not fit 64 bits");
    return eval_error();
}

static Value by_zero(Eval *e, Loc loc) {
    diag_error(e->d, loc, 105, "division by zero");
    return eval_error();
}

static Value mismatch(Eval *e, Loc loc, const char *op, const Value *l, const Value *r) {
    if (l->kind == VALUE_DATA || r->kind == VALUE_DATA)
        diag_error(e->d, loc, 110, "data lines (x_train / 255) are not supported yet");
    else if (l->kind != VALUE_ERROR && r->kind != VALUE_ERROR)
        diag_error(e->d, loc, 103, "'%s' does not go with %s and %s", op, value_describe(e->a, l),
                   value_describe(e->a, r));
    return eval_error();
}

// ---------------------------------------------------------------------------------- numbers

static int64_t floor_div(int64_t a, int64_t b) {
    if (b == -1) return -a; // a is not the least integer, see arith_int
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static Value arith_int(Eval *e, Loc loc, AstOp op, int64_t a, int64_t b) {
    int64_t result;
    switch (op) {
    case OP_ADD: return add64(a, b, &result) ? integer(loc, result) : overflow(e, loc);
    case OP_SUB:
        return __builtin_sub_overflow(a, b, &result) ? overflow(e, loc) : integer(loc, result);
    case OP_MUL: return mul64(a, b, &result) ? integer(loc, result) : overflow(e, loc);
    default: break;
    }
    if (b == 0) return by_zero(e, loc);
    // long double holds every int64_t exactly where it has 64 bits or more of precision
    if (op == OP_DIV) return real(loc, (double)((long double)a / (long double)b));
    if (b == -1 && a == INT64_MIN && op == OP_FLOORDIV) return overflow(e, loc);
    if (b == -1) return integer(loc, op == OP_MOD ? 0 : -a);
    int64_t quotient = floor_div(a, b);
    return integer(loc, op == OP_MOD ? a - quotient * b : quotient);
}

// Python's divmod of floats: the remainder takes the divisor's sign.
static void float_divmod(double a, double b, double *quotient, double *remainder) {
    double mod = fmod(a, b), div = (a - mod) / b;
    if (mod != 0 && (b < 0) != (mod < 0)) mod += b, div -= 1;
    if (mod == 0) mod = copysign(0, b);
    double whole = floor(div);
    if (div - whole > 0.5) whole += 1;
    *quotient = div == 0 ? copysign(0, a / b) : whole;
    *remainder = mod;
}

static Value arith_real(Eval *e, Loc loc, AstOp op, double a, double b) {
    double quotient, remainder;
    if (op == OP_ADD) return real(loc, a + b);
    if (op == OP_SUB) return real(loc, a - b);
    if (op == OP_MUL) return real(loc, a * b);
    if (b == 0) return by_zero(e, loc);
    if (op == OP_DIV) return real(loc, a / b);
    float_divmod(a, b, &quotient, &remainder);
    return real(loc, op == OP_MOD ? remainder : quotient);
}

Value arith_negate(Eval *e, Loc loc, const Value *v) {
    if (value_is_int(v)) return arith_int(e, loc, OP_SUB, 0, v->integer);
    if (v->kind == VALUE_FLOAT) return real(loc, -v->real);
    if (v->kind != VALUE_ERROR)
        diag_error(e->d, loc, 103, "'-' does not go with %s", value_describe(e->a, v));
    return eval_error();
}

static Value power_int(Eval *e, Loc loc, int64_t base, int64_t exponent) {
    int64_t result = 1;
    if (base == 0 || base == 1) exponent = exponent > 0; // else the loop ends by overflow
    if (base == -1) exponent %= 2;
    for (; exponent > 0; exponent--)
        if (!mul64(result, base, &result)) return overflow(e, loc);
    return integer(loc, result);
}

Value arith_power(Eval *e, Loc loc, const Value *l, const Value *r) {
    if (!value_is_number(l) || !value_is_number(r)) return mismatch(e, loc, "**", l, r);
    if (value_is_int(l) && value_is_int(r) && r->integer >= 0)
        return power_int(e, loc, l->integer, r->integer);
    double base = value_real(l), exponent = value_real(r), result;
    if (base == 0 && exponent < 0) return by_zero(e, loc);
    result = pow(base, exponent);
    if (isfinite(base) && isfinite(exponent) && !isfinite(result)) {
        diag_error(e->d, loc, 104, "the result %s",
                   isnan(result) ? "is a complex number" : "is too large for a float");
        return eval_error();
    }
    return real(loc, result);
}

// --------------------------------------------------------------------------------- sequences

static bool has_length(const Value *v) {
    return value_is_sequence(v) || v->kind == VALUE_STRING;
}
static int64_t length(const Value *v) {
    return v->kind == VALUE_STRING ? (int64_t)strlen(v->text) : v->n;
}

// `times` copies of l, or l and then r.
static Value join(Eval *e, Loc loc, const Value *l, const Value *r, int64_t times) {
    int64_t n = length(l), m = r ? length(r) : 0, total;
    if (times < 0) times = 0;
    if (!mul64(n, times, &total) || !add64(total, m, &total)) total = INT64_MAX;
    if (!eval_spend(e, loc, total)) return eval_error();
    Value v = {.kind = l->kind, .loc = loc, .n = (int)total};
    bool string = l->kind == VALUE_STRING;
    size_t unit = string ? 1 : sizeof(Value), bytes = (size_t)n * unit;
    char *to = arena_alloc(e->a, (size_t)total * unit + 1);
    const void *from = string ? (const void *)l->text : l->item;
    for (int64_t i = 0; i < times && bytes; i++) memcpy(to + (size_t)i * bytes, from, bytes);
    if (m)
        memcpy(to + (size_t)n * unit, string ? (const void *)r->text : r->item, (size_t)m * unit);
    if (string)
        v.text = to, v.n = 0;
    else
        v.item = (const Value *)(const void *)to;
    return v;
}

Value arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r) {
    if (value_is_int(l) && value_is_int(r)) return arith_int(e, loc, op, l->integer, r->integer);
    if (value_is_number(l) && value_is_number(r))
        return arith_real(e, loc, op, value_real(l), value_real(r));
    if (op == OP_ADD && has_length(l) && l->kind == r->kind) return join(e, loc, l, r, 1);
    if (op == OP_MUL && has_length(l) && value_is_int(r)) return join(e, loc, l, NULL, r->integer);
    if (op == OP_MUL && has_length(r) && value_is_int(l)) return join(e, loc, r, NULL, l->integer);
    return mismatch(e, loc, ast_operators[op], l, r);
}
