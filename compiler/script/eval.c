// SPDX-License-Identifier: MIT
// Expressions to values. An error is reported once, where it is; VALUE_ERROR then stays silent.
#include "data/data.h"
#include "script/later.h"
#include "support/text.h"
#include <assert.h>
#include <string.h>

enum { DEEPEST = 1500 }; // evaluations within each other, so that the stack suffices

Value eval_error(void) {
    return (Value){.kind = VALUE_ERROR};
}

// ----------------------------------------------------------------------------------- bounds

bool eval_spend(Eval *e, Loc loc, int64_t amount) {
    if (e->exhausted) return false;
    e->budget -= amount;
    if (e->budget >= 0) return true;
    diag_error(e->d, loc, 106, "the script takes more than %s operations: here they are used up",
               text_thousands(e->a, OPERATIONS));
    e->exhausted = true;
    return false;
}

bool eval_items(Eval *e, Loc loc, int64_t n) {
    if (n <= LARGEST_SEQUENCE) return eval_spend(e, loc, n);
    diag_error(e->d, loc, 106, "a sequence of %s items: the most is %s",
               n == INT64_MAX ? "very many" : text_thousands(e->a, n),
               text_thousands(e->a, LARGEST_SEQUENCE));
    return false;
}

bool eval_bytes(Eval *e, Loc loc, int64_t n) {
    if (n <= LONGEST_STRING) return eval_spend(e, loc, n / 16);
    diag_error(e->d, loc, 106, "a string of %s bytes: the most is %s",
               n == INT64_MAX ? "very many" : text_thousands(e->a, n),
               text_thousands(e->a, LONGEST_STRING));
    return false;
}

bool eval_weigh(Eval *e, Loc loc, const Value *v) {
    int n = value_weight(v, LARGEST_SEQUENCE);
    if (n < LARGEST_SEQUENCE) return eval_spend(e, loc, n / 4);
    diag_error(e->d, loc, 106, "%s holds too many values to compare: the most is %s",
               value_describe(e->a, v), text_thousands(e->a, LARGEST_SEQUENCE));
    return false;
}

Value eval_text(Eval *e, Loc loc, const char *text) {
    if (!eval_bytes(e, loc, (int64_t)strlen(text))) return eval_error();
    return (Value){.kind = VALUE_STRING, .loc = loc, .text = text};
}

// ------------------------------------------------------------------------------------ leaves

static Value eval_constant(Eval *e, const Ast *node) {
    (void)e;
    static const char letters[] = "N.TF";
    static const ValueKind kinds[] = {VALUE_NONE, VALUE_ELLIPSIS, VALUE_BOOL, VALUE_BOOL};
    return (Value){.kind = kinds[strchr(letters, node->text[0]) - letters],
                   .integer = node->text[0] == 'T'};
}

static Value eval_int(Eval *e, const Ast *node) {
    if (node->integer <= INT64_MAX)
        return (Value){.kind = VALUE_INT, .integer = (int64_t)node->integer};
    diag_error(e->d, node->loc, 104, "the integer does not fit 64 bits");
    return eval_error();
}

static Value eval_float(Eval *e, const Ast *node) {
    (void)e;
    return (Value){.kind = VALUE_FLOAT, .real = node->real};
}

static Value eval_string(Eval *e, const Ast *node) {
    (void)e;
    return (Value){.kind = VALUE_STRING, .text = node->text};
}

static Value eval_name(Eval *e, const Ast *node) {
    const Value *bound = scope_get(e, node->text);
    if (bound) return *bound;
    Value v = catalog_name(e, node->text, node->loc);
    if (v.kind != VALUE_ERROR) return v;
    if (e->foreign_star) return (Value){.kind = VALUE_FOREIGN, .foreign = e->foreign_star};
    diag_error(e->d, node->loc, 101, "unknown name '%s'", node->text);
    const char *nearest = catalog_nearest(e, node->text);
    if (nearest) diag_help(e->d, node->loc, "did you mean '%s'?", nearest);
    return v;
}

static Value eval_attribute(Eval *e, const Ast *node) {
    Value left = eval(e, node->left);
    if (left.kind == VALUE_ERROR) return left;
    if (left.kind == VALUE_MODULE) return catalog_member(e, left.text, node->text, node->loc);
    return method_get(e, &left, node->text, node->loc);
}

// --------------------------------------------------------------------------------- operators

static Value eval_chain(Eval *e, const Ast *node) {
    Value left = eval(e, node->item[0].value);
    for (int i = 1; i < node->n; i++) {
        Value right = eval(e, node->item[i].value);
        Loc loc = {node->loc.line, node->loc.col, right.loc.end_line, right.loc.end_col};
        if (right.kind == VALUE_ERROR) loc = node->loc;
        left = arith(e, loc, node->item[i].op, &left, &right);
    }
    return left;
}

static Value eval_compare(Eval *e, const Ast *node) {
    Value left = eval(e, node->item[0].value), result = eval_error();
    for (int i = 1; i < node->n; i++) {
        Value right = eval(e, node->item[i].value);
        bool truth;
        result = compare(e, node->loc, node->item[i].op, &left, &right);
        if (i + 1 == node->n) break;
        if (!eval_truth(e, &result, &truth)) return foreign_result(e, &result);
        if (!truth) break;
        left = right;
    }
    return result;
}

static Value eval_boolean(Eval *e, const Ast *node) {
    Value v = eval_error();
    for (int i = 0; i < node->n; i++) {
        bool truth;
        v = eval(e, node->item[i].value);
        if (i + 1 == node->n) break;
        if (!eval_truth(e, &v, &truth)) return foreign_result(e, &v);
        if (truth == (node->op == OP_OR)) break;
    }
    return v;
}

static Value eval_conditional(Eval *e, const Ast *node) {
    Value test = eval(e, node->third);
    bool truth;
    if (!eval_truth(e, &test, &truth)) return foreign_result(e, &test);
    return eval(e, truth ? node->left : node->right);
}

static Value eval_unary(Eval *e, const Ast *node) {
    const Ast *inner = node->left;
    bool minus = node->op == OP_SUB, truth;
    if (minus && inner->kind == AST_INT && inner->integer == (uint64_t)INT64_MAX + 1)
        return (Value){.kind = VALUE_INT, .integer = INT64_MIN};
    Value v = eval(e, inner);
    if (v.kind == VALUE_FOREIGN) return v;
    if (node->op == OP_NOT) {
        if (!eval_truth(e, &v, &truth)) return foreign_result(e, &v);
        return (Value){.kind = VALUE_BOOL, .integer = !truth};
    }
    if (minus) return arith_negate(e, node->loc, &v);
    if (node->op == OP_INVERT) return arith(e, node->loc, OP_INVERT, &v, &v);
    if (value_is_number(&v) || v.kind == VALUE_ERROR) {
        if (v.kind == VALUE_BOOL) v.kind = VALUE_INT;
        return v;
    }
    diag_error(e->d, node->loc, 103, "'+' does not go with %s", value_describe(e->a, &v));
    return eval_error();
}

static Value eval_power(Eval *e, const Ast *node) {
    Value l = eval(e, node->left), r = eval(e, node->right);
    return arith_power(e, node->loc, &l, &r);
}

static Value eval_slice(Eval *e, const Ast *node) {
    const Ast *part[] = {node->left, node->right, node->third};
    Value v = value_sequence(e->a, VALUE_SLICE, 3);
    for (int i = 0; i < 3; i++) {
        Value p = part[i] ? eval(e, part[i]) : (Value){.kind = VALUE_NONE};
        if (p.kind == VALUE_ERROR || p.kind == VALUE_FOREIGN) return p;
        v.list->item[i] = p;
    }
    return v;
}

static Value eval_lambda(Eval *e, const Ast *node) {
    return closure_make(e, "<lambda>", node, NULL);
}

static Value eval_star(Eval *e, const Ast *node) {
    diag_error(e->d, node->loc, 103, "a '*' stands only in a list, a call or before '='");
    return eval_error();
}

// -------------------------------------------------------------------------- formatted strings

static Value eval_formatted(Eval *e, const Ast *node);

static Value eval_field(Eval *e, const Ast *node) {
    Value v = eval(e, node->left);
    const char *spec = "";
    if (v.kind == VALUE_ERROR) return v;
    if (node->right) {
        Value s = eval_formatted(e, node->right);
        if (s.kind != VALUE_STRING) return s;
        spec = s.text;
    }
    return text_field(e, node->loc, &v, node->text, spec);
}

static Value eval_formatted(Eval *e, const Ast *node) {
    Value all = {.kind = VALUE_STRING, .loc = node->loc, .text = ""};
    for (int i = 0; i < node->n; i++) {
        Value piece = eval(e, node->item[i].value);
        if (piece.kind == VALUE_ERROR || piece.kind == VALUE_FOREIGN) return piece;
        all = arith(e, node->loc, OP_ADD, &all, &piece);
    }
    return all;
}

// -------------------------------------------------------------------------------------- calls

static bool push_argument(Eval *e, Argument **arg, int *n, Argument given) {
    if (!eval_items(e, given.loc, 1)) return false;
    ARENA_PUSH(e->a, *arg, *n, given);
    return true;
}

// *args and **kwargs in their places.
static bool push_star(Eval *e, const AstItem *item, Argument **arg, int *n) {
    Value v = eval(e, item->value->left);
    const Value *key, *value;
    if (v.kind == VALUE_FOREIGN) return push_argument(e, arg, n, (Argument){NULL, item->loc, v});
    if (v.kind == VALUE_ERROR) return false;
    if (item->value->op != OP_POWER) {
        const List *list = eval_iterate(e, &v, item->loc);
        for (int i = 0; list && i < list->n; i++)
            if (!push_argument(e, arg, n, (Argument){NULL, item->loc, list->item[i]})) return false;
        return list != NULL;
    }
    if (v.kind != VALUE_DICT) {
        diag_error(e->d, item->loc, 103, "'**' takes a dict, not %s", value_describe(e->a, &v));
        return false;
    }
    for (int at = 0; dict_next(v.dict, &at, &key, &value);) {
        if (key->kind != VALUE_STRING) {
            diag_error(e->d, item->loc, 103, "the names of arguments are strings, not %s",
                       value_describe(e->a, key));
            return false;
        }
        if (!push_argument(e, arg, n, (Argument){key->text, item->loc, *value})) return false;
    }
    return true;
}

static bool eval_arguments(Eval *e, const Ast *node, Argument **arg, int *n) {
    bool good = true;
    for (int i = 0; i < node->n; i++) {
        const AstItem *item = &node->item[i];
        if (item->value->kind == AST_STAR && !item->keyword) {
            if (!push_star(e, item, arg, n)) {
                push_argument(e, arg, n, (Argument){NULL, item->loc, eval_error()});
                good = false;
            }
            continue;
        }
        Value v = eval(e, item->value);
        good &= v.kind != VALUE_ERROR;
        if (!push_argument(e, arg, n, (Argument){item->keyword, item->loc, v})) return false;
    }
    return good;
}

// A call whose arguments are wrong still names its layer, so that the rest is checked.
static bool runs_with_errors(const Value *callee) {
    if (callee->kind == VALUE_METHOD) return true;
    return callee->kind == VALUE_THING &&
           (callee->thing->kind == THING_SEQUENTIAL || callee->thing->kind == THING_LAYER);
}

static const char *function_path(Eval *e, const Value *callee) {
    if (callee->kind == VALUE_FOREIGN) return callee->foreign->what;
    if (callee->kind == VALUE_BOUND && random_state_of(&callee->bound->self))
        return arena_printf(e->a, "numpy.random.%s", callee->bound->name);
    if (callee->kind != VALUE_THING || !callee->thing->module) return "";
    return arena_printf(e->a, "%s.%s", callee->thing->module, callee->thing->name);
}

static Value eval_call_node(Eval *e, const Ast *node) {
    Value callee = eval(e, node->left);
    bool unsupported = callee.kind == VALUE_THING && callee.thing->kind == THING_UNSUPPORTED;
    Argument *arg = ARENA_NEW(e->a, Argument);
    Call call = {.loc = node->loc};
    if (unsupported) return eval_call(e, &callee, &call, node->left->loc);
    bool good = eval_arguments(e, node, &arg, &call.n);
    call.arg = arg;
    if (callee.kind == VALUE_ERROR || (!good && !runs_with_errors(&callee))) return eval_error();
    Value made = eval_call(e, &callee, &call, node->left->loc);
    if (made.kind == VALUE_FOREIGN && array_changes(node))
        array_part_forget(e, node->left, made.foreign);
    if (made.kind == VALUE_FOREIGN) array_given(e, function_path(e, &callee), &call, &made);
    return made;
}

// --------------------------------------------------------------------------------------------

static Value (*const evaluators[])(Eval *, const Ast *) = {
    [AST_INT] = eval_int,
    [AST_FLOAT] = eval_float,
    [AST_STRING] = eval_string,
    [AST_CONSTANT] = eval_constant,
    [AST_NAME] = eval_name,
    [AST_ATTRIBUTE] = eval_attribute,
    [AST_SUBSCRIPT] = eval_subscript,
    [AST_CALL] = eval_call_node,
    [AST_TUPLE] = eval_sequence,
    [AST_LIST] = eval_sequence,
    [AST_SET] = eval_set,
    [AST_DICT] = eval_dict,
    [AST_UNARY] = eval_unary,
    [AST_POWER] = eval_power,
    [AST_CHAIN] = eval_chain,
    [AST_COMPARE] = eval_compare,
    [AST_BOOLEAN] = eval_boolean,
    [AST_CONDITIONAL] = eval_conditional,
    [AST_SLICE] = eval_slice,
    [AST_STAR] = eval_star,
    [AST_LAMBDA] = eval_lambda,
    [AST_FORMATTED] = eval_formatted,
    [AST_FIELD] = eval_field,
    [AST_COMPREHENSION] = eval_comprehension,
};

Value eval(Eval *e, const Ast *node) {
    if (diag_overflows(e->d) || !eval_spend(e, node->loc, 1)) return eval_error();
    if (e->depth == DEEPEST) {
        diag_error(e->d, node->loc, 7, "calls and expressions are nested too deeply");
        e->exhausted = true;
        return eval_error();
    }
    e->depth++;
    Value v = evaluators[node->kind](e, node);
    e->depth--;
    assert(v.kind != VALUE_ERROR || e->open_arguments || diag_errors(e->d)); // it was said why
    if (v.kind != VALUE_ERROR) v.loc = node->loc;
    return v;
}
