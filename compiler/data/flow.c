// SPDX-License-Identifier: MIT
// Data that come in batches. Such a flow is its x, with the y that belongs to it; what a data set does to its order
// and its memory is up to the program.
#include "data/sample.h"
#include <string.h>

const Batches *flow_of(const Value *v) {
    return v->kind == VALUE_ARRAY ? v->array->flow : NULL;
}

int64_t flow_batches(const Array *x) {
    return (x->dim[0] - 1) / x->flow->batch + 1;
}

Value flow_labels(const Array *x, Loc loc) {
    if (!x->flow->y) return (Value){.kind = VALUE_NONE, .loc = loc};
    return (Value){.kind = VALUE_ARRAY, .loc = loc, .array = x->flow->y};
}

Value flow_samples(Eval *e, const Array *x, Loc loc) {
    Array plain = *x;
    plain.flow = NULL;
    return array_value(e, loc, plain);
}

Value flow_value(Eval *e, const Value *x, const Value *y, Batches flow, Loc loc) {
    Array made = *x->array;
    flow.y = y && y->kind == VALUE_ARRAY ? y->array : NULL;
    made.flow = arena_copy(e->a, &flow, sizeof flow);
    return array_value(e, loc, made);
}

static Value first_rows(Eval *e, const Value *v, const Batches *f, int64_t n, Loc loc) {
    const RowOrder order = {.from = {.seed = e->seed}, .all = v->array->dim[0]};
    Value all = f->shuffles ? array_shuffle(e, v, &order, order.all, loc) : *v;
    return all.kind == VALUE_ARRAY ? array_slice_rows(e, &all, 0, n, 1, loc) : all;
}

Value flow_first(Eval *e, const Value *v, int64_t batches, Loc loc) {
    const Batches *f = v->array->flow;
    if (batches >= flow_batches(v->array)) return *v;
    Value x = flow_samples(e, v->array, loc), y = flow_labels(v->array, loc);
    if (x.kind == VALUE_ARRAY) x = first_rows(e, &x, f, batches * f->batch, loc);
    if (y.kind == VALUE_ARRAY) y = first_rows(e, &y, f, batches * f->batch, loc);
    return x.kind == VALUE_ARRAY ? flow_value(e, &x, &y, *f, loc) : x;
}

// ------------------------------------------------------------------- attributes and methods of flows

static Value class_names(Eval *e, const Batches *f) {
    Value list = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < f->nclass; i++)
        value_append(e->a, &list, (Value){.kind = VALUE_STRING, .text = f->class_name[i]});
    return list;
}

static Value class_indices(Eval *e, const Batches *f) {
    Value v = {.kind = VALUE_DICT, .dict = dict_new(e->a)};
    for (int i = 0; i < f->nclass; i++)
        dict_put(v.dict, (Value){.kind = VALUE_STRING, .text = f->class_name[i]},
                 (Value){.kind = VALUE_INT, .integer = i});
    return v;
}

Value flow_get(Eval *e, const Value *v, const char *name, Loc loc) {
    enum { GENERATORS = 4 }; // methods of those, then of flows
    static const char *const methods[] = {"flow",
                                          "flow_from_directory",
                                          "flow_from_dataframe",
                                          "fit",
                                          "cache",
                                          "prefetch",
                                          "shuffle",
                                          "map",
                                          "batch"};
    const Array *x = v->array;
    const Batches *f = x->flow;
    for (int i = 0; i < GENERATORS + 5; i++)
        if (strcmp(methods[i], name) == 0 && (i < GENERATORS) == (f == NULL))
            return method_bound(e, VALUE_BOUND, v, name);
    if (!f) return array_foreign(e, v, name, loc);
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {{"samples", x->dim[0]},
                   {"n", x->dim[0]},
                   {"batch_size", f->batch},
                   {"num_classes", f->nclass}};
    for (int i = 0; i < 4; i++)
        if (strcmp(numbers[i].name, name) == 0)
            return (Value){.kind = VALUE_INT, .integer = numbers[i].value};
    if (strcmp(name, "class_names") == 0) return class_names(e, f);
    if (strcmp(name, "class_indices") == 0) return class_indices(e, f);
    if (strcmp(name, "image_shape") != 0) return array_foreign(e, v, name, loc);
    Value shape = value_sequence(e->a, VALUE_TUPLE, 0);
    for (int i = 1; i < x->rank; i++)
        value_append(e->a, &shape, (Value){.kind = VALUE_INT, .integer = x->dim[i]});
    return shape;
}

// What came of one sample, from x or from y, done to all. None: it cannot be.
static Value all_mapped(Eval *e, const Argument *one, const Value *made, const Value *all, int n,
                        Loc loc) {
    for (int i = 0; i < n && made->kind == VALUE_ARRAY; i++) {
        Value out = all[i];
        if (sample_again(e, one[i].value.array, made->array, NULL, NULL, &out, loc)) return out;
    }
    return (Value){.kind = VALUE_NONE};
}

// map(lambda x, y: (x / 255, y)): the steps are on all rows at once; of samples that are in no batches on one.
static Value mapped(Eval *e, const Value *self, const Call *call) {
    const Batches *f = self->array->flow;
    const Value *map = call->n ? &call->arg[0].value : NULL;
    if (!map || map->kind != VALUE_FUNCTION) return array_foreign(e, self, "map", call->loc);
    Value y = flow_labels(self->array, call->loc);
    const Value all[] = {flow_samples(e, self->array, call->loc), y};
    Argument arg[] = {{.value = all[0], .loc = call->loc}, {.value = y, .loc = call->loc}};
    for (int i = 0; i < 2 && f->alone; i++)
        if (all[i].kind == VALUE_ARRAY)
            arg[i].value = sample_like(e, &all[i], all[i].array->type, call->loc);
    const Call inner = {
        .what = map->closure->name, .loc = call->loc, .n = f->y ? 2 : 1, .arg = arg};
    Value out = closure_run(e, map->closure, NULL, &inner);
    bool pair = out.kind == VALUE_TUPLE && value_count(&out) == 2;
    Value x = pair ? *value_at(&out, 0) : out;
    y = pair ? *value_at(&out, 1) : (Value){.kind = VALUE_NONE};
    if (f->alone) x = all_mapped(e, arg, &x, all, inner.n, call->loc);
    if (f->alone && pair) y = all_mapped(e, arg, &y, all, inner.n, call->loc);
    if (x.kind != VALUE_ARRAY || (pair && y.kind != VALUE_ARRAY))
        return out.kind == VALUE_ERROR ? out : array_foreign(e, self, "map", call->loc);
    return flow_value(e, &x, &y, *f, call->loc);
}

// tf.data.Dataset.from_tensor_slices((x, y)): samples, which batch() puts together.
Value data_slices(Eval *e, const Call *call) {
    const Value *v = call->n == 1 ? &call->arg[0].value : NULL;
    bool pair = v && v->kind == VALUE_TUPLE && value_count(v) == 2;
    const Value x = pair ? *value_at(v, 0) : v ? *v : (Value){.kind = VALUE_NONE};
    const Value y = pair ? array_as_rows(e, value_at(v, 1)) : (Value){.kind = VALUE_NONE};
    const Value *all[] = {&x, &y};
    for (int i = 0; i < 1 + pair; i++) {
        const Array *a = all[i]->kind == VALUE_ARRAY ? all[i]->array : NULL;
        if (!a || a->one || a->members || a->order || a->flow || a->generator || a->rank < 1)
            return foreign_made(e, "tf.data.Dataset.from_tensor_slices", call->loc);
    }
    if (pair && x.array->dim[0] != y.array->dim[0]) {
        diag_error(e->d, call->loc, 307, "arrays of %lld and of %lld rows do not go together",
                   (long long)x.array->dim[0], (long long)y.array->dim[0]);
        return eval_error();
    }
    const Batches flow = {.batch = 1,
                          .alone = true,
                          .lacks = "a data set's samples go into batches first: .batch(32)"};
    return flow_value(e, &x, &y, flow, call->loc);
}

static Value batched(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"batch_size", "drop_remainder", "num_parallel_calls",
                                        "deterministic", "name"};
    Batches flow = *self->array->flow;
    const Value *v[5], x = flow_samples(e, self->array, call->loc),
                       y = flow_labels(self->array, call->loc);
    if (!take(e, call, names, 1, 5, v)) return eval_error();
    bool drops = v[1] && !(v[1]->kind == VALUE_BOOL && !v[1]->integer);
    int64_t n = value_is_int(v[0]) ? v[0]->integer : 0;
    if (!flow.alone || n < 1 || (drops && x.kind == VALUE_ARRAY && x.array->dim[0] % n))
        return array_foreign(e, self, "batch", call->loc);
    flow.alone = false;
    flow.lacks = NULL;
    flow.batch = n;
    return x.kind == VALUE_ARRAY ? flow_value(e, &x, &y, flow, call->loc) : x;
}

Value flow_call(Eval *e, const Value *self, const char *name, const Call *call) {
    if (self->array->generator) return generator_call(e, self, name, call);
    if (strcmp(name, "map") == 0) return mapped(e, self, call);
    if (strcmp(name, "batch") == 0) return batched(e, self, call);
    Value out = *self;
    if (strcmp(name, "shuffle") != 0 || self->array->flow->shuffles) return out;
    Batches flow = *self->array->flow;
    const Value x = flow_samples(e, self->array, call->loc),
                y = flow_labels(self->array, call->loc);
    flow.shuffles = true;
    return x.kind == VALUE_ARRAY ? flow_value(e, &x, &y, flow, call->loc) : x;
}
