// SPDX-License-Identifier: MIT
// np.random.RandomState(seed): a generator of the script's own, which draws as np.random does.
#include "data/data.h"
#include <string.h>

static const Function *drawing(const char *name) {
    static const Function *const tables[] = {random_functions, data_split_functions};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const Function *f = tables[i]; f->name; f++)
            if (strcmp(f->module, "numpy.random") == 0 && strcmp(f->name, name) == 0) return f;
    return NULL;
}

static Value run_state(Eval *e, const Call *call) {
    static const char *const names[] = {"seed"};
    const Value *v;
    Draws own = {.seeded = true, .follows = true};
    if (!take(e, call, names, 0, 1, &v)) return eval_error();
    bool given = v && v->kind != VALUE_NONE;
    if (given && (!value_is_int(v) || v->integer < 0 || v->integer > UINT32_MAX))
        return foreign_made(e, "numpy.random.RandomState", call->loc);
    own.state.seed = given ? (uint32_t)v->integer : random_unseeded(e);
    Array x = {.of = array_class(&array_constant), .steps = ""};
    x.source = "numpy.random.RandomState";
    x.members = dict_new(e->a); // it is no array itself
    x.draws = arena_copy(e->a, &own, sizeof own);
    return array_value(e, call->loc, x);
}

Draws *random_state_of(const Value *v) {
    return v->kind == VALUE_ARRAY ? v->array->draws : NULL;
}

void random_state_given(const Call *call) {
    for (int i = 0; i < call->n; i++) {
        Draws *own = random_state_of(&call->arg[i].value);
        if (own) own->follows = false;
    }
}

// What is not here may draw.
Value random_state_get(Eval *e, const Value *v, const char *name, Loc loc) {
    if (drawing(name)) return method_bound(e, VALUE_BOUND, v, name);
    v->array->draws->follows = false;
    return array_foreign(e, v, name, loc);
}

Value random_state_call(Eval *e, const Value *self, const char *name, const Call *call) {
    Draws *own = self->array->draws;
    const Draws outer = e->draws;
    Call inner = *call;
    inner.what = name;
    e->draws = *own;
    const Value made = function_run(e, drawing(name), &inner);
    *own = e->draws;
    e->draws = outer;
    return made;
}

const Function random_state_functions[] = {{"RandomState", "numpy.random", run_state}, {0}};
