// SPDX-License-Identifier: MIT
// Expressions to values. An error is reported once, where it is; VALUE_ERROR then stays silent.
#include "model/eval.h"
#include "support/text.h"
#include <string.h>

Value eval_error(void) {
    return (Value){.kind = VALUE_ERROR};
}

bool eval_spend(Eval *e, Loc loc, int64_t amount) {
    if (amount > LARGEST_SEQUENCE)
        diag_error(e->d, loc, 106, "a sequence of %s items: the most is %s",
                   amount == INT64_MAX ? "very many" : text_thousands(e->a, amount),
                   text_thousands(e->a, LARGEST_SEQUENCE));
    else if (amount > e->budget)
        diag_error(e->d, loc, 106, "the file's sequences are too long together");
    else
        return e->budget -= amount, true;
    return false;
}

static Value eval_constant(const Ast *node) {
    return (Value){.kind = node->text[0] == 'N' ? VALUE_NONE : VALUE_BOOL,
                   .integer = node->text[0] == 'T'};
}

static Value eval_int(Eval *e, const Ast *node) {
    if (node->integer <= INT64_MAX)
        return (Value){.kind = VALUE_INT, .integer = (int64_t)node->integer};
    diag_error(e->d, node->loc, 104, "the integer does not fit 64 bits");
    return eval_error();
}

static Value eval_name(Eval *e, const Ast *node) {
    const Value *bound = map_get(e->names, node->text);
    if (bound) return *bound;
    Value v = catalog_name(e, node->text, node->loc);
    if (v.kind != VALUE_ERROR) return v;
    diag_error(e->d, node->loc, 101, "unknown name '%s'", node->text);
    const char *nearest = catalog_nearest(e, node->text);
    if (nearest) diag_help(e->d, node->loc, "did you mean '%s'?", nearest);
    return v;
}

static Value eval_attribute(Eval *e, const Ast *node) {
    Value left = eval(e, node->left);
    if (left.kind == VALUE_MODULE) return catalog_member(e, left.text, node->text, node->loc);
    if (left.kind == VALUE_MODEL) return (Value){.kind = VALUE_METHOD, .text = node->text};
    if (left.kind == VALUE_DATA)
        diag_error(e->d, node->loc, 110, "data lines (%s.%s) are not supported yet", left.text,
                   node->text);
    else if (left.kind != VALUE_ERROR)
        diag_error(e->d, node->loc, 102, "%s has no attribute '%s'", value_describe(e->a, &left),
                   node->text);
    return eval_error();
}

static Value score_item(Eval *e, const Ast *node, const Value *score, int64_t index) {
    int n = 1 + (e->broken ? MAX_METRICS : e->model->nmetric);
    if (index < -n || index >= n) {
        diag_error(e->d, node->right->loc, 107,
                   "index %lld is outside the %d results of evaluate()", (long long)index, n);
        diag_help(e->d, node->right->loc, "0 is the loss, then come the metrics in their order");
        return eval_error();
    }
    return (Value){.kind = VALUE_SCORE_ITEM,
                   .integer = index < 0 ? index + n : index,
                   .n = (int)score->integer};
}

static Value eval_subscript(Eval *e, const Ast *node) {
    Value left = eval(e, node->left), index = eval(e, node->right);
    if (left.kind == VALUE_ERROR || index.kind == VALUE_ERROR) return eval_error();
    bool string = left.kind == VALUE_STRING;
    if (!value_is_sequence(&left) && !string && left.kind != VALUE_SCORE) {
        diag_error(e->d, node->loc, 102, "%s cannot be subscripted", value_describe(e->a, &left));
        return eval_error();
    }
    if (!value_is_int(&index)) {
        diag_error(e->d, node->right->loc, 107, "an index is an integer, not %s",
                   value_describe(e->a, &index));
        return eval_error();
    }
    if (left.kind == VALUE_SCORE) return score_item(e, node, &left, index.integer);
    int64_t n = string ? (int64_t)strlen(left.text) : left.n, i = index.integer;
    if (i < -n || i >= n) {
        diag_error(e->d, node->right->loc, 107, "index %lld is outside %s", (long long)i,
                   value_describe(e->a, &left));
        return eval_error();
    }
    if (i < 0) i += n;
    if (!string) return left.item[i];
    if ((unsigned char)left.text[i] >= 0x80 || (unsigned char)left.text[0] >= 0x80) {
        diag_error(e->d, node->loc, 102, "subscripts of text beyond ASCII are not supported");
        return eval_error();
    }
    return (Value){.kind = VALUE_STRING, .text = arena_strndup(e->a, left.text + i, 1)};
}

static Value eval_sequence(Eval *e, const Ast *node) {
    Value *items = ARENA_ARRAY(e->a, Value, node->n ? node->n : 1);
    // A list keeps its bad items: who uses the list skips them.
    for (int i = 0; i < node->n; i++) items[i] = eval(e, node->item[i].value);
    return (Value){
        .kind = node->kind == AST_LIST ? VALUE_LIST : VALUE_TUPLE, .n = node->n, .item = items};
}

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

static Value eval_unary(Eval *e, const Ast *node) {
    const Ast *inner = node->left;
    bool minus = node->op == OP_SUB;
    if (minus && inner->kind == AST_INT && inner->integer == (uint64_t)INT64_MAX + 1)
        return (Value){.kind = VALUE_INT, .integer = INT64_MIN};
    Value v = eval(e, inner);
    if (minus) return arith_negate(e, node->loc, &v);
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

// -------------------------------------------------------------------------------------- calls

typedef Value (*Make)(Eval *, const Thing *, const Call *);

static Value call_activation(Eval *e, const Thing *t, const Call *call) {
    diag_error(e->d, call->loc, 108, "'%s' is not called here but given by name", t->name);
    diag_help(e->d, call->loc, "write \"%s\", or the layer Activation(\"%s\")", t->name, t->name);
    return eval_error();
}

static Value call_function(Eval *e, const Thing *t, const Call *call) {
    return ((const Function *)t->row)->run(e, call);
}

static Value call_unsupported(Eval *e, const Thing *t, const Call *call) {
    diag_error(e->d, call->loc, 110, "%s is not supported yet", t->name);
    return eval_error();
}

static const Make makers[] = {
    [THING_LAYER] = layer_make,           [THING_INPUT] = input_make,
    [THING_SEQUENTIAL] = sequential_make, [THING_LOSS] = object_make,
    [THING_OPTIMIZER] = object_make,      [THING_METRIC] = object_make,
    [THING_INITIALIZER] = object_make,    [THING_ACTIVATION] = call_activation,
    [THING_SCHEDULE] = object_make,       [THING_CALLBACK] = object_make,
    [THING_FUNCTION] = call_function,     [THING_UNSUPPORTED] = call_unsupported,
};

static bool eval_arguments(Eval *e, const Ast *node, Argument *arg) {
    bool good = true;
    for (int i = 0; i < node->n; i++) {
        arg[i] = (Argument){node->item[i].keyword, node->item[i].loc, eval(e, node->item[i].value)};
        good &= arg[i].value.kind != VALUE_ERROR;
    }
    return good;
}

static Value eval_call(Eval *e, const Ast *node) {
    Value callee = eval(e, node->left);
    if (callee.kind == VALUE_THING && callee.thing->kind == THING_UNSUPPORTED)
        return call_unsupported(e, callee.thing, &(Call){.loc = node->loc});
    Argument *arg = ARENA_ARRAY(e->a, Argument, node->n ? node->n : 1);
    bool good = eval_arguments(e, node, arg);
    Call call = {.loc = node->loc, .n = node->n, .arg = arg};
    e->acting = node == e->statement;
    if (callee.kind == VALUE_METHOD) {
        call.what = callee.text;
        if (e->acting) return method_run(e, callee.text, &call, node->left->loc);
        diag_error(e->d, node->loc, 108,
                   "%s() stands on its own line or behind NAME =", callee.text);
        return eval_error();
    }
    if (callee.kind == VALUE_THING) {
        const Thing *t = callee.thing;
        call.what = t->name;
        // A call whose arguments are wrong still names its layer, so that the rest is checked.
        if (good || t->kind == THING_SEQUENTIAL || t->kind == THING_LAYER)
            return makers[t->kind](e, t, &call);
        return eval_error();
    }
    if (callee.kind != VALUE_ERROR)
        diag_error(e->d, node->left->loc, 102, "%s cannot be called",
                   value_describe(e->a, &callee));
    return eval_error();
}

static Value eval_string(const Ast *node) {
    return (Value){.kind = VALUE_STRING, .text = node->text};
}
static Value eval_float(const Ast *node) {
    return (Value){.kind = VALUE_FLOAT, .real = node->real};
}

Value eval(Eval *e, const Ast *node) {
    Value v;
    if (diag_overflows(e->d)) return eval_error(); // a statement may go wrong a million times
    switch (node->kind) {
    case AST_INT: v = eval_int(e, node); break;
    case AST_FLOAT: v = eval_float(node); break;
    case AST_STRING: v = eval_string(node); break;
    case AST_CONSTANT: v = eval_constant(node); break;
    case AST_NAME: v = eval_name(e, node); break;
    case AST_ATTRIBUTE: v = eval_attribute(e, node); break;
    case AST_SUBSCRIPT: v = eval_subscript(e, node); break;
    case AST_CALL: v = eval_call(e, node); break;
    case AST_TUPLE:
    case AST_LIST: v = eval_sequence(e, node); break;
    case AST_UNARY: v = eval_unary(e, node); break;
    case AST_POWER: v = eval_power(e, node); break;
    case AST_CHAIN: v = eval_chain(e, node); break;
    default: v = eval_error(); break;
    }
    if (v.kind != VALUE_ERROR) v.loc = node->loc;
    return v;
}
