// SPDX-License-Identifier: MIT
// preprocess_input of Keras's applications: what images were to the training of the published networks. Its modes are
// numpy's steps, written there as here:
//   tf      x / 127.5 - 1
//   torch   (x / 255 - mean) / deviation of each colour
//   caffe   colours the other way round, less the mean of each
// Bytes become float32 first; an array of floats is changed in place.
#include "../runtime/data/types.h"
#include "data/data.h"
#include <string.h>

enum { COLOURS = 3 };

// One number a colour, in the array's own type, as numpy takes Python's numbers.
static Value by_colour(Eval *e, const Value *v, AstOp op, const double of[COLOURS], Loc loc) {
    Array x = {.of = array_class(&array_constant), .one = true, .rank = 1, .dim = {COLOURS}};
    x.type = v->array->type;
    x.source = "numbers";
    x.steps = "";
    x.numbers = ARENA_NEW(e->a, char);
    for (int i = 0; i < COLOURS; i++)
        array_number(e, &x, x.type == CNN_F8 ? of[i] : (double)(float)of[i]);
    const Value numbers = array_value(e, loc, x);
    return v->kind == VALUE_ARRAY ? array_arith(e, loc, op, v, &numbers) : *v;
}

static Value by_number(Eval *e, const Value *v, AstOp op, double number, Loc loc) {
    const Value n = {.kind = VALUE_FLOAT, .loc = loc, .real = number};
    return v->kind == VALUE_ARRAY ? array_arith(e, loc, op, v, &n) : *v;
}

static Value turned(Eval *e, const Value *v, Loc loc) { // x[..., ::-1]
    Value index = value_sequence(e->a, VALUE_TUPLE, 0);
    Value back = value_sequence(e->a, VALUE_SLICE, COLOURS); // start, stop and step
    back.list->item[2] = (Value){.kind = VALUE_INT, .integer = -1};
    value_append(e->a, &index, (Value){.kind = VALUE_ELLIPSIS});
    value_append(e->a, &index, back);
    return array_subscript(e, v, &index, loc);
}

typedef enum { AS_IT_IS, BY_TF, BY_TORCH, BY_CAFFE } Mode;
static const char *const modes[] = {[BY_TF] = "tf", [BY_TORCH] = "torch", [BY_CAFFE] = "caffe"};

static Value prepared(Eval *e, const Value *x, Mode mode, Loc loc) {
    static const double means[] = {0.485, 0.456, 0.406}, deviations[] = {0.229, 0.224, 0.225};
    static const double amounts[] = {103.939, 116.779, 123.68}; // of blue first
    Value y = *x;
    if (mode == BY_TF) {
        y = by_number(e, &y, OP_DIV, 127.5, loc);
        return by_number(e, &y, OP_SUB, 1, loc);
    }
    if (mode == BY_CAFFE) {
        y = turned(e, &y, loc);
        return by_colour(e, &y, OP_SUB, amounts, loc);
    }
    y = by_number(e, &y, OP_DIV, 255, loc);
    y = by_colour(e, &y, OP_SUB, means, loc);
    return by_colour(e, &y, OP_DIV, deviations, loc);
}

static Value preprocess_input(Eval *e, const Call *call, const Value *v, Mode mode) {
    static const Value real = {.kind = VALUE_STRING, .text = "float32"};
    if (v->kind != VALUE_ARRAY) return foreign_made(e, "applications.preprocess_input", call->loc);
    const Array *x = v->array;
    if (mode == AS_IT_IS) return *v;
    if (x->rank < COLOURS || (mode != BY_TF && x->dim[x->rank - 1] != COLOURS)) {
        diag_error(e->d, call->loc, 307,
                   "preprocess_input takes images%s, not %s: their colours are the last dimension",
                   mode == BY_TF ? "" : " of three colours", array_shape(e->a, x));
        return eval_error();
    }
    bool floats = type_rows[x->type].real;
    const Value given = floats ? *v : array_astype(e, v, &real, call->loc);
    if (given.kind != VALUE_ARRAY) return given;
    const Value made = prepared(e, &given, mode, call->loc);
    if (floats && made.kind == VALUE_ARRAY)
        array_changed(e, x, mode == BY_CAFFE ? turned(e, &made, call->loc) : made, call->loc);
    return made;
}

// data_format is what Keras has it to be, as everywhere.
static bool is_channels_last(Eval *e, const Value *v, Loc loc) {
    bool last = !v || v->kind == VALUE_NONE ||
                (v->kind == VALUE_STRING && strcmp(v->text, "channels_last") == 0);
    if (!last) diag_error(e->d, loc, 208, "only data_format=\"channels_last\" is supported");
    return last;
}

static Value of_network(Eval *e, const Call *call, Mode mode) {
    static const char *const names[] = {"x", "data_format"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    if (!is_channels_last(e, v[1], call->loc)) return eval_error();
    return preprocess_input(e, call, v[0], mode);
}

static Value by_tf(Eval *e, const Call *call) {
    return of_network(e, call, BY_TF);
}
static Value by_torch(Eval *e, const Call *call) {
    return of_network(e, call, BY_TORCH);
}
static Value by_caffe(Eval *e, const Call *call) {
    return of_network(e, call, BY_CAFFE);
}
static Value as_it_is(Eval *e, const Call *call) {
    return of_network(e, call, AS_IT_IS);
}

static Value by_mode(Eval *e, const Call *call) {
    static const char *const names[] = {"x", "data_format", "mode"};
    const Value *v[3];
    if (!take(e, call, names, 1, 3, v)) return eval_error();
    if (!is_channels_last(e, v[1], call->loc)) return eval_error();
    Mode mode = v[2] ? AS_IT_IS : BY_CAFFE;
    for (Mode m = BY_TF; v[2] && v[2]->kind == VALUE_STRING && m <= BY_CAFFE; m++)
        if (strcmp(v[2]->text, modes[m]) == 0) mode = m;
    if (mode != AS_IT_IS) return preprocess_input(e, call, v[0], mode);
    diag_error(e->d, call->loc, 207, "mode must be \"caffe\", \"tf\" or \"torch\", not %s",
               value_describe(e->a, v[2]));
    return eval_error();
}

#define OF(network, run_) {"preprocess_input", "applications." network, .run = run_, .arrays = true}
const Function application_functions[] = {
    OF("imagenet_utils", by_mode),
    OF("mobilenet", by_tf),
    OF("mobilenet_v2", by_tf),
    OF("inception_v3", by_tf),
    OF("inception_resnet_v2", by_tf),
    OF("xception", by_tf),
    OF("resnet_v2", by_tf),
    OF("nasnet", by_tf),
    OF("densenet", by_torch),
    OF("vgg16", by_caffe),
    OF("vgg19", by_caffe),
    OF("resnet", by_caffe),
    OF("resnet50", by_caffe),
    OF("mobilenet_v3", as_it_is),
    OF("efficientnet", as_it_is),
    OF("efficientnet_v2", as_it_is),
    OF("convnext", as_it_is),
    {.name = NULL},
};
