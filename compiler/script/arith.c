// SPDX-License-Identifier: MIT
// + - * / // % ** with Python's meaning, on 64-bit integers, doubles and sequences. Where a result
// would not fit 64 bits, Python goes on with more; this is an error.
#include "data/data.h"
#include "script/later.h"
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
    if (l->kind == VALUE_ERROR || r->kind == VALUE_ERROR) return eval_error();
    if (l->kind == VALUE_OUTPUT || r->kind == VALUE_OUTPUT)
        diag_error(e->d, loc, 110,
                   "'%s' of the output of a layer is not supported yet: a model is a chain of "
                   "layers",
                   op);
    else
        diag_error(e->d, loc, 103, "'%s' does not go with %s and %s", op, value_describe(e->a, l),
                   value_describe(e->a, r));
    return eval_error();
}

// Arithmetic keeps the shape of data.
static Value foreign_like(Eval *e, const Value *v, const Value *other, Loc loc) {
    Value out = foreign_part(e, v, "", loc);
    const Array *like = other->kind == VALUE_ARRAY     ? other->array
                        : other->kind == VALUE_FOREIGN ? other->foreign->like
                                                       : NULL;
    if (v->foreign->like || !like || !eval_spend(e, loc, 2)) return out;
    Foreign *f = arena_copy(e->a, out.foreign, sizeof *f);
    f->like = like;
    out.foreign = f;
    return out;
}

// A figure of some epochs and those of others, or another list, one behind the other.
static bool joins_histories(AstOp op, const Value *l, const Value *r) {
    bool left = l->kind == VALUE_SERIES, right = r->kind == VALUE_SERIES;
    return op == OP_ADD && (left || right) && (left || l->kind == VALUE_LIST) &&
           (right || r->kind == VALUE_LIST);
}

// What is foreign, of the data or of the program's results; false: both operands are known now.
static bool elsewhere(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r, Value *out) {
    bool later = l->kind == VALUE_LATER || r->kind == VALUE_LATER;
    for (int i = 0; i < 2; i++) {
        const Value *v = i ? r : l;
        if (v->kind == VALUE_FOREIGN) return *out = foreign_like(e, v, i ? l : r, loc), true;
        if (v->kind == VALUE_ARRAY) return *out = array_arith(e, loc, op, l, r), true;
        if (v->kind == VALUE_KNOWN) return *out = known_foreign(e, v, "", loc), true;
        if (v->kind == VALUE_DATA)
            return *out = foreign_made(e, value_describe(e->a, v), loc), true;
        later |= v->kind == VALUE_SCORE && v->model->model->nmetric == 0;
    }
    if (joins_histories(op, l, r))
        return *out = foreign_made(e, "a history joined to a list", loc), true;
    if (later && l->kind != VALUE_STRING) return *out = later_arith(e, loc, op, l, r), true;
    return false;
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
    if (v->kind == VALUE_LATER) return later_unary(e, loc, LATER_NEG, v);
    if (v->kind == VALUE_DATA) return foreign_made(e, value_describe(e->a, v), loc);
    if (v->kind == VALUE_ARRAY) return array_negate(e, loc, v);
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
    Value out;
    if (l->kind == VALUE_ERROR || r->kind == VALUE_ERROR) return eval_error();
    if (elsewhere(e, loc, OP_POWER, l, r, &out)) return out;
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

static Value join_strings(Eval *e, Loc loc, const Value *l, const char *more, int64_t times) {
    int64_t n = (int64_t)strlen(l->text), m = (int64_t)strlen(more), total;
    if (times < 0) times = 0;
    if (!mul64(n, times, &total) || !add64(total, m, &total)) total = INT64_MAX;
    if (!eval_bytes(e, loc, total)) return eval_error();
    char *text = arena_alloc(e->a, (size_t)total + 1), *to = text;
    for (int64_t i = 0; n && i < times; i++, to += n) memcpy(to, l->text, (size_t)n);
    memcpy(to, more, (size_t)m);
    return (Value){.kind = VALUE_STRING, .loc = loc, .text = text};
}

// `times` copies of l, and then those of r.
static Value join_lists(Eval *e, Loc loc, const Value *l, const List *more, int64_t times) {
    int64_t n = l->list->n, total;
    if (times < 0) times = 0;
    if (!mul64(n, times, &total) || !add64(total, more->n, &total)) total = INT64_MAX;
    if (!eval_items(e, loc, total)) return eval_error();
    Value v = value_sequence(e->a, l->kind, 0);
    for (int64_t i = 0; i < n * times; i++) value_append(e->a, &v, l->list->item[i % n]);
    for (int i = 0; i < more->n; i++) value_append(e->a, &v, more->item[i]);
    v.loc = loc;
    return v;
}

static Value repeat(Eval *e, Loc loc, const Value *of, int64_t times) {
    if (of->kind == VALUE_STRING) return join_strings(e, loc, of, "", times);
    return join_lists(e, loc, of, &(List){0}, times);
}

static Value sets(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r) {
    Value v = {.kind = l->kind, .loc = loc, .dict = dict_new(e->a)};
    const Value *key, *item;
    if (!eval_items(e, loc, (int64_t)dict_count(l->dict) + dict_count(r->dict)))
        return eval_error();
    for (int at = 0; dict_next(l->dict, &at, &key, &item);) {
        bool both = dict_find(r->dict, key) != NULL;
        if (op == OP_BITOR || (op == OP_BITAND) == both) dict_put(v.dict, *key, *item);
    }
    for (int at = 0; dict_next(r->dict, &at, &key, &item);) {
        bool both = dict_find(l->dict, key) != NULL;
        if (op == OP_BITOR || (op == OP_BITXOR && !both)) dict_put(v.dict, *key, *item);
    }
    return v;
}

static Value refuse_bits(Eval *e, Loc loc, AstOp op) {
    diag_error(e->d, loc, 5, "'%s': operators on bits and matrices are not part of the language",
               ast_operators[op]);
    return eval_error();
}

static bool is_text(const Value *v) {
    return v->kind == VALUE_STRING || v->kind == VALUE_TEXT_LATER;
}
static bool has_length(const Value *v) {
    return value_is_sequence(v) || v->kind == VALUE_STRING;
}

Value arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r) {
    Value out;
    bool bits = op >= OP_MATMUL && op <= OP_INVERT && op != OP_POWER;
    bool both_sets = l->kind == VALUE_SET && r->kind == VALUE_SET &&
                     (op == OP_SUB || (op >= OP_BITAND && op <= OP_BITOR));
    if (l->kind == VALUE_ERROR || r->kind == VALUE_ERROR) return eval_error();
    if (op == OP_MOD && l->kind == VALUE_STRING) return text_percent(e, loc, l, r);
    if (elsewhere(e, loc, op, l, r, &out)) return out;
    if (both_sets) return sets(e, loc, op, l, r);
    if (bits) return refuse_bits(e, loc, op);
    if (value_is_int(l) && value_is_int(r)) return arith_int(e, loc, op, l->integer, r->integer);
    if (value_is_number(l) && value_is_number(r))
        return arith_real(e, loc, op, value_real(l), value_real(r));
    if (op == OP_ADD && l->kind == VALUE_STRING && r->kind == VALUE_STRING)
        return join_strings(e, loc, l, r->text, 1);
    if (op == OP_ADD && is_text(l) && is_text(r)) return later_text(e, loc, l, r);
    if (op == OP_ADD && value_is_sequence(l) && l->kind == r->kind)
        return join_lists(e, loc, l, r->list, 1);
    if (op == OP_MUL && has_length(l) && value_is_int(r)) return repeat(e, loc, l, r->integer);
    if (op == OP_MUL && has_length(r) && value_is_int(l)) return repeat(e, loc, r, l->integer);
    return mismatch(e, loc, ast_operators[op], l, r);
}
