// SPDX-License-Identifier: MIT
// What a script reads and sets of layers and models without a call: name, trainable, layers.
#include "script/eval.h"
#include <string.h>

// Keras's list has no Input.
static Value layers_of(Eval *e, const Sequential *s) {
    Value list = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < s->nlayer; i++)
        if (value_is_layer(&s->layers[i]) || s->layers[i].kind == VALUE_MODEL)
            value_append(e->a, &list, s->layers[i]);
    return list;
}

static void set_trainable(const Value *of, bool trainable) {
    if (value_is_layer(of)) of->object->trainable = trainable;
    if (of->kind != VALUE_MODEL) return;
    of->model->model->frozen = !trainable;
    for (int i = 0; i < of->model->nlayer; i++) set_trainable(&of->model->layers[i], trainable);
}

// With the batch in front, as Keras has it.
static Value shape_value(Eval *e, const Value *model, bool input) {
    const Model *m = model->model->model;
    const Shape *shape = input ? &m->input : &m->output;
    Value tuple = value_sequence(e->a, VALUE_TUPLE, 1);
    tuple.loc = model->loc;
    for (int d = 0; d < shape->rank; d++)
        value_append(e->a, &tuple, (Value){.kind = VALUE_INT, .integer = shape->dim[d]});
    return tuple;
}

// What Keras says of a layer, and we do not.
static bool is_told(Eval *e, const char *name) {
    static const char names[] = " get_weights get_config weights trainable_weights kernel bias "
                                "input output count_params ";
    return strstr(names, arena_printf(e->a, " %s ", name));
}

bool attribute_get(Eval *e, const Value *v, const char *name, Value *out) {
    bool layer = value_is_layer(v), model = v->kind == VALUE_MODEL;
    if (!layer && !model) return false;
    *out = (Value){.kind = VALUE_BOOL, .loc = v->loc};
    if (strcmp(name, "trainable") == 0) {
        out->integer = layer ? v->object->trainable : !v->model->model->frozen;
    } else if (strcmp(name, "name") == 0) {
        out->kind = VALUE_STRING;
        out->text = layer ? v->object->name : v->model->model->name;
    } else if (model && (strcmp(name, "input_shape") == 0 || strcmp(name, "output_shape") == 0)) {
        sequential_use(e, v->model);
        sequential_finish(e);
        *out = v->model->broken ? eval_error() : shape_value(e, v, name[0] == 'i');
    } else if (model && strcmp(name, "layers") == 0) {
        if (!eval_items(e, v->loc, v->model->nlayer)) return *out = eval_error(), true;
        *out = layers_of(e, v->model);
    } else if (layer && is_told(e, name)) {
        *out = foreign_made(e, arena_printf(e->a, "%s.%s", v->object->name, name), v->loc);
    } else {
        return false;
    }
    return true;
}

// Is it, or is it in, a model whose weights are settled?
static bool settled(const Eval *e, const Value *of) {
    for (int i = 0; i < e->nmodel; i++) {
        const Sequential *s = e->models[i];
        bool self = of->kind == VALUE_MODEL && of->model == s;
        if (s->finished && (self || sequential_holds(s, of))) return true;
    }
    return false;
}

// A model passes it on to the layers it has, as Keras does.
bool attribute_set(Eval *e, const Value *of, const char *name, Loc loc, const Value *v) {
    bool model = of->kind == VALUE_MODEL;
    if ((!model && !value_is_layer(of)) || strcmp(name, "trainable") != 0) return false;
    if (v->kind == VALUE_ERROR) return true;
    if (v->kind != VALUE_BOOL) {
        diag_error(e->d, v->loc, 206, "'trainable' must be True or False, not %s",
                   value_describe(e->a, v));
    } else if (settled(e, of)) {
        diag_error(e->d, loc, 410, "trainable is set before the model is used");
        diag_help(e->d, loc, "move this in front of its summary, compile and fit");
    } else {
        set_trainable(of, v->integer);
    }
    return true;
}
