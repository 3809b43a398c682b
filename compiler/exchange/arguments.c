// SPDX-License-Identifier: MIT
// See arguments.h.
#include "exchange/arguments.h"
#include "keras/activation.h"
#include "keras/constraints/constraint.h"
#include "keras/initializers/initializer.h"
#include "keras/optimizers/optimizer.h"
#include "support/text.h"
#include <math.h>
#include <string.h>

json_t *arguments_object(const char *module, const char *class_name, json_t *config) {
    return json_pack("{s:s, s:s, s:o, s:n}", "module", module, "class_name", class_name, "config",
                     config, "registered_name");
}

json_t *arguments_class(const char *module, const ObjectClass *row, const void *args) {
    json_t *config = row->args && args ? arguments_json(row->args, args) : json_object();
    return arguments_object(module, row->name, config);
}

// ---- values, by type. `at` is the argument's field.

static json_t *number(double x) { // a NaN stands for None
    return isnan(x) ? json_null() : json_real(x);
}

static json_t *integers(const int64_t *n, int count) {
    json_t *list = json_array();
    for (int i = 0; i < count; i++) json_array_append_new(list, json_integer(n[i]));
    return list;
}

static json_t *numbers(const double *x, int count) {
    json_t *list = json_array();
    for (int i = 0; i < count; i++) json_array_append_new(list, json_real(x[i]));
    return list;
}

static json_t *
plain_value(const Value *v) { // lists of numbers, texts; they were judged by who asks
    if (v->kind == VALUE_BOOL) return json_boolean(v->integer);
    if (v->kind == VALUE_INT) return json_integer(v->integer);
    if (v->kind == VALUE_FLOAT) return json_real(v->real);
    if (v->kind == VALUE_STRING) return json_string(v->text);
    if (!value_is_sequence(v)) return json_null();
    json_t *list = json_array();
    for (int i = 0; i < value_count(v); i++)
        json_array_append_new(list, plain_value(value_at(v, i)));
    return list;
}

static json_t *activation(const Activation *act) {
    if (!act->layer) return json_string(act->name);
    json_t *config = arguments_json(act->layer->args, act->args);
    return arguments_object("keras.layers", act->layer->name, config);
}

static json_t *penalty(const Penalty *p) {
    static const char module[] = "keras.regularizers";
    if (p->pairs != 0)
        return arguments_object(
            module, "OrthogonalRegularizer",
            json_pack("{s:f, s:s}", "factor", p->pairs, "mode", p->columns ? "columns" : "rows"));
    if (p->l1 == 0 && p->l2 == 0) return json_null();
    return arguments_object(module, "L1L2", json_pack("{s:f, s:f}", "l1", p->l1, "l2", p->l2));
}

static json_t *initializer(const Initializer *init) {
    return arguments_class("keras.initializers", &init->cls->object, init->args);
}

static json_t *constraint(const Constraint *c) {
    return c->cls ? arguments_class("keras.constraints", &c->cls->object, c->args) : json_null();
}

static json_t *rate(const Rate *r) {
    return r->schedule
               ? arguments_class("keras.optimizers.schedules", &r->schedule->object, r->args)
               : json_real(r->number);
}

static json_t *sides(const int64_t side[2][2]) {
    return json_pack("[[I, I], [I, I]]", (json_int_t)side[0][0], (json_int_t)side[0][1],
                     (json_int_t)side[1][0], (json_int_t)side[1][1]);
}

static bool below(const Arg *arg, int64_t n) { // what stands for None
    return (double)n < arg->min;
}

static json_t *value(const Arg *arg, const void *at) {
    const int64_t *n = at;
    const double *x = at;
    const Shape *shape = at;
    const Axes *axes = at;
    const Numbers *list = at;
    const char *text = arg->type == ARG_TEXT ? *(const char *const *)at : NULL;
    switch (arg->type) {
    case ARG_INT: return json_integer(*n);
    case ARG_INT_OPT: return *n ? json_integer(*n) : json_null();
    case ARG_SEED: return *n >= 0 ? json_integer(*n) : json_null();
    case ARG_FLOAT:
    case ARG_FLOAT_OPT: return number(*x);
    case ARG_BOOL: return json_boolean(*(const bool *)at);
    case ARG_SINGLE: return integers(n, 1);
    case ARG_SINGLE_OPT: return below(arg, *n) ? json_null() : integers(n, 1);
    case ARG_PAIR: return integers(n, 2);
    case ARG_PAIR_OPT: return below(arg, *n) ? json_null() : integers(n, 2);
    case ARG_SIDES: return sides(at);
    case ARG_SHAPE: return integers(shape->dim, shape->rank);
    case ARG_CHOICE: return json_string(arg->choices[*(const int *)at]);
    case ARG_ACTIVATION: return activation(*(const Activation *const *)at);
    case ARG_INIT: return initializer(at);
    case ARG_CONSTRAINT: return constraint(at);
    case ARG_PENALTY: return penalty(at);
    case ARG_AXES:
    case ARG_AXES_OPT:
        if (axes->n == 1) return json_integer(axes->axis[0]);
        return axes->n ? integers(axes->axis, axes->n) : json_null();
    case ARG_FACTOR:
    case ARG_RANGE: return numbers(x, 2);
    case ARG_FACTOR_OPT: return isnan(*x) ? json_null() : numbers(x, 2);
    case ARG_TEXT: return text ? json_string(text) : json_null();
    case ARG_NUMBERS: return numbers(list->of, list->n);
    case ARG_NUMBERS_OPT:
    case ARG_FLOATS_OPT: return list->n ? numbers(list->of, list->n) : json_null();
    case ARG_RATE: return rate(at);
    case ARG_VALUE: return plain_value(*(const Value *const *)at);
    case ARG_ONLY_DEFAULT: break; // its default, which need not be said
    }
    return NULL;
}

json_t *arguments_json(const Arg *table, const void *args) {
    json_t *config = json_object();
    for (const Arg *arg = table; arg->name; arg++) {
        json_t *one = value(arg, (const char *)args + arg->offset);
        if (one) json_object_set_new(config, arg->name, one);
    }
    return config;
}

json_t *arguments_shape(const Shape *s) {
    json_t *shape = json_pack("[n]");
    for (int d = 0; d < s->rank; d++) json_array_append_new(shape, json_integer(s->dim[d]));
    return shape;
}

json_t *arguments_input(const Shape *s, const char *name) {
    json_t *config = json_pack("{s:o, s:s}", "batch_shape", arguments_shape(s), "dtype", "float32");
    if (name) json_object_set_new(config, "name", json_string(name));
    return arguments_object("keras.layers", "InputLayer", config);
}

json_t *arguments_layer(const Layer *l) {
    json_t *config = arguments_json(l->cls->args, l->args);
    json_object_set_new(config, "name", json_string(text_last_part(l->name)));
    json_object_set_new(config, "trainable", json_boolean(l->trainable && !l->frozen));
    return arguments_object("keras.layers", l->cls->name, config);
}
