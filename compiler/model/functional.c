// SPDX-License-Identifier: MIT
// Keras's functional notation, as far as it says a chain: layers that are applied to each other's outputs,
//   x = Dense(10)(inputs)
// and Model(inputs, outputs), which is the chain between the two. It then is a Sequential but for its name, and
// for Input, which is a layer of its own.
#include "data/data.h"
#include <string.h>

// What v stands for where layers are applied: the output of one, or an Input; else NULL.
static const Applied *output_of(Eval *e, const Value *v) {
    if (v->kind == VALUE_OUTPUT) return v->applied;
    if (!value_is_input(v)) return NULL;
    Applied *head = ARENA_NEW(e->a, Applied);
    head->made_by = *v;
    return head;
}

// Keras runs a model's layers with the `training` that the model is run with, whatever they were applied with.
static bool is_training(Eval *e, const Argument *arg) {
    if (!arg->keyword || strcmp(arg->keyword, "training") != 0 || arg->value.kind != VALUE_BOOL)
        return false;
    diag_warning(e->d, arg->loc, "training",
                 "'training' changes nothing here: fit, evaluate and predict say whether they "
                 "train, as in Keras 3");
    return true;
}

// What the call says beside what the layer is applied to changes nothing.
static bool says_no_more(Eval *e, const Call *call, int to) {
    for (int i = 0; i < call->n; i++) {
        const Argument *arg = &call->arg[i];
        if (i == to || arg->value.kind == VALUE_NONE || is_training(e, arg)) continue;
        if (arg->value.kind != VALUE_ERROR)
            diag_error(e->d, arg->loc, 110,
                       "'%s' of what a layer is applied to is not supported yet",
                       arg->keyword ? arg->keyword : "a second argument");
        return false;
    }
    return true;
}

static Value apply(Eval *e, const Value *part, const Applied *of, Loc loc) {
    Applied *made = ARENA_NEW(e->a, Applied);
    if (part->kind == VALUE_MODEL) sequential_applied(e, part->model);
    *made = (Applied){*part, of, of->depth + 1};
    return (Value){.kind = VALUE_OUTPUT, .loc = loc, .applied = made};
}

static void refuse_input(Eval *e, const Value *given, Loc loc) {
    if (given->kind == VALUE_ERROR) return;
    if (value_is_sequence(given) && value_count(given) && output_of(e, value_at(given, 0)))
        diag_error(e->d, loc, 110, "a layer of several inputs is not supported yet");
    else
        diag_error(e->d, loc, 401,
                   "a layer is applied to an Input or the output of a layer, not to %s",
                   value_describe(e->a, given));
}

bool functional_call(Eval *e, const Value *callee, const Call *call, Value *out) {
    bool layer = value_is_layer(callee);
    if ((!layer && callee->kind != VALUE_MODEL) || !call->n) return false;
    int to = 0;
    for (int i = 0; i < call->n; i++)
        if (call->arg[i].keyword && strcmp(call->arg[i].keyword, "inputs") == 0) to = i;
    const Value *given = &call->arg[to].value;
    const Applied *of = output_of(e, given);
    bool data = given->kind == VALUE_ARRAY || given->kind == VALUE_DATA; // of which it predicts
    bool unknown = given->kind == VALUE_FOREIGN || (data && !layer && call->n == 1);
    if (!of && !layer && !unknown) return false;
    *out = eval_error();
    if (unknown)
        *out = foreign_made(e, sequential_part_name(callee), call->loc);
    else if (!of)
        refuse_input(e, given, call->arg[to].loc);
    else if (says_no_more(e, call, to))
        *out = apply(e, callee, of, call->loc);
    return true;
}

// The only one of the model's inputs or outputs. NULL: reported.
static const Applied *only(Eval *e, const Value *v, const char *what) {
    Loc loc = v->loc;
    while (value_is_sequence(v) && value_count(v) == 1) v = value_at(v, 0);
    const Applied *one = output_of(e, v);
    if (one || v->kind == VALUE_ERROR) return one;
    bool many = value_is_sequence(v) || v->kind == VALUE_DICT;
    if (many)
        diag_error(e->d, loc, 110, "a model of several %s is not supported yet: these are %s", what,
                   value_describe(e->a, v));
    else
        diag_error(e->d, loc, 401, "'%s' is the output of a layer or an Input, not %s", what,
                   value_describe(e->a, v));
    return NULL;
}

// The parts of the chain from its Input to `last`, the Input first. NULL: they are too many.
static Value *chain(Eval *e, const Applied *last, Loc loc) {
    if (!eval_items(e, loc, last->depth + 1)) return NULL;
    Value *part = ARENA_ARRAY(e->a, Value, last->depth + 1);
    for (const Applied *o = last; o; o = o->of) part[o->depth] = o->made_by;
    return part;
}

// No part of it becomes one of another model.
Sequential *functional_up_to(Eval *e, const Value *output) {
    const Applied *last = output->applied;
    Sequential *s = sequential_empty(e, output->loc);
    s->layers = chain(e, last, output->loc);
    s->nlayer = s->layers ? last->depth + 1 : 0;
    s->broken = !s->layers;
    return s;
}

typedef struct ModelArgs {
    const Value *inputs, *outputs;
    const char *name;
    bool trainable;
} ModelArgs;
static const Arg model_args[] = {
    {"inputs", ARG_VALUE, offsetof(ModelArgs, inputs)},
    {"outputs", ARG_VALUE, offsetof(ModelArgs, outputs)},
    {"name", ARG_TEXT, offsetof(ModelArgs, name), .standard = "None"},
    {"trainable", ARG_BOOL, offsetof(ModelArgs, trainable), .standard = "True"},
    {0},
};

static void put_chain(Eval *e, const Applied *first, const Applied *last, Loc loc) {
    const Value *part = chain(e, last, loc);
    e->at->broken = !part || first->depth || part->object != first->made_by.object;
    if (!part) return;
    if (e->at->broken) {
        diag_error(e->d, loc, 309, "the outputs do not begin with these inputs");
        diag_help(e->d, loc, "name the Input that '%s' comes from",
                  sequential_part_name(&last->made_by));
        return;
    }
    for (int i = 0; i <= last->depth; i++) sequential_add(e, &part[i]);
}

Value functional_make(Eval *e, const Thing *t, const Call *call) {
    (void)t; // there is one class of such models
    Value foreign;
    if (foreign_arguments(call, &foreign)) // a trained model's layers, to look at what they give
        return foreign_made(e, "models.Model", call->loc);
    ModelArgs args = {0};
    Loc *locs = bind_locs(e->a, model_args);
    Value model = sequential_new(e, call->loc);
    if (e->at->broken) return eval_error();
    bool good = bind(e, call, &(ArgTable){model_args, &args, locs}, 1);
    Model *m = e->model;
    m->name = args.name ? args.name : name_automatic(e, "functional");
    m->frozen = good && !args.trainable;
    good = good && name_is_good(e, "model", m->name, argument_loc(call, "name"));
    const Applied *first = good ? only(e, args.inputs, "inputs") : NULL;
    const Applied *last = first ? only(e, args.outputs, "outputs") : NULL;
    e->at->broken = !last;
    if (!last) return model;
    put_chain(e, first, last, locs[0]);
    m->input_name = first->made_by.object->name;
    return model;
}
