// SPDX-License-Identifier: MIT
// See stored.h. Here: Keras 3's layout (see places.h), which other groups stand beside, as those of the optimiser. A
// layer must have exactly as many variables as the model gives it, and a model no other layers.
#include "exchange/stored.h"
#include "exchange/places.h"
#include <stdlib.h>
#include <string.h>

static bool read_layer(Arena *a, hid_t file, const Layer *l, const char *place, float **to,
                       CnnError *error) {
    if (!l->nweight) return true;
    hid_t vars = hdf5_group(file, arena_printf(a, "%s/vars", place), error);
    if (vars < 0) return false;
    int64_t n = hdf5_links(vars);
    if (n != l->nweight)
        return cnn_fail(error, CNN_REFUSED, "'%s' has %lld variables, and layer '%s' needs %d",
                        place, (long long)n, l->name, l->nweight);
    for (int i = 0; i < l->nweight; i++) {
        const Shape *shape = &l->weight[i].shape;
        const char *path = arena_printf(a, "%s/vars/%d", place, i);
        if (!hdf5_floats(file, path, shape->rank, shape->dim, *to, error)) return false;
        *to += shape_count(shape);
    }
    return true;
}

static bool no_others(Arena *a, hid_t file, const Places *p, CnnError *error) {
    char name[200];
    for (int i = 0; i < p->nmodel; i++) {
        hid_t group = hdf5_group(file, p->model[i].layers, error);
        if (group < 0) return false;
        for (int64_t k = 0; k < hdf5_links(group); k++) {
            if (!hdf5_link(group, k, name, sizeof name, error)) return false;
            const char *path = arena_printf(a, "%s/%s", p->model[i].layers, name);
            if (!map_get(p->known, path))
                return cnn_fail(error, CNN_REFUSED,
                                "the file has a layer '%s', and the model none in that place",
                                path);
        }
    }
    return true;
}

bool stored_read(Arena *a, const Model *m, const Hdf5Source *source, float *to, CnnError *error) {
    static const char *const roots[] = {"layers", "_layer_checkpoint_dependencies", NULL};
    hid_t file = hdf5_open(source, error);
    if (file < 0) return false;
    if (hdf5_has(file, "model_weights")) {
        hid_t group = hdf5_group(file, "model_weights", error);
        return group >= 0 && stored_read_old(a, m, group, to, error);
    }
    if (stored_is_old(file)) return stored_read_old(a, m, file, to, error);
    const char *const *root = roots;
    while (*root && !hdf5_has(file, *root)) root++;
    if (!*root) return cnn_fail(error, CNN_REFUSED, "holds no layers of Keras's");
    Places places = places_of(a, m, *root);
    for (int i = 0; i < m->nlayer; i++)
        if (!read_layer(a, file, &m->layer[i], places.layer[i], &to, error)) return false;
    return no_others(a, file, &places, error);
}

static bool copy_text(hid_t file, const char *attribute, char *to, CnnError *error) {
    const char *text = hdf5_text(file, attribute, MOST_CONFIG, error);
    if (text) memcpy(to, text, strlen(text) + 1);
    return text || !error->code;
}

bool stored_config(const Hdf5Source *source, StoredConfig *to, CnnError *error) {
    hid_t file = hdf5_open(source, error);
    return file >= 0 && copy_text(file, "model_config", to->model, error) &&
           copy_text(file, "training_config", to->training, error);
}
