// SPDX-License-Identifier: MIT
// keras.MODULE.get and deserialize: an object by its name, by a dict of its class and arguments, or as it is.
#include "keras/activation.h"
#include "script/eval.h"

static Value made(Eval *e, const Call *call, const char *argument, ThingKind kind,
                  const char *what) {
    const Value *v;
    if (!take(e, call, &argument, 1, 1, &v)) return eval_error();
    if (v->kind == VALUE_NONE) return *v;
    const Object *object = object_resolve(e, kind, what, v, call->loc);
    if (!object) return eval_error();
    return (Value){
        .kind = VALUE_OBJECT, .loc = call->loc, .object = arena_copy(e->a, object, sizeof *object)};
}

#define GETTERS(word, kind)                                                                        \
    static Value get_##word(Eval *e, const Call *call) {                                           \
        return made(e, call, "identifier", kind, #word);                                           \
    }                                                                                              \
    static Value deserialize_##word(Eval *e, const Call *call) {                                   \
        return made(e, call, "config", kind, #word);                                               \
    }
GETTERS(loss, THING_LOSS)
GETTERS(metric, THING_METRIC)
GETTERS(optimizer, THING_OPTIMIZER)
GETTERS(initializer, THING_INITIALIZER)
GETTERS(regularizer, THING_REGULARIZER)
GETTERS(constraint, THING_CONSTRAINT)

static Value get_activation(Eval *e, const Call *call) {
    static const Arg args[] = {{"identifier", ARG_ACTIVATION, 0}, {0}};
    const Activation *act;
    if (!bind(e, call, &(ArgTable){args, &act, bind_locs(e->a, args)}, 1)) return eval_error();
    for (int i = 0; i < e->nthing; i++)
        if (e->things[i].kind == THING_ACTIVATION && e->things[i].row == act)
            return (Value){.kind = VALUE_THING, .loc = call->loc, .thing = &e->things[i]};
    return call->arg[0].value; // a layer
}

#define ROWS(word, module)                                                                         \
    {"get", module, get_##word, false}, {                                                          \
        "deserialize", module, deserialize_##word, false                                           \
    }
const Function getter_functions[] = {
    ROWS(loss, "losses"),
    ROWS(metric, "metrics"),
    ROWS(optimizer, "optimizers"),
    ROWS(initializer, "initializers"),
    ROWS(regularizer, "regularizers"),
    ROWS(constraint, "constraints"),
    {"get", "activations", get_activation, false},
    {0},
};
