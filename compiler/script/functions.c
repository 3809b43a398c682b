// SPDX-License-Identifier: MIT
// Python's own functions: of numbers, of texts, of sequences.
#include "../runtime/io/pyformat.h"
#include "script/eval.h"
#include "data/data.h"
#include "script/later.h"
#include "support/text.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const Function *const function_tables[] = {
    builtin_functions,     sequence_functions,     number_functions,     data_functions,
    data_file_functions,   data_split_functions,   data_table_functions, unique_functions,
    random_functions,      random_state_functions, pad_functions,        mask_functions,
    composed_functions,    data_frame_functions,   data_image_functions, counts_functions,
    application_functions, estimator_functions,    dummies_functions,    written_functions,
    bundled_functions,     model_functions,        getter_functions,     NULL};

static Value real(double x) {
    return (Value){.kind = VALUE_FLOAT, .real = x};
}
static Value boolean(bool x) {
    return (Value){.kind = VALUE_BOOL, .integer = x};
}

static int find_name(const char *const *names, int n, const char *keyword) {
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], keyword) == 0) return i;
    return -1;
}

bool take(Eval *e, const Call *call, const char *const *names, int needed, int n,
          const Value **out) {
    for (int i = 0; i < n; i++) out[i] = NULL;
    for (int i = 0; i < call->n; i++) {
        const Argument *arg = &call->arg[i];
        int at = arg->keyword ? find_name(names, n, arg->keyword) : i;
        if (e->open_arguments && (at < 0 || at >= n)) {
            e->unknown_argument = arg->keyword ? arena_printf(e->a, "%s=", arg->keyword) : "...";
            return false;
        }
        if (at < 0) {
            diag_error(e->d, arg->loc, 201, "unknown argument '%s' of %s", arg->keyword,
                       call->what);
            const char *nearest = text_nearest(arg->keyword, names, n);
            if (!spelling_argument(e, arg, names, n) && nearest)
                diag_help(e->d, arg->loc, "did you mean '%s'?", nearest);
            return false;
        }
        if (at >= n) {
            diag_error(e->d, arg->loc, 202, "%s takes at most %d positional argument%s", call->what,
                       n, n == 1 ? "" : "s");
            return false;
        }
        if (out[at]) {
            diag_error(e->d, arg->loc, 204, "the argument '%s' is given twice", names[at]);
            return false;
        }
        out[at] = &arg->value;
    }
    for (int i = 0; i < needed; i++)
        if (!out[i]) {
            diag_error(e->d, call->loc, 205, "%s needs the argument '%s'", call->what, names[i]);
            return false;
        }
    return true;
}

bool take_whole(Eval *e, const Call *call, const Value *v, const char *name, int64_t *to) {
    if (v && value_is_int(v)) *to = v->integer;
    if (!v || value_is_int(v)) return true;
    if (v->kind != VALUE_ERROR)
        diag_error(e->d, call->loc, 206, "'%s' of %s must be an integer, not %s", name, call->what,
                   value_describe(e->a, v));
    return false;
}

static Value wrong(Eval *e, const Call *call, const Value *v, const char *wanted) {
    if (v->kind != VALUE_ERROR)
        diag_error(e->d, call->loc, 206, "%s takes %s, not %s", call->what, wanted,
                   value_describe(e->a, v));
    return eval_error();
}

// ------------------------------------------------------------------------------------ numbers

static Value run_len(Eval *e, const Call *call) {
    static const char *const names[] = {"object"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    int64_t n = 0;
    switch (v->kind) {
    case VALUE_STRING:
        for (const char *s = v->text; *s; s++) n += ((unsigned char)*s & 0xC0) != 0x80;
        return value_integer(n);
    case VALUE_TUPLE:
    case VALUE_LIST:
    case VALUE_KNOWN: return value_integer(value_count(v));
    case VALUE_RANGE: return value_integer(v->range->n);
    case VALUE_DICT:
    case VALUE_SET: return value_integer(dict_count(v->dict));
    case VALUE_VIEW: return value_integer(dict_count(v->view->dict));
    case VALUE_SERIES: return series_made(e, v, LATER_COUNT, call->loc);
    case VALUE_FIGURES: return value_integer(v->n);
    case VALUE_SCORE:
        if (v->model->broken) return eval_error();
        if (v->model->model->nmetric) return value_integer(1 + v->model->model->nmetric);
        break;
    case VALUE_ARRAY:
        if (v->array->flow) return value_integer(flow_batches(v->array));
        if (v->array->rank == 0) return array_foreign(e, v, "the length", call->loc);
        return value_integer(v->array->dim[0]);
    case VALUE_DATA: return foreign_made(e, arena_printf(e->a, "len(%s)", v->text), call->loc);
    default: break;
    }
    diag_error(e->d, call->loc, 102, "%s has no length", value_describe(e->a, v));
    return eval_error();
}

static Value run_abs(Eval *e, const Call *call) {
    static const char *const names[] = {"x"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    if (v->kind == VALUE_LATER) return later_unary(e, call->loc, LATER_ABS, v);
    if (!value_is_number(v)) return wrong(e, call, v, "a number");
    if (v->kind == VALUE_FLOAT) return real(fabs(v->real));
    return v->integer < 0 ? arith_negate(e, call->loc, v) : value_integer(v->integer);
}

static Value round_array(Eval *e, const Call *call, const Value *v, bool to_int, int64_t digits) {
    if (!v->array->predicted) return foreign_made(e, "round(...) of data", call->loc);
    Value made = array_round(e, v, digits, call->loc);
    if (!to_int || made.kind != VALUE_ARRAY) return made;
    return array_astype(e, &made, &(Value){.kind = VALUE_STRING, .text = "int64"}, call->loc);
}

static Value run_round(Eval *e, const Call *call) {
    static const char *const names[] = {"number", "ndigits"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    bool to_int = !v[1] || v[1]->kind == VALUE_NONE;
    if (!to_int && !value_is_int(v[1])) return wrong(e, call, v[1], "an integer");
    int64_t digits = to_int ? 0 : v[1]->integer;
    if (v[0]->kind == VALUE_ARRAY) return round_array(e, call, v[0], to_int, digits);
    if (v[0]->kind == VALUE_LATER) return later_round(e, call->loc, v[0], to_int, digits);
    if (value_is_int(v[0]) && digits >= 0) return value_integer(v[0]->integer);
    if (v[0]->kind != VALUE_FLOAT) return wrong(e, call, v[0], "a number");
    if (!isfinite(v[0]->real) && to_int) return wrong(e, call, v[0], "a finite number");
    if (to_int && fabs(v[0]->real) < 9e18) return value_integer((int64_t)nearbyint(v[0]->real));
    if (to_int) {
        diag_error(e->d, call->loc, 104, "the result does not fit 64 bits");
        return eval_error();
    }
    return real(py_round(v[0]->real, digits));
}

// The number that a text is, as int() and float() read it.
static bool read_number(const char *text, int64_t base, bool whole, Value *out) {
    char plain[400];
    size_t n = 0;
    while (isspace((unsigned char)*text)) text++;
    for (; *text && n < sizeof plain - 1; text++)
        if (*text != '_' || !n || !isalnum((unsigned char)text[1])) plain[n++] = *text;
    while (n && isspace((unsigned char)plain[n - 1])) n--;
    plain[n] = 0;
    if (!n || strpbrk(plain, "xXpP()") || isspace((unsigned char)plain[0])) return false;
    char *end;
    *out = whole ? value_integer(strtoll(plain, &end, (int)base)) : real(strtod(plain, &end));
    bool digits = isalnum((unsigned char)plain[n - 1]) || plain[n - 1] == '.';
    return *end == 0 && digits && n < 20 + (whole ? 0 : 360);
}

static Value run_int(Eval *e, const Call *call) {
    static const char *const names[] = {"x", "base"};
    const Value *v[2];
    Value out;
    if (!take(e, call, names, 0, 2, v)) return eval_error();
    if (!v[0]) return value_integer(0);
    int64_t base = 10;
    if (!take_whole(e, call, v[1], "base", &base)) return eval_error();
    if (v[1] && v[0]->kind != VALUE_STRING) return wrong(e, call, v[0], "a text beside a base");
    if (base < 2 || base > 36) {
        diag_error(e->d, call->loc, 207, "the base of int is from 2 to 36, not %lld",
                   (long long)base);
        return eval_error();
    }
    if (v[0]->kind == VALUE_LATER) return later_unary(e, call->loc, LATER_INT, v[0]);
    if (value_is_int(v[0])) return value_integer(v[0]->integer);
    if (v[0]->kind == VALUE_STRING && read_number(v[0]->text, base, true, &out)) return out;
    if (v[0]->kind != VALUE_FLOAT) return wrong(e, call, v[0], "a number or the text of one");
    if (fabs(v[0]->real) < 9e18) return value_integer((int64_t)v[0]->real);
    diag_error(e->d, call->loc, 104, "the result does not fit 64 bits");
    return eval_error();
}

static Value run_float(Eval *e, const Call *call) {
    static const char *const names[] = {"x"};
    const Value *v;
    Value out;
    if (!take(e, call, names, 0, 1, &v)) return eval_error();
    if (!v) return real(0);
    if (v->kind == VALUE_LATER) return later_unary(e, call->loc, LATER_FLOAT, v);
    if (value_is_number(v)) return real(value_real(v));
    if (v->kind == VALUE_STRING && read_number(v->text, 10, false, &out)) return out;
    return wrong(e, call, v, "a number or the text of one");
}

static Value run_bool(Eval *e, const Call *call) {
    static const char *const names[] = {"x"};
    const Value *v;
    bool truth = false;
    if (!take(e, call, names, 0, 1, &v)) return eval_error();
    if (v && !eval_truth(e, v, &truth))
        return v->kind == VALUE_ERROR ? eval_error()
                                      : foreign_made(e, value_describe(e->a, v), call->loc);
    return boolean(truth);
}

static Value run_str(Eval *e, const Call *call) {
    static const char *const names[] = {"object"};
    const Value *v;
    if (!take(e, call, names, 0, 1, &v)) return eval_error();
    if (!v) return eval_text(e, call->loc, "");
    return text_field(e, call->loc, v, "s", "");
}

static Value run_repr(Eval *e, const Call *call) {
    static const char *const names[] = {"object"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    return text_field(e, call->loc, v, "r", "");
}

// What isinstance compares with, by the name of its type.
static bool is_of(const Value *v, const char *type) {
    static const struct {
        ValueKind kind;
        const char *type;
    } types[] = {{VALUE_BOOL, "bool"},   {VALUE_BOOL, "int"},   {VALUE_INT, "int"},
                 {VALUE_FLOAT, "float"}, {VALUE_STRING, "str"}, {VALUE_TUPLE, "tuple"},
                 {VALUE_LIST, "list"},   {VALUE_DICT, "dict"},  {VALUE_SET, "set"},
                 {VALUE_RANGE, "range"}};
    if (strcmp(type, "object") == 0) return true;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].kind == v->kind && strcmp(types[i].type, type) == 0) return true;
    return v->kind == VALUE_OBJECT && strcmp(v->object->thing->name, type) == 0;
}

static Value run_isinstance(Eval *e, const Call *call) {
    static const char *const names[] = {"object", "class"};
    const Value *v[2];
    bool found = false;
    if (!take(e, call, names, 2, 2, v)) return eval_error();
    int n = v[1]->kind == VALUE_TUPLE ? value_count(v[1]) : 1;
    for (int i = 0; i < n; i++) {
        const Value *type = v[1]->kind == VALUE_TUPLE ? value_at(v[1], i) : v[1];
        if (type->kind == VALUE_CLASS)
            found |= v[0]->kind == VALUE_INSTANCE && v[0]->record->of == type->record;
        else if (type->kind == VALUE_THING)
            found |= is_of(v[0], type->thing->name);
        else
            return wrong(e, call, type, "a type");
    }
    return boolean(found);
}

const Function builtin_functions[] = {
    {"len", "", run_len, true},
    {"abs", "", run_abs},
    {"round", "", run_round, true},
    {"int", "", run_int},
    {"float", "", run_float},
    {"bool", "", run_bool},
    {"str", "", run_str, true},
    {"repr", "", run_repr},
    {"isinstance", "", run_isinstance, true},
    {0},
};
