// SPDX-License-Identifier: MIT
// Calls of layers and of Input: their names, and what every layer takes besides its own arguments.
#include "data/data.h"
#include "support/text.h"
#include <math.h>
#include <string.h>

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
const char *name_automatic(Eval *e, const char *stem) {
    void **slot = map_slot(e->counters, stem);
    int *counter = *slot ? *slot : (*slot = ARENA_NEW(e->a, int));
    int n = (*counter)++;
    return n ? arena_printf(e->a, "%s_%d", stem, n) : stem;
}

// Names stand in tables, in messages, and in the keys of weights, where '/' has a meaning.
bool name_is_good(Eval *e, const char *of, const char *name, Loc loc) {
    enum { LONGEST = 1000 };
    const char *wrong = !*name                   ? "must not be empty"
                        : strlen(name) > LONGEST ? "must have at most 1000 bytes"
                        : text_has_control(name) ? "must hold no control characters"
                        : strchr(name, '/')      ? "must hold no '/'"
                                                 : NULL;
    if (wrong) diag_error(e->d, loc, 211, "a %s's name %s", of, wrong);
    return !wrong;
}

Loc argument_loc(const Call *call, const char *keyword) {
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
    const char *name = common.name ? common.name : name_automatic(e, cls->stem);
    if (!good || !name_is_good(e, "layer", name, argument_loc(call, "name"))) return eval_error();
    *object = (Object){
        t, args, locs, name, common.input_shape, common.input_dim > 0, common.trainable, call->loc};
    return (Value){.kind = VALUE_OBJECT, .loc = call->loc, .object = object};
}

typedef struct InputGiven {
    const Value *shape, *batch_shape, *input_shape, *batch_input_shape;
    const char *name;
} InputGiven;

#define AT(field) offsetof(InputGiven, field)
// What Input and InputLayer both begin with.
#define INPUT_ARGS                                                                                 \
    {"shape", ARG_VALUE, AT(shape), .standard = "None"}, ARG_UNSUPPORTED("batch_size", "None"),    \
        {"dtype", ARG_ONLY_DEFAULT, .standard = "None", .choices = float32},                       \
        ARG_UNSUPPORTED("sparse", "None"), ARG_UNSUPPORTED("ragged", "None"),                      \
        {"batch_shape", ARG_VALUE, AT(batch_shape), .standard = "None"}
#define INPUT_ARG_NAME {"name", ARG_TEXT, AT(name), .standard = "None"}
enum { SHAPE = 0, BATCH_SHAPE = 5 }; // their places

static const Arg input_args[] = {
    INPUT_ARGS,
    INPUT_ARG_NAME,
    ARG_UNSUPPORTED("tensor", "None"),
    ARG_UNSUPPORTED("optional", "False"),
    {0},
};
static const Arg input_layer_args[] = {
    INPUT_ARGS,
    ARG_UNSUPPORTED("input_tensor", "None"),
    ARG_UNSUPPORTED("optional", "False"),
    INPUT_ARG_NAME,
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
    args->name = given.name ? given.name : name_automatic(e, "input_layer");
    if (!name_is_good(e, "layer", args->name, argument_loc(call, "name"))) return eval_error();
    Object *object = ARENA_NEW(e->a, Object);
    *object = (Object){.thing = t,
                       .args = args,
                       .arg_loc = locs,
                       .name = args->name,
                       .trainable = true,
                       .loc = call->loc};
    return (Value){.kind = VALUE_OBJECT, .loc = call->loc, .object = object};
}
