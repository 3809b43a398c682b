// SPDX-License-Identifier: MIT
// Displays, [a, *b], {k: v, **d}, and comprehensions, for their elements each to be evaluated once, in order.
#include "script/later.h"

// Items one by one, *star ones in their place. A list keeps its bad items: who uses it skips them.
static bool append_item(Eval *e, Value *to, const Ast *node) {
    bool star = node->kind == AST_STAR;
    Value v = eval(e, star ? node->left : node);
    if (!eval_items(e, node->loc, 1)) return false;
    if (!star) return value_append(e->a, to, v), true;
    if (v.kind == VALUE_ERROR) return false;
    const List *list = eval_iterate(e, &v, node->loc);
    if (!list || !eval_items(e, node->loc, (int64_t)list->n + to->list->n)) return false;
    for (int i = 0; i < list->n; i++) value_append(e->a, to, list->item[i]);
    return true;
}

Value eval_sequence(Eval *e, const Ast *node) {
    Value v = value_sequence(e->a, node->kind == AST_LIST ? VALUE_LIST : VALUE_TUPLE, 0);
    for (int i = 0; i < node->n; i++)
        if (!append_item(e, &v, node->item[i].value)) return eval_error();
    return v;
}

static bool put_key(Eval *e, Dict *d, Value key, Value item, Loc loc) {
    if (key.kind == VALUE_ERROR || !eval_items(e, loc, (int64_t)dict_count(d) + 1)) return false;
    e->budget += dict_count(d); // an entry is one operation
    if (value_hashable(&key)) return dict_put(d, key, item), true;
    diag_error(e->d, loc, 103, "%s cannot be a key", value_describe(e->a, &key));
    return false;
}

Value eval_set(Eval *e, const Ast *node) {
    Value v = {.kind = VALUE_SET, .dict = dict_new(e->a)};
    Value items = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < node->n; i++)
        if (!append_item(e, &items, node->item[i].value)) return eval_error();
    for (int i = 0; i < value_count(&items); i++)
        if (!put_key(e, v.dict, *value_at(&items, i), v, node->loc)) return eval_error();
    return v;
}

static bool put_all(Eval *e, Dict *d, const Value *from, Loc loc) {
    const Value *key, *item;
    if (from->kind != VALUE_DICT) {
        if (from->kind != VALUE_ERROR)
            diag_error(e->d, loc, 103, "'**' takes a dict, not %s", value_describe(e->a, from));
        return false;
    }
    for (int at = 0; dict_next(from->dict, &at, &key, &item);)
        if (!put_key(e, d, *key, *item, loc)) return false;
    return true;
}

Value eval_dict(Eval *e, const Ast *node) {
    Value v = {.kind = VALUE_DICT, .dict = dict_new(e->a)};
    for (int i = 0; i < node->n; i++) {
        const AstItem *item = &node->item[i];
        Value key = item->key ? eval(e, item->key) : eval_error(), value = eval(e, item->value);
        if (item->key ? !put_key(e, v.dict, key, value, item->loc)
                      : !put_all(e, v.dict, &value, item->loc))
            return eval_error();
    }
    return v;
}

// ----------------------------------------------------------------------------- comprehensions

typedef struct Comprehension {
    const Ast *node;
    Value made;
    const Foreign *foreign; // what it walks is not known
} Comprehension;

static bool comprehend(Eval *e, Comprehension *c, int clause);

static bool comprehend_item(Eval *e, Comprehension *c) {
    const Ast *node = c->node;
    Value left = eval(e, node->left);
    if (left.kind == VALUE_ERROR) return false;
    if (node->of == AST_DICT)
        return put_key(e, c->made.dict, left, eval(e, node->right), node->loc);
    if (node->of == AST_SET) return put_key(e, c->made.dict, left, left, node->loc);
    if (!eval_spend(e, node->loc, 1)) return false;
    value_append(e->a, &c->made, left);
    return eval_items(e, node->loc, value_count(&c->made) > LARGEST_SEQUENCE ? INT64_MAX : 0);
}

static bool holds(Eval *e, Comprehension *c, const AstClause *clause, bool *good) {
    for (int i = 0; i < clause->ncondition; i++) {
        bool truth;
        Value v = eval(e, clause->condition[i]);
        *good = eval_truth(e, &v, &truth);
        if (!*good && v.kind != VALUE_ERROR) c->foreign = foreign_unknown(e, &v);
        if (!*good || !truth) return false;
    }
    return true;
}

static bool comprehend(Eval *e, Comprehension *c, int n) {
    if (n == c->node->nclause) return comprehend_item(e, c);
    const AstClause *clause = &c->node->clause[n];
    Value source = eval(e, clause->source);
    bool open = source.kind == VALUE_SERIES && series_open(&source);
    if (open || source.kind == VALUE_ARRAY || source.kind == VALUE_DATA)
        source = foreign_made(e, value_describe(e->a, &source), clause->source->loc);
    if (source.kind == VALUE_FOREIGN) return c->foreign = source.foreign, false;
    const List *list = eval_iterate(e, &source, clause->source->loc);
    if (!list) return false;
    for (int i = 0; i < list->n; i++) {
        bool good = true;
        assign(e, clause->target, list->item[i]);
        if (holds(e, c, clause, &good)) good = comprehend(e, c, n + 1);
        if (!good) return false;
    }
    return true;
}

Value eval_comprehension(Eval *e, const Ast *node) {
    Comprehension c = {.node = node};
    if (node->of == AST_DICT || node->of == AST_SET)
        c.made =
            (Value){.kind = node->of == AST_SET ? VALUE_SET : VALUE_DICT, .dict = dict_new(e->a)};
    else
        c.made = value_sequence(e->a, node->of == AST_LIST ? VALUE_LIST : VALUE_ITERATOR, 0);
    Scope own = {.names = map_new(e->a), .outer = e->scope};
    e->scope = arena_copy(e->a, &own, sizeof own); // a lambda may keep it
    bool good = comprehend(e, &c, 0);
    e->scope = own.outer;
    if (c.foreign) return (Value){.kind = VALUE_FOREIGN, .foreign = c.foreign};
    return good ? c.made : eval_error();
}
