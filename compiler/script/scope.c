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
