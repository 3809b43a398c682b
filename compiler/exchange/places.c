// SPDX-License-Identifier: MIT
// See places.h.
#include "exchange/places.h"
#include "keras/layers/layer.h"
#include <string.h>

typedef struct Walk {
    Arena *a;
    Places places;
    Map *counters; // "layers/conv2d" -> int
} Walk;

// The next group of that stem in a model.
static const char *next_group(Walk *w, const char *model, const char *stem) {
    const char *path = arena_printf(w->a, "%s/%s", model, stem);
    void **slot = map_slot(w->counters, path);
    int *counter = *slot ? *slot : (*slot = ARENA_NEW(w->a, int));
    int n = (*counter)++;
    if (n) path = arena_printf(w->a, "%s_%d", path, n);
    *map_slot(w->places.known, path) = w;
    return path;
}

// Where a model has its layers. Its Input is one of them in functional notation.
static const char *put_model(Walk *w, const Submodel *nest, const char *name, const char *layers,
                             bool functional) {
    const ModelPlace place = {nest, name, layers};
    ARENA_PUSH(w->a, w->places.model, w->places.nmodel, place);
    if (functional) next_group(w, layers, "input_layer");
    return layers;
}

static const char *model_group(Walk *w, const Submodel *nest) {
    for (int i = 0; i < w->places.nmodel; i++)
        if (w->places.model[i].nest == nest) return w->places.model[i].layers;
    bool functional = nest->input_name;
    const char *own =
        next_group(w, model_group(w, nest->outer), functional ? "functional" : "sequential");
    return put_model(w, nest, nest->name, arena_printf(w->a, "%s/layers", own), functional);
}

Places places_of(Arena *a, const Model *m, const char *root) {
    Walk w = {.a = a, .counters = map_new(a)};
    w.places.known = map_new(a);
    w.places.layer = ARENA_ARRAY(a, const char *, m->nlayer + 1);
    put_model(&w, NULL, m->name, root, m->input_name);
    for (int i = 0; i < m->nlayer; i++) {
        const char *model = model_group(&w, m->layer[i].nest);
        w.places.layer[i] = next_group(&w, model, m->layer[i].cls->stem);
    }
    return w.places;
}
