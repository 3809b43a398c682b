// SPDX-License-Identifier: MIT
// What a script reads and sets of layers and models without a call: name, trainable, layers.
#include "script/eval.h"
#include <string.h>

// Keras's list has no Input but in functional notation.
static Value layers_of(Eval *e, const Sequential *s) {
    Value list = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < s->nlayer; i++)
        if (!value_is_input(&s->layers[i]) || s->model->input_name)
            value_append(e->a, &list, s->layers[i]);
    return list;
}

static void set_trainable(const Value *of, bool trainable) {
    if (of->kind == VALUE_OBJECT) of->object->trainable = trainable;
    if (of->kind != VALUE_MODEL) return;
    of->model->model->frozen = !trainable;
    for (int i = 0; i < of->model->nlayer; i++) set_trainable(&of->model->layers[i], trainable);
}

// With the batch in front, as Keras has it.
static Value shape_value(Eval *e, const Shape *shape, Loc loc) {
    Value tuple = value_sequence(e->a, VALUE_TUPLE, 1);
    tuple.loc = loc;
    for (int d = 0; d < shape->rank; d++)
        value_append(e->a, &tuple, (Value){.kind = VALUE_INT, .integer = shape->dim[d]});
    return tuple;
}

static Value shape_of_model(Eval *e, Sequential *of, bool input, Loc loc) {
    sequential_use(e, of);
    sequential_finish(e);
    if (of->broken) return eval_error();
    return shape_value(e, input ? &of->model->input : &of->model->output, loc);
}

// Of an Input or of the output of a layer.
static bool shape_of_output(Eval *e, const Value *v, Value *out) {
    if (value_is_input(v))
        *out = shape_value(e, &((const InputArgs *)v->object->args)->shape, v->loc);
    else if (v->kind == VALUE_OUTPUT)
        *out = shape_of_model(e, functional_up_to(e, v), false, v->loc);
    else
        return false;
    return true;
}

static bool is_word(Eval *e, const char *words, const char *name) {
    return strstr(words, arena_printf(e->a, " %s ", name));
}

// Who assigns to one of these acts on the model.
static const char of_weights[] = " weights trainable_weights non_trainable_weights variables "
                                 "trainable_variables kernel bias ";

// What Keras says of a layer or a model, and we do not: foreign.
static bool is_told(Eval *e, const Value *of, const char *name) {
    static const char of_both[] = " input output ", of_model[] = " inputs outputs ";
    static const char of_layer[] = " get_weights get_config count_params ";
    return is_word(e, of_both, name) || is_word(e, of_weights, name) ||
           is_word(e, of->kind == VALUE_MODEL ? of_model : of_layer, name);
}

bool attribute_get(Eval *e, const Value *v, const char *name, Value *out) {
    bool layer = value_is_layer(v) || value_is_input(v), model = v->kind == VALUE_MODEL;
    if (strcmp(name, "shape") == 0 && shape_of_output(e, v, out)) return true;
    if (strcmp(name, "dtype") == 0 && (value_is_input(v) || v->kind == VALUE_OUTPUT))
        return *out = (Value){.kind = VALUE_STRING, .loc = v->loc, .text = "float32"}, true;
    if (!layer && !model) return false;
    *out = (Value){.kind = VALUE_BOOL, .loc = v->loc};
    if (strcmp(name, "trainable") == 0) {
        out->integer = layer ? v->object->trainable : !v->model->model->frozen;
    } else if (strcmp(name, "name") == 0) {
        out->kind = VALUE_STRING;
        out->text = sequential_part_name(v);
    } else if (model && (strcmp(name, "input_shape") == 0 || strcmp(name, "output_shape") == 0)) {
        *out = shape_of_model(e, v->model, name[0] == 'i', v->loc);
    } else if (model && strcmp(name, "layers") == 0) {
        if (!eval_items(e, v->loc, v->model->nlayer)) return *out = eval_error(), true;
        *out = layers_of(e, v->model);
    } else if (is_told(e, v, name)) {
        *out = foreign_made(e, arena_printf(e->a, "%s.%s", sequential_part_name(v), name), v->loc);
        ((Foreign *)(uintptr_t)out->foreign)->weights = is_word(e, of_weights, name);
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
    bool layer = value_is_layer(of) || value_is_input(of);
    if ((!model && !layer) || strcmp(name, "trainable") != 0) return false;
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
