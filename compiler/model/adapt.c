// SPDX-License-Identifier: MIT
// layer.adapt(data): the layer measures data before the first step. Which layer of the model it is, and whether the
// data fit it, is known when the model is whole.
#include "data/data.h"
#include <string.h>

bool adapt_has(const Value *v, const char *name) {
    if (!value_is_layer(v)) return false;
    return ((const LayerClass *)v->object->thing->row)->measures && strcmp(name, "adapt") == 0;
}

// A model with the layer in it was fitted, evaluated, saved or loaded.
static bool was_used(const Eval *e, const Value *layer) {
    for (int i = 0; i < e->nstatement; i++) {
        int kind = e->acting[i].statement.kind;
        bool weights = kind != STATEMENT_SUMMARY && kind != STATEMENT_PRINT;
        if (weights && e->acting[i].of && sequential_holds(e->acting[i].of, layer)) return true;
    }
    return false;
}

Value adapt_run(Eval *e, const Value *layer, const Call *call) {
    static const char *const names[] = {"data"};
    const Value *data;
    if (!take(e, call, names, 1, 1, &data)) return eval_error();
    if (was_used(e, layer)) {
        diag_error(e->d, call->loc, 410,
                   "adapt stands before fit, evaluate, save and load_weights");
        return eval_error();
    }
    Adapting *a = NULL;
    for (int i = 0; i < e->nadapting; i++) // the last one holds
        if (e->adapting[i].layer == layer->object) a = &e->adapting[i];
    Adapting made = {layer->object, *data, call->loc};
    if (a)
        *a = made;
    else
        ARENA_PUSH(e->a, e->adapting, e->nadapting, made);
    return (Value){.kind = VALUE_NONE};
}

static bool fits(const Array *x, const Shape *in) {
    return x->rank == in->rank + 1 &&
           memcmp(x->dim + 1, in->dim, sizeof *in->dim * (size_t)in->rank) == 0;
}

static bool read_data(Eval *e, const Adapting *a, const Layer *l, DataRows *rows) {
    const Value *v = &a->data;
    if (v->kind == VALUE_ERROR) return false;
    if (v->kind == VALUE_ARRAY && !fits(v->array, &l->in[0])) {
        diag_error(e->d, v->loc, 307, "data of shape %s do not fit the input of '%s', %s",
                   array_shape(e->a, v->array), l->name, shape_text(e->a, &l->in[0]));
        return false;
    }
    if (shape_count(&l->in[0]) == shape_count(&e->model->input)) return rows_measured(e, v, rows);
    model_lacks(e, v->loc, "data", "a layer measures data of another size than the model's input");
    return false;
}

static void adapt_layer(Eval *e, const Adapting *a, const Layer *l) {
    Adapt made = {.layer = l};
    if (!l->cls->measures(l, made.over)) {
        diag_error(e->d, a->loc, 410, "'%s' has its mean and variance from the script", l->name);
        return;
    }
    if (read_data(e, a, l, &made.rows)) ARENA_PUSH(e->a, e->model->adapt, e->model->nadapt, made);
}

void adapt_finish(Eval *e) {
    for (int i = 0; i < e->nadapting && !e->at->broken; i++) {
        const Adapting *a = &e->adapting[i];
        const Layer *l = NULL;
        for (int k = 0; k < e->model->nlayer; k++)
            if (e->model->layer[k].args == a->layer->args) l = &e->model->layer[k];
        if (l)
            adapt_layer(e, a, l);
        else
            diag_warning(e->d, a->loc, "models", "left out: '%s' is not in the model '%s'",
                         a->layer->name, e->model->name);
    }
}
