// SPDX-License-Identifier: MIT
// Values of arguments that Keras has names for: activations, initialisers, regularisers, constraints, schedules.
#include "keras/activation.h"
#include "keras/optimizers/optimizer.h"
#include "keras/regularizers/regularizer.h"
#include "script/convert.h"

// A layer in the place of an activation, as Keras takes it; NULL: reported.
static const Activation *activation_of_layer(Eval *e, const Value *v, Loc loc) {
    const LayerClass *cls = v->object->thing->row;
    if (cls->activates) {
        Activation *act = ARENA_NEW(e->a, Activation);
        *act = (Activation){.name = cls->stem, .layer = cls, .args = v->object->args};
        return act;
    }
    diag_error(e->d, loc, 208, "%s as an activation is not supported", cls->name);
    diag_help(e->d, loc, "put it behind the layer, as a layer of its own");
    return NULL;
}

bool to_activation(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    const Activation *act = NULL;
    if (v->kind == VALUE_NONE)
        act = &activations[0];
    else if (v->kind == VALUE_THING && v->thing->kind == THING_ACTIVATION)
        act = v->thing->row;
    else if (value_is_layer(v))
        act = activation_of_layer(e, v, loc);
    else if (v->kind != VALUE_STRING)
        return convert_refuse(e, arg, v, loc, "the name of an activation or None");
    else if (!(act = activation_find(v->text)))
        object_unknown(e, THING_ACTIVATION, "activation", v->text, loc);
    *(const Activation **)out = act;
    return act != NULL;
}

bool to_init(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    (void)arg; // the value's own kind is judged
    const Object *object = object_resolve(e, THING_INITIALIZER, "initializer", v, loc);
    if (object) *(Initializer *)out = (Initializer){object->thing->row, object->args, loc};
    return object != NULL;
}

bool to_penalty(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    (void)arg; // the value's own kind is judged
    *(Penalty *)out = (Penalty){0};
    if (v->kind == VALUE_NONE) return true;
    const Object *object = object_resolve(e, THING_REGULARIZER, "regularizer", v, loc);
    if (!object) return false;
    const RegularizerClass *row = object->thing->row;
    *(Penalty *)out = row->penalty(object->args);
    return true;
}

bool to_constraint(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    (void)arg; // the value's own kind is judged
    *(Constraint *)out = (Constraint){0};
    if (v->kind == VALUE_NONE) return true;
    const Object *object = object_resolve(e, THING_CONSTRAINT, "constraint", v, loc);
    if (object) *(Constraint *)out = (Constraint){object->thing->row, object->args, loc};
    return object != NULL;
}

bool to_rate(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    Rate *rate = out;
    if (v->kind == VALUE_OBJECT && v->object->thing->kind == THING_SCHEDULE) {
        rate->schedule = v->object->thing->row;
        rate->args = v->object->args;
        rate->formula = rate->schedule->rate(e->a, rate->args);
        return true;
    }
    if (v->kind != VALUE_INT && v->kind != VALUE_FLOAT)
        return convert_refuse(e, arg, v, loc, "a number or a schedule");
    if (!to_float(e, arg, v, loc, &rate->number)) return false;
    rate->formula = formula_number(e->a, rate->number);
    return true;
}
