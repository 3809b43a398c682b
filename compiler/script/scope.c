// SPDX-License-Identifier: MIT
// Names and what they are bound to: the innermost scope first. An assignment is to the innermost.
#include "script/eval.h"

void scope_bind(Eval *e, const char *name, Value v) {
    void **slot = map_slot(e->scope->names, name);
    if (*slot)
        *(Value *)*slot = v;
    else
        *slot = arena_copy(e->a, &v, sizeof v);
}

const Value *scope_get(const Eval *e, const char *name) {
    for (const Scope *s = e->scope; s; s = s->outer) {
        const Value *v = map_get(s->names, name);
        if (v) return v;
    }
    return NULL;
}

// ------------------------------------------------------------------------------------- all of them

typedef struct Names {
    Eval *e;
    ScopeVisit *visit;
    void *context;
    const char *name;
} Names;

enum {
    DEEPEST = 4,
    MANY = 1 << 16
}; // of lists in lists, which may hold themselves; values below a name

static void visit_map(const Names *n, const Map *map, int depth);

static void visit_value(const Names *n, Value *v, int depth) {
    const Value *key, *item;
    n->visit(n->context, n->name, v);
    if (depth == DEEPEST || (depth == 0 && value_weight(v, MANY) >= MANY)) return;
    for (int i = 0; value_is_sequence(v) && i < v->list->n; i++)
        visit_value(n, &v->list->item[i], depth + 1);
    for (int at = 0; v->kind == VALUE_DICT && dict_next(v->dict, &at, &key, &item);)
        visit_value(n, (Value *)(uintptr_t)item, depth + 1);
    if (v->kind == VALUE_INSTANCE || v->kind == VALUE_CLASS)
        visit_map(n, v->record->names, depth + 1);
}

static void visit_map(const Names *n, const Map *map, int depth) {
    int count;
    const char *const *names = map_keys(map, &count);
    for (int i = 0; i < count; i++) {
        Value *v = map_get(map, names[i]);
        Names own = *n;
        if (depth == 0) own.name = names[i];
        if (v) visit_value(&own, v, depth);
    }
}

static void visit_scope(const Names *n, Scope *s) {
    for (; s && s->seen != n->e->nwalk; s = s->outer) {
        s->seen = n->e->nwalk;
        visit_map(n, s->names, 0);
        visit_scope(n, s->caller);
    }
}

void scope_each(Eval *e, ScopeVisit *visit, void *context) {
    const Names n = {.e = e, .visit = visit, .context = context};
    e->nwalk++;
    visit_scope(&n, e->scope);
}
