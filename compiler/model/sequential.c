// SPDX-License-Identifier: MIT
// Sequential models as values: what is put into one, by its constructor and by add.
#include "data/data.h"

typedef struct SequentialArgs {
    const Value *layers;
    bool trainable;
    const char *name;
} SequentialArgs;
static const Arg sequential_args[] = {
    {"layers", ARG_VALUE, offsetof(SequentialArgs, layers), .standard = "None"},
    {"trainable", ARG_BOOL, offsetof(SequentialArgs, trainable), .standard = "True"},
    {"name", ARG_TEXT, offsetof(SequentialArgs, name), .standard = "None"},
    {0},
};

const char *sequential_part_name(const Value *part) {
    return part->kind == VALUE_MODEL ? part->model->model->name : part->object->name;
}

bool sequential_holds(const Sequential *s, const Value *v) {
    for (int i = 0; i < s->nlayer; i++) {
        const Value *part = &s->layers[i];
        if (part->kind == v->kind && part->object == v->object) return true;
        if (part->kind == VALUE_MODEL && sequential_holds(part->model, v)) return true;
    }
    return false;
}

static bool in_itself(Eval *e, const Value *v) {
    Value at = {.kind = VALUE_MODEL, .model = e->at};
    if (v->model != e->at && !sequential_holds(v->model, &at)) return false;
    e->at->broken = true;
    diag_error(e->d, v->loc, 401, "the model '%s' would be in itself", e->model->name);
    return true;
}

void sequential_add(Eval *e, const Value *v) {
    if (v->kind == VALUE_MODEL && in_itself(e, v)) return;
    bool model = v->kind == VALUE_MODEL;
    bool layer = value_is_layer(v) || value_is_input(v);
    if (layer || model) {
        if (model) v->model->nested = true;
        ARENA_PUSH(e->a, e->at->layers, e->at->nlayer, *v);
        return;
    }
    e->at->broken = true;
    if (v->kind == VALUE_ERROR) return;
    diag_error(e->d, v->loc, 401, "expected a layer, found %s", value_describe(e->a, v));
    if (v->kind == VALUE_THING && v->thing->kind == THING_LAYER)
        diag_help(e->d, v->loc, "call it: %s(...)", v->thing->name);
}

// Keras builds a Sequential as a functional model, anew as it grows, and counts it among those that it names.
void sequential_grown(Eval *e) {
    Sequential *s = e->at;
    if (s->nlayer == 0 || !sequential_sized(e)) return;
    bool says_size = value_is_layer(&s->layers[0]);
    if (says_size && !s->counted) name_automatic(e, "input_layer");
    s->counted = says_size;
    if (says_size || s->nlayer > 1) name_automatic(e, "functional");
}

void sequential_applied(Eval *e, Sequential *s) {
    sequential_use(e, s);
    if (s->counted || sequential_sized(e)) return;
    s->counted = true;
    name_automatic(e, "input_layer");
    name_automatic(e, "functional");
}

void sequential_use(Eval *e, Sequential *s) {
    e->at = s;
    e->model = s->model;
}

Sequential *sequential_empty(Eval *e, Loc loc) {
    Sequential *s = ARENA_NEW(e->a, Sequential);
    s->model = ARENA_NEW(e->a, Model);
    s->model->loc = loc;
    s->model->fit = (Fit){.batch_size = 32, .epochs = 1, .shuffle = true, .verbose = 1};
    s->broken = !eval_spend(e, loc, sizeof(Model) / 16);
    return s;
}

Value sequential_new(Eval *e, Loc loc) {
    Sequential *s = sequential_empty(e, loc);
    ARENA_PUSH(e->a, e->models, e->nmodel, s);
    sequential_use(e, s);
    return (Value){.kind = VALUE_MODEL, .loc = loc, .model = s};
}

Value sequential_make(Eval *e, const Thing *t, const Call *call) {
    (void)t; // there is one class of models
    Value model = sequential_new(e, call->loc);
    if (e->at->broken) return eval_error();
    Model *m = e->model;
    SequentialArgs args = {0};
    ArgTable table = {sequential_args, &args, bind_locs(e->a, sequential_args)};
    e->at->broken = !bind(e, call, &table, 1);
    m->frozen = !args.trainable;
    m->name = args.name ? args.name : name_automatic(e, "sequential");
    if (e->at->broken) return model;
    if (!name_is_good(e, "model", m->name, argument_loc(call, "name"))) e->at->broken = true;
    const Value *layers = args.layers;
    if (value_is_sequence(layers)) {
        for (int i = 0; i < value_count(layers); i++) sequential_add(e, value_at(layers, i));
        sequential_grown(e);
    } else if (layers->kind != VALUE_NONE) {
        e->at->broken = true;
        if (layers->kind != VALUE_ERROR)
            diag_error(e->d, layers->loc, 206, "'layers' must be a list of layers, not %s",
                       value_describe(e->a, layers));
    }
    return model;
}
