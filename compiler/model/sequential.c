// SPDX-License-Identifier: MIT
// Layers, Input and Sequential: from calls to the model's list of layers.
#include "data/data.h"
#include "support/text.h"
#include <math.h>
#include <string.h>

// ------------------------------------------------------------------------------------- layers

typedef struct Common { // what every layer takes besides its own arguments
    const char *name;
    const Value *input_shape;
    bool trainable;
    int64_t input_dim; // 0: None
} Common;

static const char *const float32[] = {"float32", NULL};
const Arg layer_common_args[] = {
    {"name", ARG_TEXT, offsetof(Common, name), .standard = "None"},
    {"input_shape", ARG_VALUE, offsetof(Common, input_shape), .standard = "None"},
    {"dtype", ARG_ONLY_DEFAULT, .standard = "None", .choices = float32},
    {"trainable", ARG_BOOL, offsetof(Common, trainable), .standard = "True"},
    ARG_UNSUPPORTED("autocast", "True"),
    {"input_dim", ARG_INT_OPT, offsetof(Common, input_dim), .standard = "None", .min = 1,
     .max = INFINITY},
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

// input_dim=n is input_shape=(n,).
static bool input_dim_as_shape(Eval *e, const Call *call, Common *common) {
    if (!common->input_dim) return true;
    Loc loc = argument_loc(call, "input_dim");
    if (common->input_shape->kind != VALUE_NONE) {
        diag_error(e->d, loc, 204, "input_dim and input_shape exclude each other");
        return false;
    }
    Value shape = value_sequence(e->a, VALUE_TUPLE, 1);
    shape.loc = loc;
    shape.list->item[0] = (Value){.kind = VALUE_INT, .loc = loc, .integer = common->input_dim};
    common->input_shape = arena_copy(e->a, &shape, sizeof shape);
    return true;
}

// Conv2D(32, 3, 3) of old Keras meant a kernel of 3 x 3.
static void warn_of_strides(Eval *e, const LayerClass *cls, const Call *call) {
    bool sizes = strcmp(cls->stem, "conv2d") == 0 && call->n > 2;
    for (int i = 0; sizes && i < 3; i++)
        sizes = !call->arg[i].keyword && call->arg[i].value.kind == VALUE_INT;
    if (!sizes || call->arg[2].value.integer < 2) return;
    diag_warning(e->d, call->arg[2].loc, "strides",
                 "the third place is strides: this goes %lld steps at a time",
                 (long long)call->arg[2].value.integer);
    long long rows = call->arg[1].value.integer, columns = call->arg[2].value.integer;
    diag_help(e->d, call->arg[2].loc, "for a kernel of that size write kernel_size=(%lld, %lld)",
              rows, columns);
    if (strcmp(call->what, "Convolution2D") != 0) return; // the old name alone meant it for sure
    Loc both = call->arg[1].loc;
    both.end_line = call->arg[2].loc.end_line, both.end_col = call->arg[2].loc.end_col;
    edit_replace(e, both, arena_printf(e->a, "(%lld, %lld)", rows, columns));
}

Value layer_make(Eval *e, const Thing *t, const Call *call) {
    const LayerClass *cls = t->row;
    warn_of_strides(e, cls, call);
    Common common = {0};
    Object *object = ARENA_NEW(e->a, Object);
    void *args = arena_alloc(e->a, cls->size);
    Loc *locs = bind_locs(e->a, cls->args);
    ArgTable tables[] = {{cls->args, args, locs},
                         {layer_common_args, &common, bind_locs(e->a, layer_common_args)}};
    bool good = bind(e, call, tables, 2) && input_dim_as_shape(e, call, &common);
    const char *name = common.name ? common.name : automatic_name(e, cls->stem);
    if (!good || !good_name(e, "layer", name, argument_loc(call, "name"))) return eval_error();
    *object = (Object){
        t, args, locs, name, common.input_shape, common.input_dim > 0, common.trainable, call->loc};
    return (Value){.kind = VALUE_OBJECT, .loc = call->loc, .object = object};
}

typedef struct InputGiven {
    const Value *shape, *batch_shape, *input_shape, *batch_input_shape;
    const char *name;
} InputGiven;

#define AT(field) offsetof(InputGiven, field)
static const Arg input_args[] = {
    {"shape", ARG_VALUE, AT(shape), .standard = "None"},
    ARG_UNSUPPORTED("batch_size", "None"),
    {"dtype", ARG_ONLY_DEFAULT, .standard = "None", .choices = float32},
    ARG_UNSUPPORTED("sparse", "None"),
    ARG_UNSUPPORTED("ragged", "None"),
    {"batch_shape", ARG_VALUE, AT(batch_shape), .standard = "None"},
    {"name", ARG_TEXT, AT(name), .standard = "None"},
    ARG_UNSUPPORTED("tensor", "None"),
    ARG_UNSUPPORTED("optional", "False"),
    {0},
};
static const Arg input_layer_args[] = {
    // in another order
    {"shape", ARG_VALUE, AT(shape), .standard = "None"},
    ARG_UNSUPPORTED("batch_size", "None"),
    {"dtype", ARG_ONLY_DEFAULT, .standard = "None", .choices = float32},
    ARG_UNSUPPORTED("sparse", "None"),
    ARG_UNSUPPORTED("ragged", "None"),
    {"batch_shape", ARG_VALUE, AT(batch_shape), .standard = "None"},
    ARG_UNSUPPORTED("input_tensor", "None"),
    ARG_UNSUPPORTED("optional", "False"),
    {"name", ARG_TEXT, AT(name), .standard = "None"},
    {0},
};
static const Arg older_names[] = {
    // of InputLayer, by name alone
    {"input_shape", ARG_VALUE, AT(input_shape), .standard = "None"},
    {"batch_input_shape", ARG_VALUE, AT(batch_input_shape), .standard = "None"},
    {0},
};
#undef AT

// What an older name gives goes to the newer one, with Keras's warning.
static bool rename_input(Eval *e, const Value *old, Loc old_at, const char *what, const Value **to,
                         Loc *at) {
    if (!old || old->kind == VALUE_NONE) return true;
    if ((*to)->kind != VALUE_NONE) {
        diag_error(e->d, old_at, 204, "'%s' is given twice", what);
        return false;
    }
    diag_warning(e->d, old_at, "input-shape", "InputLayer calls it '%s' now", what);
    *to = old;
    *at = old_at;
    return true;
}

// A batch_shape is a shape behind the batch's None.
static bool shape_of_batch(Eval *e, const Value *v, Loc loc, Shape *out) {
    if (v->kind == VALUE_ERROR) return false;
    if (!value_is_sequence(v) || value_count(v) < 2 || value_at(v, 0)->kind != VALUE_NONE) {
        diag_error(e->d, loc, 206, "'batch_shape' must be None and the shape, not %s",
                   value_describe(e->a, v));
        diag_help(e->d, loc, "as in (None, 28, 28, 1): a program takes any number of samples");
        return false;
    }
    Value rest = value_sequence(e->a, VALUE_TUPLE, 0);
    for (int i = 1; i < value_count(v); i++) value_append(e->a, &rest, *value_at(v, i));
    return bind_shape(e, "batch_shape", &rest, loc, 1, out);
}

static bool input_shape_of(Eval *e, const Call *call, const InputGiven *given, const Loc *at,
                           const Loc *batch_at, Shape *out) {
    bool shape = given->shape->kind != VALUE_NONE, batch = given->batch_shape->kind != VALUE_NONE;
    if (shape && batch)
        diag_error(e->d, *batch_at, 204, "shape and batch_shape exclude each other");
    else if (!shape && !batch)
        diag_error(e->d, call->loc, 205, "%s needs the argument 'shape'", call->what);
    else if (shape)
        return bind_shape(e, "shape", given->shape, *at, 1, out);
    else
        return shape_of_batch(e, given->batch_shape, *batch_at, out);
    return false;
}

Value input_make(Eval *e, const Thing *t, const Call *call) {
    enum { SHAPE = 0, BATCH_SHAPE = 5 };
    InputArgs *args = ARENA_NEW(e->a, InputArgs);
    InputGiven given = {0};
    bool layer = strcmp(t->name, "InputLayer") == 0;
    const Arg *table = layer ? input_layer_args : input_args;
    Loc *locs = bind_locs(e->a, table), *older = bind_locs(e->a, older_names);
    ArgTable tables[] = {{table, &given, locs}, {older_names, &given, older}};
    if (!bind(e, call, tables, layer ? 2 : 1)) return eval_error();
    if (!rename_input(e, given.input_shape, older[0], "shape", &given.shape, &locs[SHAPE]) ||
        !rename_input(e, given.batch_input_shape, older[1], "batch_shape", &given.batch_shape,
                      &locs[BATCH_SHAPE]))
        return eval_error();
    if (!input_shape_of(e, call, &given, &locs[SHAPE], &locs[BATCH_SHAPE], &args->shape))
        return eval_error();
    args->name = given.name;
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
    bool layer = v->kind == VALUE_OBJECT &&
                 (v->object->thing->kind == THING_LAYER || v->object->thing->kind == THING_INPUT);
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

static const char *part_name(const Value *v) { // NULL: an Input without one
    return v->kind == VALUE_MODEL ? v->model->model->name : v->object->name;
}

static Loc part_loc(const Value *v) {
    return v->kind == VALUE_MODEL ? v->model->model->loc : v->object->loc;
}

static bool is_input(const Value *v) {
    return v->kind == VALUE_OBJECT && v->object->thing->kind == THING_INPUT;
}

static bool names_differ(Eval *e, const Sequential *s) {
    Map *seen = map_new(e->a);
    bool good = true;
    for (int i = 0; i < s->nlayer; i++) {
        const Value *part = &s->layers[i];
        if (!part_name(part)) continue;
        void **slot = map_slot(seen, part_name(part));
        const Value *before = *slot;
        if (before) {
            bool same = before->object == part->object;
            diag_error(e->d, part_loc(part), 310,
                       same ? "'%s' is in the model twice" : "two layers are named '%s'",
                       part_name(part));
            if (!same) diag_note(e->d, part_loc(before), "the first is here");
            good = false;
        }
        *slot = (void *)(uintptr_t)part;
    }
    return good;
}

// What the model's Input says, or input_shape of its first layer. *loc: of what it starts with.
static bool find_given(Eval *e, const Sequential *s, Shape *shape, Loc *loc) {
    const Value none = {0}, *first = s->nlayer ? s->layers : &none;
    if (first->kind == VALUE_MODEL) return find_given(e, first->model, shape, loc);
    const Object *object = s->nlayer ? first->object : NULL;
    *loc = object ? object->loc : s->model->loc;
    if (object && is_input(first)) {
        *shape = ((const InputArgs *)object->args)->shape;
        return true;
    }
    const Value *given = object ? object->input_shape : NULL;
    return given && given->kind != VALUE_NONE &&
           bind_shape(e, "input_shape", given, given->loc, 1, shape);
}

// What build was given, or the size that comes with the data of fit.
static bool find_told(Eval *e, const Sequential *s, Shape *shape) {
    const Array *data = s->data;
    if (s->built) return bind_shape(e, "input_shape", s->built, s->built->loc, 1, shape);
    if (!data || data->one || data->rank < 2 || data->rank - 1 > MAX_RANK) return false;
    shape->rank = data->rank - 1;
    memcpy(shape->dim, data->dim + 1, sizeof *data->dim * (size_t)shape->rank);
    return true;
}

bool sequential_sized(const Eval *e) {
    const Sequential *s = e->at;
    while (s->nlayer && s->layers[0].kind == VALUE_MODEL) s = s->layers[0].model;
    const Object *object = s->nlayer ? s->layers[0].object : NULL;
    return !object || e->at->broken || e->at->built || object->thing->kind == THING_INPUT ||
           object->input_shape->kind != VALUE_NONE;
}

static bool input_only_first(Eval *e, const Sequential *s) {
    bool good = true;
    for (int i = 1; i < s->nlayer; i++) {
        const Value *part = &s->layers[i];
        if (part->kind == VALUE_MODEL) continue;
        const Object *object = part->object;
        bool input = is_input(part);
        if (!input && object->input_shape->kind == VALUE_NONE) continue;
        if (input)
            diag_error(e->d, object->loc, 309, "Input stands at the start of the model");
        else
            diag_warning(e->d, object->input_shape->loc, "input-shape",
                         "%s changes nothing here: it is for the first layer of a model without "
                         "Input",
                         object->by_dim ? "input_dim" : "input_shape");
        good &= !input;
    }
    return good;
}

typedef struct Inside { // of which models a part is
    const char *prefix; // of names
    const Submodel *nest;
    bool frozen;
} Inside;

static void put_layer(Eval *e, const Object *object, const Inside *in) {
    Model *m = e->model;
    Layer l = {.cls = object->thing->row,
               .args = object->args,
               .arg_loc = object->arg_loc,
               .name = arena_printf(e->a, "%s%s", in->prefix, object->name),
               .nest = in->nest,
               .trainable = object->trainable,
               .frozen = in->frozen,
               .loc = object->loc};
    ARENA_PUSH(e->a, m->layer, m->nlayer, l);
}

// A nested model's layers follow each other as if they were the outer's own.
static bool put_layers(Eval *e, const Sequential *s, Inside in) {
    int first = e->model->nlayer;
    if (s->broken && s != e->at) return false;
    if (!input_only_first(e, s) || !names_differ(e, s)) return false;
    in.frozen |= s->model->frozen;
    for (int i = 0; i < s->nlayer; i++) {
        const Value *part = &s->layers[i];
        if (is_input(part)) continue;
        if (part->kind == VALUE_OBJECT) {
            put_layer(e, part->object, &in);
            continue;
        }
        const Model *inner = part->model->model;
        Submodel nest = {inner->name, inner->loc};
        Inside deeper = {arena_printf(e->a, "%s%s/", in.prefix, inner->name), in.nest, in.frozen};
        if (!deeper.nest) deeper.nest = arena_copy(e->a, &nest, sizeof nest);
        if (!put_layers(e, part->model, deeper)) return false;
    }
    if (e->model->nlayer == first) {
        diag_error(e->d, s->model->loc, 308, "the model has no layer");
        return false;
    }
    Given given;
    if (in.nest && find_given(e, s, &given.shape, &given.loc))
        e->model->layer[first].given = arena_copy(e->a, &given, sizeof given);
    return true;
}

// A layer has its weights once: in one place of the model and of all that are nested in it.
static bool layers_differ(Eval *e) {
    const Model *m = e->model;
    for (int i = 0; i < m->nlayer; i++)
        for (int k = 0; k < i && m->layer[i].nest; k++) {
            if (m->layer[i].args != m->layer[k].args) continue;
            diag_error(e->d, m->layer[i].loc, 310, "'%s' is in the model twice", m->layer[i].name);
            return false;
        }
    return true;
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
    if (e->at->finished) return;
    e->at->finished = true;
    if (e->at->broken) return;
    e->at->broken = true;
    m->nlayer = 0; // it may be finished again, with more layers
    if (!put_layers(e, e->at, (Inside){"", NULL, false}) || !layers_differ(e)) return;
    int errors = diag_errors(e->d);
    if (!find_given(e, e->at, &m->input, &m->input_loc) && !find_told(e, e->at, &m->input)) {
        if (diag_errors(e->d) > errors) return; // an input_shape that is none
        diag_error(e->d, m->input_loc, 309, "the size of the input is not known");
        diag_help(e->d, m->input_loc, "let the model start with Input(shape=(28, 28, 1))");
        return;
    }
    for (int i = 0; i < m->nlayer; i++) follow(e, &m->layer[i], i ? &m->layer[i - 1] : NULL);
    m->last = &m->layer[m->nlayer - 1];
    e->at->broken = !shape_infer(e->a, e->d, m);
}
