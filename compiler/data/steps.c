// SPDX-License-Identifier: MIT
// Steps that change each value of an array for itself: types and arithmetic, as numpy 2 has them.
#include "data/frame.h"
#include "../runtime/data/types.h"
#include <math.h>
#include <string.h>

bool array_parse_type(const Value *v, int *type) {
    static const struct {
        const char *name;
        int type;
    } others[] = {{"float", CNN_F8}, {"int", CNN_I8}, {"single", CNN_F4}, {"double", CNN_F8}};
    const char *name = v->kind == VALUE_STRING  ? v->text
                       : v->kind == VALUE_THING ? v->thing->name
                                                : "";
    for (int i = 0; i < CNN_TYPES; i++)
        if (strcmp(type_rows[i].name, name) == 0 || strcmp(type_rows[i].code, name) == 0)
            return *type = i, true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i].name, name) == 0) return *type = others[i].type, true;
    return false;
}

// The step and, of a plain array, what it makes of each byte.
static Array each_step(Eval *e, const Array *from, const char *text, EachOp op, double other,
                       int type) {
    Array x = array_step(e, from, &array_each, text);
    x.type = type;
    x.numbers = ARENA_NEW(e->a, char);
    array_number(e, &x, op);
    array_number(e, &x, other);
    x.plain.holds = from->plain.holds && (!from->plain.labels || op == EACH_CAST);
    x.plain.bytes = from->plain.bytes;
    for (int i = 0; x.plain.bytes && i < 256; i++) {
        double *v = &x.plain.value[i];
        *v = op == EACH_CAST ? type_cast(from->type, type, *v) : each_value(op, type, *v, other);
        x.plain.bytes = isfinite(*v);
    }
    x.plain.holds &= x.plain.bytes;
    if (from->plain.classes && op != EACH_CAST) x.plain = (Plain){0}; // no one-hot rows any more
    if (!x.plain.holds && op != EACH_CAST) x.set = NULL;
    return x;
}

Value array_astype(Eval *e, const Value *v, const Value *to, Loc loc) {
    int type;
    if (!array_parse_type(to, &type)) return array_foreign(e, v, "astype", loc);
    if (v->array->counts) return counts_astype(e, v, type, loc);
    const char *text = arena_printf(e->a, "astype %s", type_rows[type].name);
    Array x = each_step(e, v->array, text, EACH_CAST, 0, type);
    if (v->array->plain.classes) x.plain = v->array->plain; // what one-hot rows are stored as
    return array_value(e, loc, x);
}

// right: the other one stands before the array.
static bool each_op(AstOp op, bool right, EachOp *out) {
    static const EachOp ops[][2] = {[OP_ADD] = {EACH_ADD, EACH_ADD},
                                    [OP_SUB] = {EACH_SUB, EACH_SUB_FROM},
                                    [OP_MUL] = {EACH_MUL, EACH_MUL},
                                    [OP_DIV] = {EACH_DIV, EACH_DIV_BY},
                                    [OP_POWER] = {EACH_POWER},
                                    [OP_EQUAL] = {EACH_EQUAL, EACH_EQUAL},
                                    [OP_NOT_EQUAL] = {EACH_NOT_EQUAL, EACH_NOT_EQUAL},
                                    [OP_LESS] = {EACH_LESS, EACH_GREATER},
                                    [OP_LESS_EQUAL] = {EACH_LESS_EQUAL, EACH_GREATER_EQUAL},
                                    [OP_GREATER] = {EACH_GREATER, EACH_LESS},
                                    [OP_GREATER_EQUAL] = {EACH_GREATER_EQUAL, EACH_LESS_EQUAL}};
    bool known = (size_t)op < sizeof ops / sizeof *ops;
    *out = known ? ops[op][right] : EACH_CAST;
    return *out != EACH_CAST;
}

static bool compares(EachOp each) {
    return each >= EACH_EQUAL && each <= EACH_GREATER_EQUAL;
}

// What numpy gives for an array and a number of Python: a float keeps its type, integers do with an integer
// that they can hold.
bool array_number_type(int type, const Value *number, AstOp op, int *out) {
    const TypeRow *row = &type_rows[type];
    *out = type;
    if (row->real) return true;
    bool power = op == OP_POWER && number->kind != VALUE_FLOAT;
    if (power && number->integer < 0) return false;
    if (power && type == CNN_B1 && number->integer == 2) return *out = CNN_I1, true; // as square
    if (type == CNN_B1 && op != OP_DIV && number->kind != VALUE_FLOAT) return *out = CNN_I8, true;
    if (number->kind == VALUE_FLOAT || op == OP_DIV) return *out = CNN_F8, true;
    return (double)number->integer >= row->least && (double)number->integer <= row->most;
}

static Value with_number(Eval *e, Loc loc, AstOp op, const Value *v, const Value *number,
                         bool right) {
    int type;
    EachOp each;
    if (v->array->members || !each_op(op, right, &each) ||
        !array_number_type(v->array->type, number, op, &type))
        return array_foreign(e, v, "arithmetic", loc);
    const char *text = value_str(e->a, number);
    text = right ? arena_printf(e->a, "%s %s x", text, ast_operators[op])
                 : arena_printf(e->a, "x %s %s", ast_operators[op], text);
    double n = type_round(type_rows[type].real ? type : CNN_F8, value_real(number));
    if (compares(each)) type = CNN_B1;
    if (n == 0 && op == OP_DIV && !right) {
        diag_error(e->d, loc, 105, "division by zero");
        return eval_error();
    }
    return array_value(e, loc, each_step(e, v->array, text, each, n, type));
}

// ------------------------------------------------------------------------------- two arrays

int array_common_type(int a, int b) {
    const TypeRow *l = &type_rows[a], *r = &type_rows[b];
    if (a == b) return a;
    if (l->real && r->real) return CNN_F8;
    if (l->real || r->real) { // a float32 holds integers of 16 bits
        bool single = (l->real ? a : b) == CNN_F4 && (l->real ? r : l)->bytes <= 2;
        return single ? CNN_F4 : CNN_F8;
    }
    if (l->least <= r->least && l->most >= r->most) return a;
    if (r->least <= l->least && r->most >= l->most) return b;
    int64_t bytes = l->bytes > r->bytes ? l->bytes : r->bytes; // one is signed, one not
    return bytes == 1 ? CNN_I2 : bytes == 2 ? CNN_I4 : bytes == 4 ? CNN_I8 : CNN_F8;
}

// How an array lies in each row of a larger one, whose shape the result has.
typedef struct Spread {
    bool known; // it is so; else numpy makes a shape of its own
    bool fits; // else numpy refuses it, too
    int64_t stride[ARRAY_RANK]; // by dimension of a row, from the last one back
} Spread;

static Spread spread_over(const Array *big, const Array *small) {
    Spread s = {.fits = true};
    int64_t step = 1;
    int row = !big->one, own = !small->one; // where the dimensions of a row begin
    if (row && !own && small->rank == big->rank && small->dim[0] == 1) own = 1; // keepdims
    s.known =
        small->rank - own <= big->rank - row && (!row || small->one || small->rank == big->rank);
    for (int k = 1; s.known && k <= small->rank - own; k++) {
        int64_t n = small->dim[small->rank - k], m = big->dim[big->rank - k];
        s.fits &= n == m || n == 1 || m == 1;
        s.known = n == m || n == 1;
        s.stride[k - 1] = n == 1 ? 0 : step;
        step *= n;
    }
    return s;
}

static Value with_array(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r) {
    const Array *a = l->array, *b = r->array;
    bool right = a->one == b->one ? array_count(b) > array_count(a) : a->one; // the larger one
    const Array *big = right ? b : a, *small = right ? a : b;
    const Value *v = right ? r : l;
    bool values = !a->members && !b->members;
    bool truths = a->type == CNN_B1 && b->type == CNN_B1; // numpy has other arithmetic for those
    bool rows = !small->one && !big->one;
    Spread s = spread_over(big, small);
    EachOp each;
    bool spread = rows && (small->dim[0] == 1 || big->dim[0] == 1); // one row, which numpy repeats
    if (s.fits && spread && small->dim[0] != big->dim[0])
        return array_foreign(e, v, "arithmetic", loc);
    if (!s.fits || (rows && small->dim[0] != big->dim[0])) {
        diag_error(e->d, loc, 307, "data of shape %s and %s do not go together in '%s'",
                   array_shape(e->a, a), array_shape(e->a, b), ast_operators[op]);
        return eval_error();
    }
    values = values && (!a->is_frame || !b->is_frame || table_aligned(a, b));
    if (!values || !s.known || !each_op(op, right, &each) ||
        (truths && !compares(each) && each != EACH_ADD && each != EACH_MUL)) // or; and
        return array_foreign(e, v, "arithmetic", loc);
    if (a->predicted && b->predicted && a->predicted != b->predicted) {
        diag_error(e->d, loc, 404, "results of two models do not go together");
        return eval_error();
    }
    const char *text = array_describe(e->a, small), *sign = ast_operators[op];
    text = right ? arena_printf(e->a, "(%s) %s x", text, sign)
                 : arena_printf(e->a, "x %s (%s)", sign, text);
    Array x = array_step(e, big, &array_with, text);
    x.plain = (Plain){0};
    x.type = array_common_type(a->type, b->type);
    if (op == OP_DIV && !type_rows[x.type].real) x.type = CNN_F8;
    if (compares(each)) x.type = CNN_B1;
    if (!x.predicted) x.predicted = small->predicted;
    x.set = NULL;
    x.numbers = ARENA_NEW(e->a, char);
    x.ninput = 2;
    x.input[1] = small;
    array_number(e, &x, each);
    array_number(e, &x, rows);
    for (int k = big->rank - !big->one; k >= 1; k--) array_number(e, &x, (double)s.stride[k - 1]);
    return array_value(e, loc, x);
}

Value array_again(Eval *e, const Array *step, const Value *v, Loc loc) {
    const char *text = "as each image was changed";
    if (step->of->runtime == &array_same)
        return array_rows_shaped(e, v, step->rank, step->dim, loc);
    if (step->of->runtime == &array_one_hot)
        return one_hot_typed(e, v->array, step->dim[0], CNN_F8, loc);
    EachOp op = (EachOp)step->number[0];
    if (step->of->runtime == &array_each)
        return array_value(e, loc, each_step(e, v->array, text, op, step->number[1], step->type));
    Array x = array_step(e, v->array, &array_with, text);
    x.type = step->type;
    x.set = NULL;
    x.numbers = ARENA_NEW(e->a, char);
    x.ninput = 2;
    x.input[1] = step->input[1];
    array_number(e, &x, op);
    array_number(e, &x, false);
    array_number(e, &x, 0); // along the image's rows it is the same
    for (int i = 2; i < step->nnumber; i++) array_number(e, &x, step->number[i]);
    return array_value(e, loc, x);
}

Value array_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r) {
    Value texts;
    if (texts_arith(e, loc, op, l, r, &texts)) return texts;
    if (mask_arith(e, loc, op, l, r, &texts)) return texts;
    bool right = r->kind == VALUE_ARRAY;
    const Value *v = right ? r : l, *number = right ? l : r;
    Value counts;
    if (v->array->counts && counts_arith(e, loc, op, l, r, &counts)) return counts;
    if (l->kind == VALUE_ARRAY && right) return with_array(e, loc, op, l, r);
    if (value_is_number(number)) return with_number(e, loc, op, v, number, right);
    return array_foreign(e, v, "arithmetic", loc);
}

// Of predictions, whose truths are printed.
Value array_compare(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r) {
    bool right = r->kind == VALUE_ARRAY;
    if (l->kind == VALUE_ARRAY && right) return with_array(e, loc, op, l, r);
    const Value *number = right ? l : r, *v = right ? r : l;
    if (value_is_number(number)) return with_number(e, loc, op, v, number, right);
    return array_foreign(e, v, "a comparison", loc);
}

// As numpy does it: the power of ten is multiplied in, and divided out again.
Value array_round(Eval *e, const Value *v, int64_t digits, Loc loc) {
    enum { MOST = 15 };
    const Array *from = v->array;
    if (digits > MOST || digits < -MOST || from->members || from->type == CNN_B1 ||
        (!type_rows[from->type].real && digits < 0))
        return array_foreign(e, v, "round", loc);
    if (!type_rows[from->type].real) return array_copy(e, v, loc);
    EachOp before = digits < 0 ? EACH_DIV : EACH_MUL, after = digits < 0 ? EACH_MUL : EACH_DIV;
    double ten = type_round(from->type, pow(10, fabs((double)digits)));
    Array x = *from;
    if (digits) x = each_step(e, from, "times a power of ten", before, ten, from->type);
    const Value scaled = array_value(e, loc, x);
    if (scaled.kind != VALUE_ARRAY) return scaled;
    x = each_step(e, scaled.array, "round", EACH_NEAREST, 0, from->type);
    const Value whole = array_value(e, loc, x);
    if (!digits || whole.kind != VALUE_ARRAY) return whole;
    return array_value(e, loc, each_step(e, whole.array, "divided by it", after, ten, from->type));
}

// numpy finds the type of both bounds together.
Value array_clip(Eval *e, const Value *v, const Value *low, const Value *high, Loc loc) {
    const Value *bound[] = {low, high};
    const Array *x = v->array;
    int type = x->type;
    bool known = !x->members && !x->counts;
    for (int i = 0; i < 2; i++) {
        if (bound[i] && bound[i]->kind == VALUE_NONE) bound[i] = NULL;
        if (bound[i])
            known = known && value_is_number(bound[i]) &&
                    array_number_type(type, bound[i], OP_ADD, &type);
    }
    if (!known || (!bound[0] && !bound[1])) return array_foreign(e, v, "clip", loc);
    Value made = *v;
    for (int i = 0; i < 2 && made.kind == VALUE_ARRAY; i++) {
        if (!bound[i]) continue;
        const char *text =
            arena_printf(e->a, "at %s %s", i ? "most" : "least", value_str(e->a, bound[i]));
        EachOp op = i ? EACH_AT_MOST : EACH_AT_LEAST;
        double n = type_round(type, value_real(bound[i]));
        made = array_value(e, loc, each_step(e, made.array, text, op, n, type));
    }
    return made;
}

// Of short integers numpy makes floats of 16 and 32 bits.
bool array_map(Eval *e, const Value *v, const char *name, Loc loc, Value *out) {
    static const struct {
        const char *name;
        EachOp op;
    } maps[] = {{"abs", EACH_SIZE}, {"absolute", EACH_SIZE}, {"sqrt", EACH_ROOT},
                {"exp", EACH_EXP},  {"log", EACH_LOG},       {"sin", EACH_SIN},
                {"cos", EACH_COS},  {"tanh", EACH_TANH}};
    const Array *x = v->array;
    const TypeRow *row = &type_rows[x->type];
    size_t at = 0, n = sizeof maps / sizeof *maps;
    while (at < n && strcmp(maps[at].name, name) != 0) at++;
    if (at == n || x->members || x->counts || x->predicted || x->type == CNN_B1) return false;
    bool same = row->real || maps[at].op == EACH_SIZE;
    if (!same && row->bytes < 4) return false;
    *out = array_value(e, loc, each_step(e, x, name, maps[at].op, 0, same ? x->type : CNN_F8));
    return true;
}

Value array_negate(Eval *e, Loc loc, const Value *v) {
    const Value minus = {.kind = VALUE_INT, .integer = -1};
    if (!type_rows[v->array->type].real) return array_foreign(e, v, "arithmetic", loc);
    return with_number(e, loc, OP_MUL, v, &minus, false);
}
