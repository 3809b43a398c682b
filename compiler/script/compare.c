// SPDX-License-Identifier: MIT
// == != < <= > >= in is, with Python's meaning.
#include "data/data.h"
#include <math.h>
#include <string.h>

static Value truth(Loc loc, bool x) {
    return (Value){.kind = VALUE_BOOL, .loc = loc, .integer = x};
}

static int compare_lists(const Value *l, const Value *r, bool *comparable) {
    int n = l->list->n < r->list->n ? l->list->n : r->list->n;
    for (int i = 0; i < n; i++) {
        const Value *a = &l->list->item[i], *b = &r->list->item[i];
        if (!value_equal(a, b)) return compare_values(a, b, comparable);
    }
    return (l->list->n > r->list->n) - (l->list->n < r->list->n);
}

int compare_values(const Value *l, const Value *r, bool *comparable) {
    *comparable = true;
    if (value_is_int(l) && value_is_int(r))
        return (l->integer > r->integer) - (l->integer < r->integer);
    if (value_is_number(l) && value_is_number(r)) {
        double a = value_real(l), b = value_real(r);
        return isnan(a) || isnan(b) ? 2 : (a > b) - (a < b);
    }
    if (l->kind == VALUE_STRING && r->kind == VALUE_STRING) {
        int order = strcmp(l->text, r->text); // of UTF-8: that of the code points
        return (order > 0) - (order < 0);
    }
    if (value_is_sequence(l) && l->kind == r->kind) return compare_lists(l, r, comparable);
    *comparable = false;
    return 2;
}

static Value within(Eval *e, Loc loc, const Value *l, const Value *r, bool not) {
    bool found = false;
    if (r->kind == VALUE_STRING && l->kind == VALUE_STRING)
        return truth(loc, (strstr(r->text, l->text) != NULL) != not);
    if (r->kind == VALUE_DICT || r->kind == VALUE_SET)
        return truth(loc, (value_hashable(l) && dict_find(r->dict, l)) != not);
    const List *list = r->kind == VALUE_STRING ? NULL : eval_iterate(e, r, loc);
    if (r->kind == VALUE_STRING)
        diag_error(e->d, loc, 103, "'in' a string takes a string, not %s", value_describe(e->a, l));
    if (!list || !eval_spend(e, loc, list->n)) return eval_error();
    for (int i = 0; i < list->n && !found; i++) found = value_equal(l, &list->item[i]);
    return truth(loc, found != not);
}

static bool is_later(const Value *v) {
    return v->kind == VALUE_LATER || v->kind == VALUE_TEXT_LATER || v->kind == VALUE_DATA ||
           v->kind == VALUE_ARRAY;
}

static bool has_rows(const Value *v) { // else the program alone knows whether a condition holds
    return v->kind == VALUE_ARRAY && v->array->rank > 0;
}

Value compare(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r) {
    if (l->kind == VALUE_ERROR || r->kind == VALUE_ERROR) return eval_error();
    if (op == OP_IS || op == OP_IS_NOT) return truth(loc, value_same(l, r) == (op == OP_IS));
    if (l->kind == VALUE_FOREIGN) return foreign_part(e, l, "", loc);
    if (r->kind == VALUE_FOREIGN) return foreign_part(e, r, "", loc);
    bool in = op == OP_IN || op == OP_NOT_IN;
    bool made = (l->kind == VALUE_ARRAY && l->array->predicted) ||
                (r->kind == VALUE_ARRAY && r->array->predicted);
    if (made && !in) return array_compare(e, loc, op, l, r);
    Value counts, names;
    if (in && names_of(e, r, &names)) return within(e, loc, l, &names, op == OP_NOT_IN);
    if (texts_arith(e, loc, op, l, r, &counts)) return counts;
    if (counts_compare(e, loc, op, l, r, &counts)) return counts;
    if (!in && (has_rows(l) || has_rows(r))) return array_compare(e, loc, op, l, r);
    if (is_later(l) || is_later(r))
        return foreign_made(e, value_describe(e->a, is_later(l) ? l : r), loc);
    if (!in && (l->kind == VALUE_KNOWN || r->kind == VALUE_KNOWN))
        return known_compare(e, loc, op, l, r);
    if (!eval_weigh(e, loc, l) || !eval_weigh(e, loc, r)) return eval_error();
    if (in) return within(e, loc, l, r, op == OP_NOT_IN);
    if (op == OP_EQUAL || op == OP_NOT_EQUAL)
        return truth(loc, value_equal(l, r) == (op == OP_EQUAL));
    bool comparable;
    int order = compare_values(l, r, &comparable);
    if (!comparable) {
        diag_error(e->d, loc, 103, "'%s' does not go with %s and %s", ast_operators[op],
                   value_describe(e->a, l), value_describe(e->a, r));
        return eval_error();
    }
    if (order == 2) return truth(loc, false); // a NaN
    return truth(loc, op == OP_LESS         ? order < 0
                      : op == OP_LESS_EQUAL ? order <= 0
                      : op == OP_GREATER    ? order > 0
                                            : order >= 0);
}
