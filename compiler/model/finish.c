// SPDX-License-Identifier: MIT
// From a Sequential, others within it, to the list of layers that is compiled: names differ, Input is first, the
// shape of the input is known.
#include "data/data.h"
#include <string.h>

const Submodel *submodel_of(const Layer *l, const Submodel *in) {
    const Submodel *nest = l->nest == in ? NULL : l->nest;
    while (nest && nest->outer != in) nest = nest->outer;
    return nest;
}

static Loc part_loc(const Value *v) {
    return v->kind == VALUE_MODEL ? v->model->model->loc : v->object->loc;
}

static bool names_differ(Eval *e, const Sequential *s) {
    Map *seen = map_new(e->a);
    bool good = true;
    for (int i = 0; i < s->nlayer; i++) {
        const Value *part = &s->layers[i];
        void **slot = map_slot(seen, sequential_part_name(part));
        const Value *before = *slot;
        if (before) {
            bool same = before->object == part->object;
            diag_error(e->d, part_loc(part), 310,
                       same ? "'%s' is in the model twice" : "two layers are named '%s'",
                       sequential_part_name(part));
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
    if (object && value_is_input(first)) {
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
        bool input = value_is_input(part);
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

static bool put_layer(Eval *e, const Object *object, const Inside *in) {
    Model *m = e->model;
    if (!eval_spend(e, object->loc, sizeof(Layer) / 8)) return false; // with its name and shapes
    Layer l = {.cls = object->thing->row,
               .args = object->args,
               .arg_loc = object->arg_loc,
               .name = arena_printf(e->a, "%s%s", in->prefix, object->name),
               .nest = in->nest,
               .trainable = object->trainable,
               .frozen = in->frozen,
               .loc = object->loc};
    ARENA_PUSH(e->a, m->layer, m->nlayer, l);
    return true;
}

// A nested model's layers follow each other as if they were the outer's own.
static bool put_layers(Eval *e, const Sequential *s, Inside in) {
    int first = e->model->nlayer;
    if (s->broken && s != e->at) return false;
    if (!input_only_first(e, s) || !names_differ(e, s)) return false;
    in.frozen |= s->model->frozen;
    for (int i = 0; i < s->nlayer; i++) {
        const Value *part = &s->layers[i];
        if (value_is_input(part)) continue;
        if (part->kind == VALUE_OBJECT) {
            if (!put_layer(e, part->object, &in)) return false;
            continue;
        }
        const Model *inner = part->model->model;
        Submodel nest = {inner->name, inner->input_name, inner->loc, in.frozen || inner->frozen,
                         in.nest};
        const char *prefix = arena_printf(e->a, "%s%s/", in.prefix, inner->name);
        Inside deeper = {prefix, arena_copy(e->a, &nest, sizeof nest), in.frozen};
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

// It would come with the data, if these were known.
static void help_with_size(Eval *e, Loc loc) {
    const Foreign *f = e->at->unknown;
    if (f && f->file)
        diag_help(e->d, loc, "the data may tell it, but %s", foreign_missing(e, f));
    else if (f)
        diag_help(e->d, loc, "the data may tell it, but they come from %s, which is not compiled",
                  f->what);
    diag_help(e->d, loc, "%set the model start with Input(shape=(28, 28, 1))", f ? "or l" : "l");
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
        help_with_size(e, m->input_loc);
        return;
    }
    for (int i = 0; i < m->nlayer; i++) follow(e, &m->layer[i], i ? &m->layer[i - 1] : NULL);
    m->last = &m->layer[m->nlayer - 1];
    e->at->broken = !shape_infer(e->a, e->d, m);
}
