// SPDX-License-Identifier: MIT
// Layers, Input and Sequential: from calls to the model's list of layers.
#include "model/eval.h"
#include "support/text.h"
#include <math.h>
#include <string.h>

// ------------------------------------------------------------------------------------- layers

typedef struct Common { // what every layer takes besides its own arguments
    const char *name;
    const Value *input_shape;
    bool trainable;
} Common;

static const char *const float32[] = {"float32", NULL};
const Arg layer_common_args[] = {
    {"name", ARG_TEXT, offsetof(Common, name), .standard = "None"},
    {"input_shape", ARG_VALUE, offsetof(Common, input_shape), .standard = "None"},
    {"dtype", ARG_ONLY_DEFAULT, .standard = "None", .choices = float32},
    {"trainable", ARG_BOOL, offsetof(Common, trainable), .standard = "True"},
    ARG_UNSUPPORTED("autocast", "True"),
    ARG_UNSUPPORTED("batch_size", "None"),
    ARG_UNSUPPORTED("batch_shape", "None"),
    ARG_UNSUPPORTED("input_dim", "None"),
    {0},
};

// conv2d, conv2d_1, ...: by the order in which the layers are made. A name given by the file does
// not advance the counter.
static const char *automatic_name(Eval *e, const char *stem) {
    void **slot = map_slot(e->counters, stem);
    int *counter = *slot ? *slot : (*slot = ARENA_NEW(e->a, int));
    int n = (*counter)++;
    return n ? arena_printf(e->a, "%s_%d", stem, n) : stem;
}

// Names stand in tables, in messages, and in the keys of weights, where '/' has a meaning.
static bool good_name(Eval *e, const char *of, const char *name, Loc loc) {
    enum { LONGEST = 1000 };
    const char *wrong = !*name                   ? "is not empty"
                        : strlen(name) > LONGEST ? "has at most 1000 bytes"
                        : text_has_control(name) ? "holds no control characters"
                        : strchr(name, '/')      ? "holds no '/'"
                                                 : NULL;
    if (wrong) diag_error(e->d, loc, 211, "a %s's name %s", of, wrong);
    return !wrong;
}

static Loc argument_loc(const Call *call, const char *keyword) {
    for (int i = 0; i < call->n; i++)
        if (call->arg[i].keyword && strcmp(call->arg[i].keyword, keyword) == 0)
            return call->arg[i].loc;
    return call->loc;
}

Value layer_make(Eval *e, const Thing *t, const Call *call) {
    const LayerClass *cls = t->row;
    Common common = {0};
    Object *object = ARENA_NEW(e->a, Object);
    void *args = arena_alloc(e->a, cls->size);
    Loc *locs = bind_locs(e->a, cls->args);
    ArgTable tables[] = {{cls->args, args, locs},
                         {layer_common_args, &common, bind_locs(e->a, layer_common_args)}};
    bool good = bind(e, call, tables, 2);
    const char *name = common.name ? common.name : automatic_name(e, cls->stem);
    if (!good || !good_name(e, "layer", name, argument_loc(call, "name"))) return eval_error();
    *object = (Object){t, args, locs, name, common.input_shape, common.trainable, call->loc};
    return (Value){.kind = VALUE_OBJECT, .loc = call->loc, .object = object};
}

static const Arg input_args[] = {
    {"shape", ARG_SHAPE, offsetof(InputArgs, shape), .min = 1, .max = INFINITY},
    ARG_UNSUPPORTED("batch_size", "None"),
    {"dtype", ARG_ONLY_DEFAULT, .standard = "None", .choices = float32},
    ARG_UNSUPPORTED("sparse", "None"),
    ARG_UNSUPPORTED("ragged", "None"),
    ARG_UNSUPPORTED("batch_shape", "None"),
    {"name", ARG_TEXT, offsetof(InputArgs, name), .standard = "None"},
    ARG_UNSUPPORTED("tensor", "None"),
    ARG_UNSUPPORTED("optional", "False"),
    {0},
};

Value input_make(Eval *e, const Thing *t, const Call *call) {
    InputArgs *args = ARENA_NEW(e->a, InputArgs);
    Loc *locs = bind_locs(e->a, input_args);
    if (!bind(e, call, &(ArgTable){input_args, args, locs}, 1)) return eval_error();
    if (args->name && !good_name(e, "layer", args->name, argument_loc(call, "name")))
        return eval_error();
    Object *object = ARENA_NEW(e->a, Object);
    *object =
        (Object){.thing = t, .args = args, .arg_loc = locs, .name = args->name, .loc = call->loc};
    return (Value){.kind = VALUE_OBJECT, .loc = call->loc, .object = object};
}

// --------------------------------------------------------------------------------- Sequential

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

void sequential_add(Eval *e, const Value *v) {
    bool layer = v->kind == VALUE_OBJECT &&
                 (v->object->thing->kind == THING_LAYER || v->object->thing->kind == THING_INPUT);
    if (layer) {
        ARENA_PUSH(e->a, e->at->layers, e->at->nlayer, *v);
        return;
    }
    e->at->broken = true;
    if (v->kind == VALUE_ERROR) return;
    diag_error(e->d, v->loc, 401, "expected a layer, found %s", value_describe(e->a, v));
    if (v->kind == VALUE_THING && v->thing->kind == THING_LAYER)
        diag_help(e->d, v->loc, "call it: %s(...)", v->thing->name);
}

void sequential_use(Eval *e, Sequential *s) {
    e->at = s;
    e->model = s->model;
}

static Sequential *sequential_new(Eval *e, Loc loc) {
    Sequential *s = ARENA_NEW(e->a, Sequential);
    s->model = ARENA_NEW(e->a, Model);
    s->model->loc = loc;
    s->model->fit = (Fit){.batch_size = 32, .epochs = 1, .shuffle = true, .verbose = 1};
    ARENA_PUSH(e->a, e->models, e->nmodel, s);
    return s;
}

Value sequential_make(Eval *e, const Thing *t, const Call *call) {
    (void)t; // there is one class of models
    Sequential *s = sequential_new(e, call->loc);
    Value model = {.kind = VALUE_MODEL, .loc = call->loc, .model = s};
    sequential_use(e, s);
    Model *m = e->model;
    if (!eval_spend(e, call->loc, sizeof(Model) / 16)) return eval_error();
    SequentialArgs args = {0};
    ArgTable table = {sequential_args, &args, bind_locs(e->a, sequential_args)};
    if (!bind(e, call, &table, 1)) return e->at->broken = true, model;
    m->frozen = !args.trainable;
    m->name = args.name ? args.name : automatic_name(e, "sequential");
    if (!good_name(e, "model", m->name, argument_loc(call, "name"))) e->at->broken = true;
    const Value *layers = args.layers;
    if (value_is_sequence(layers)) {
        for (int i = 0; i < value_count(layers); i++) sequential_add(e, value_at(layers, i));
    } else if (layers->kind != VALUE_NONE) {
        e->at->broken = true;
        if (layers->kind != VALUE_ERROR)
            diag_error(e->d, layers->loc, 206, "'layers' must be a list of layers, not %s",
                       value_describe(e->a, layers));
    }
    return model;
}

// ---------------------------------------------------------------------------------- finishing

static bool names_differ(Eval *e) {
    Map *seen = map_new(e->a);
    bool good = true;
    for (int i = 0; i < e->at->nlayer; i++) {
        const Object *object = e->at->layers[i].object;
        if (!object->name) continue; // an Input without one
        void **slot = map_slot(seen, object->name);
        if (*slot) {
            bool same = *slot == object;
            diag_error(e->d, object->loc, 310,
                       same ? "'%s' is in the model twice" : "two layers are named '%s'",
                       object->name);
            if (!same) diag_note(e->d, ((const Object *)*slot)->loc, "the first is here");
            good = false;
        }
        *slot = (void *)(uintptr_t)object;
    }
    return good;
}

// The model's input from the first layer; sets *first to the first that is a layer.
static bool find_input(Eval *e, int *first) {
    Model *m = e->model;
    const Object *object = e->at->nlayer ? e->at->layers[0].object : NULL;
    *first = object && object->thing->kind == THING_INPUT;
    if (e->at->nlayer == *first) {
        diag_error(e->d, m->loc, 308, "the model has no layer");
        return false;
    }
    m->input_loc = object->loc;
    if (*first) {
        m->input = ((const InputArgs *)object->args)->shape;
        return true;
    }
    const Value *given = object->input_shape;
    if (given->kind != VALUE_NONE)
        return bind_shape(e, "input_shape", given, given->loc, 1, &m->input);
    diag_error(e->d, object->loc, 309, "the size of the input is not known");
    diag_help(e->d, object->loc, "let the model start with Input(shape=(28, 28, 1))");
    return false;
}

static bool input_only_first(Eval *e) {
    bool good = true;
    for (int i = 1; i < e->at->nlayer; i++) {
        const Object *object = e->at->layers[i].object;
        bool input = object->thing->kind == THING_INPUT;
        if (!input && object->input_shape->kind == VALUE_NONE) continue;
        if (input)
            diag_error(e->d, object->loc, 309, "Input stands at the start of the model");
        else
            diag_warning(e->d, object->input_shape->loc, "input-shape",
                         "input_shape changes nothing here: it is for the first layer of a model "
                         "without Input");
        good &= !input;
    }
    return good;
}

// The one edge of a layer in a Sequential model. before: NULL for the model's Input.
static void follow(Eval *e, Layer *l, const Layer *before) {
    l->ninput = 1;
    l->from = ARENA_NEW(e->a, Edge);
    l->in = ARENA_NEW(e->a, Shape); // which shape_infer sets
    *l->from = (Edge){before, before ? before->loc : e->model->input_loc};
}

void sequential_finish(Eval *e) {
    Model *m = e->model;
    int first;
    if (e->at->finished) return;
    e->at->finished = true;
    if (e->at->broken) return;
    e->at->broken = true;
    if (!find_input(e, &first) || !input_only_first(e) || !names_differ(e)) return;
    m->nlayer = e->at->nlayer - first;
    m->layer = ARENA_ARRAY(e->a, Layer, m->nlayer);
    for (int i = 0; i < m->nlayer; i++) {
        const Object *object = e->at->layers[i + first].object;
        m->layer[i] = (Layer){.cls = object->thing->row,
                              .args = object->args,
                              .arg_loc = object->arg_loc,
                              .name = object->name,
                              .trainable = object->trainable,
                              .loc = object->loc};
        follow(e, &m->layer[i], i ? &m->layer[i - 1] : NULL);
    }
    m->last = &m->layer[m->nlayer - 1];
    e->at->broken = !shape_infer(e->a, e->d, m);
}
