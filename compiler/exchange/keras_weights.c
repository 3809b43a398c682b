// SPDX-License-Identifier: MIT
// Weights in Keras 3's layout of HDF5 (see places.h): a group for each layer, also for those without weights, with a
// group `vars` that knows the layer's name. Made in memory, without any time in it.
#include "exchange/export.h"
#include "exchange/places.h"
#include "support/tell.h"
#include "support/text.h"
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

typedef struct Writer {
    const Export *x;
    hid_t file, links; // links: groups between are made, and hold no times
    bool failed;
} Writer;

// A group by its path, with its parents.
static hid_t group(Writer *w, const char *path) {
    hid_t plain = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(plain, 0);
    hid_t id = H5Gcreate2(w->file, path, w->links, plain, H5P_DEFAULT);
    H5Pclose(plain);
    w->failed |= id < 0;
    return id;
}

// The group `vars` at the path, of what has this name.
static hid_t vars(Writer *w, const char *path, const char *name) {
    hid_t id = group(w, path), type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    hid_t attribute = H5Acreate2(id, "name", type, space, H5P_DEFAULT, H5P_DEFAULT);
    w->failed |= attribute < 0 || H5Awrite(attribute, type, &name) < 0;
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    return id;
}

static void variable(Writer *w, hid_t at, const Layer *l, int i) {
    const Shape *shape = &l->weight[i].shape;
    hsize_t dim[MAX_RANK];
    int64_t count;
    char name[20];
    const float *value = export_weight(w->x, l, i, &count);
    for (int d = 0; d < shape->rank; d++) dim[d] = (hsize_t)shape->dim[d];
    snprintf(name, sizeof name, "%d", i);
    hid_t space = shape->rank ? H5Screate_simple(shape->rank, dim, NULL) : H5Screate(H5S_SCALAR);
    hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(how, 0);
    hid_t set = H5Dcreate2(at, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, how, H5P_DEFAULT);
    w->failed |=
        set < 0 || H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0;
    H5Dclose(set);
    H5Pclose(how);
    H5Sclose(space);
}

static void put_all(Writer *w) {
    Arena *a = w->x->a;
    const Model *m = w->x->model;
    Places places = places_of(a, m, "layers");
    for (int i = 0; i < m->nlayer; i++) {
        const Layer *l = &m->layer[i];
        hid_t at = vars(w, arena_printf(a, "%s/vars", places.layer[i]), text_last_part(l->name));
        for (int k = 0; k < l->nweight; k++) variable(w, at, l, k);
        H5Gclose(at);
    }
    // A model's own variables, which are none, stand beside its layers.
    for (int i = 0; i < places.nmodel; i++) {
        const ModelPlace *model = &places.model[i];
        int n = (int)(strlen(model->layers) - strlen("layers"));
        H5Gclose(vars(w, arena_printf(a, "%.*svars", n, model->layers), model->name));
    }
}

ExitCode write_keras_weights(const Export *x, Bytes *out) {
    enum { STEP = 1 << 16 };
    H5dont_atexit(); // where memory ran out its tidying up fails
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), how = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_fapl_core(access, STEP, 0);
    H5Pset_obj_track_times(how, 0);
    Writer w = {.x = x, .links = H5Pcreate(H5P_LINK_CREATE)};
    H5Pset_create_intermediate_group(w.links, 1);
    w.file = H5Fcreate("weights", H5F_ACC_TRUNC, how, access);
    w.failed = w.file < 0;
    if (!w.failed) put_all(&w);
    w.failed |= H5Fflush(w.file, H5F_SCOPE_GLOBAL) < 0;
    ssize_t size = w.failed ? -1 : H5Fget_file_image(w.file, NULL, 0);
    out->data = size > 0 ? malloc((size_t)size) : NULL;
    out->size = (size_t)size;
    w.failed |= !out->data || H5Fget_file_image(w.file, out->data, out->size) != size;
    H5Fclose(w.file);
    H5Pclose(w.links);
    H5Pclose(how);
    H5Pclose(access);
    if (w.failed) tell("error: the weights could not be written as HDF5: is there memory?");
    return w.failed ? EXIT_SYSTEM : EXIT_OK;
}
