// SPDX-License-Identifier: MIT
// See stored.h. The layout before Keras 3, of model.save("x.h5"): the attribute layer_names lists the groups of a
// model's layers in order, and each group's attribute weight_names its datasets: variables that are trained before
// those that are not. A model in the model is one such layer. Lists that are long are split: layer_names0,
// layer_names1. Names have changed over the years, the order has not: layers and variables are told by it.
#include "exchange/stored.h"
#include <string.h>

typedef struct Texts {
    int n;
    const char **text;
} Texts;

static bool read_names(Arena *a, hid_t group, const char *attribute, Texts *to, CnnError *error) {
    char **list;
    *to = (Texts){0};
    bool split = H5Aexists(group, attribute) <= 0;
    for (int part = 0; part == 0 || split; part++) {
        const char *name = split ? arena_printf(a, "%s%d", attribute, part) : attribute;
        if (H5Aexists(group, name) <= 0) break;
        int64_t n = hdf5_texts(group, name, &list, error);
        if (n < 0) return false;
        for (int64_t i = 0; i < n; i++) ARENA_PUSH(a, to->text, to->n, list[i]);
    }
    return true;
}

bool stored_is_old(hid_t group) {
    return H5Aexists(group, "layer_names") > 0 || H5Aexists(group, "layer_names0") > 0;
}

typedef struct Slot { // a weight and where it goes
    const Weight *weight;
    float *to;
} Slot;
typedef struct Unit { // a layer of the model, or a model in it
    const char *name;
    int n;
    Slot *slot;
} Unit;

// Those of the model's units that have weights. In a unit weights that are trained come first.
static int units_of(Arena *a, const Model *m, float *to, Unit **list) {
    int n = 0;
    *list = NULL;
    for (int i = 0; i < m->nlayer;) {
        const Submodel *nest = submodel_of(&m->layer[i], NULL);
        Unit unit = {nest ? nest->name : m->layer[i].name, 0, NULL};
        Slot *rest = NULL;
        int nrest = 0;
        do {
            const Layer *l = &m->layer[i++];
            for (int k = 0; k < l->nweight; k++) {
                Slot slot = {&l->weight[k], to};
                if (slot.weight->trainable)
                    ARENA_PUSH(a, unit.slot, unit.n, slot);
                else
                    ARENA_PUSH(a, rest, nrest, slot);
                to += shape_count(&slot.weight->shape);
            }
        } while (nest && i < m->nlayer && submodel_of(&m->layer[i], NULL) == nest);
        for (int k = 0; k < nrest; k++) ARENA_PUSH(a, unit.slot, unit.n, rest[k]);
        if (unit.n) ARENA_PUSH(a, *list, n, unit);
    }
    return n;
}

static bool read_unit(hid_t group, const char *name, const Texts *weights, const Unit *unit,
                      CnnError *error) {
    if (weights->n != unit->n)
        return cnn_fail(error, CNN_REFUSED, "'%s' has %d variables, and layer '%s' needs %d", name,
                        weights->n, unit->name, unit->n);
    for (int i = 0; i < unit->n; i++) {
        const Shape *shape = &unit->slot[i].weight->shape;
        if (!hdf5_floats(group, weights->text[i], shape->rank, shape->dim, unit->slot[i].to, error))
            return false;
    }
    return true;
}

bool stored_read_old(Arena *a, const Model *m, hid_t group, float *to, CnnError *error) {
    Texts layers, weights;
    Unit *unit;
    int n = units_of(a, m, to, &unit), at = 0;
    if (!read_names(a, group, "layer_names", &layers, error)) return false;
    for (int i = 0; i < layers.n; i++) {
        hid_t layer = hdf5_group(group, layers.text[i], error);
        if (layer < 0 || !read_names(a, layer, "weight_names", &weights, error)) return false;
        if (!weights.n) continue;
        if (at >= n)
            return cnn_fail(
                error, CNN_REFUSED,
                "the file has weights of a layer '%s', and the model has none behind '%s'",
                layers.text[i], n ? unit[n - 1].name : "its input");
        if (!read_unit(layer, layers.text[i], &weights, &unit[at++], error)) return false;
    }
    return at == n ||
           cnn_fail(error, CNN_REFUSED, "the file has no weights of layer '%s'", unit[at].name);
}
