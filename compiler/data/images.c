// SPDX-License-Identifier: MIT
// Folders of images with a folder for each class, by image_dataset_from_directory and by ImageDataGenerator, and
// arrays that a generator makes batches of.
#include "data/images.h"
#include "../runtime/data/folder.h"
#include "../runtime/data/types.h"
#include <stdlib.h>
#include <string.h>

// ------------------------------------------------------------------------------------- folders

static Array folder_array(Eval *e, const Listing *l, int64_t rows, bool images) {
    Array x = {.of = array_class(images ? &array_images : &array_folder_labels)};
    x.source = arena_printf(e->a, "%s of %s", images ? "images" : "classes", l->name);
    x.steps = "";
    x.rank = images ? 4 : 1;
    x.type = !images ? CNN_I4 : l->method == FOLDER_BILINEAR ? CNN_F4 : CNN_U1;
    const int64_t dim[] = {rows, l->height, l->width, l->channels};
    memcpy(x.dim, dim, (size_t)x.rank * sizeof *dim);
    x.numbers = ARENA_NEW(e->a, char);
    array_bytes(&x);
    const double number[] = {l->method, l->classes ? l->nclass : 0, l->from, l->to};
    for (int i = 0; i < 4; i++) array_number(e, &x, number[i]);
    const char **text = ARENA_ARRAY(e->a, const char *, l->nclass + 1);
    text[0] = l->name;
    for (int i = 0; i < l->nclass; i++) text[1 + i] = l->class_name[i];
    x.text = text;
    x.ntext = 1 + (l->classes ? l->nclass : 0);
    return x;
}

static bool find_classes(Eval *e, const char *path, Listing *l, CnnError *error) {
    char **class = folder_classes(path, error);
    for (int i = 0; class && class[i]; i++) {
        const char *name = arena_printf(e->a, "%s", class[i]);
        ARENA_PUSH(e->a, l->class_name, l->nclass, name);
        free(class[i]);
    }
    free(class);
    if (class && l->nclass == 0)
        return cnn_fail(
            error, CNN_REFUSED,
            "%s: has no folder for a class: put the images of each class into one of their own",
            path);
    return class;
}

// How many images there are; <0: *out is foreign, with this batch size, or an error.
static int64_t count_images(Eval *e, Listing *l, int64_t batch, const char *what, Loc loc,
                            Value *out) {
    CnnError error = {0};
    Folder f;
    const char *path = data_find(e, l->name, what, loc, out);
    if (!path) {
        if (out->kind == VALUE_FOREIGN) ((Foreign *)(uintptr_t)out->foreign)->batch = batch;
        return -1;
    }
    bool ok =
        (l->nclass || !l->classes || find_classes(e, path, l, &error)) &&
        folder_list(&f, path, l->class_name, l->classes ? l->nclass : 0, l->from, l->to, &error);
    int64_t n = ok ? f.n : -1;
    if (ok) folder_free(&f);
    if (!ok) *out = data_refused(e, loc, &error);
    return n;
}

bool listing_names(Eval *e, const Value *v, Listing *l) {
    if (!v || v->kind == VALUE_NONE) return true;
    if (!value_is_sequence(v)) return false;
    for (int i = 0; i < value_count(v); i++) {
        if (value_at(v, i)->kind != VALUE_STRING) return false;
        ARENA_PUSH(e->a, l->class_name, l->nclass, value_at(v, i)->text);
    }
    return true;
}

bool listing_size(const Value *v, Listing *l) {
    l->height = l->width = 256;
    if (!v) return true;
    bool pair = value_is_sequence(v) && value_count(v) == 2;
    const Value *h = pair ? value_at(v, 0) : v, *w = pair ? value_at(v, 1) : v;
    if (!value_is_int(h) || !value_is_int(w)) return false;
    l->height = h->integer, l->width = w->integer;
    return l->height >= 1 && l->width >= 1 && l->height <= 1 << 14 && l->width <= 1 << 14;
}

bool word_among(const Value *v, const char *standard, const char *const *words, int *at) {
    const char *text = !v                        ? standard
                       : v->kind == VALUE_STRING ? v->text
                       : v->kind == VALUE_NONE   ? ""
                                                 : NULL;
    for (*at = 0; text && words[*at]; (*at)++)
        if (strcmp(words[*at], text) == 0) return true;
    return false;
}

bool listing_channels(const Value *v, Listing *l) {
    static const char *const words[] = {"grayscale", "rgb", "rgba", NULL};
    int at;
    if (!word_among(v, "rgb", words, &at)) return false;
    l->channels = at == 0 ? 1 : at + 2;
    return true;
}

static bool read_share(const Value *v, double *share) {
    *share = 0;
    if (!v || v->kind == VALUE_NONE) return true;
    if (!value_is_number(v)) return false;
    *share = value_real(v);
    return *share >= 0 && *share < 1;
}

bool flow_batch_read(const Value *v, int64_t *batch) {
    *batch = 32;
    if (!v) return true;
    return value_is_int(v) && v->integer > 0 && (*batch = v->integer, true);
}

bool flag_of(const Value *v, bool standard) {
    return v && v->kind == VALUE_BOOL ? v->integer : standard;
}

// y of a kind of labels, from x's rows and the numbers of their classes.
Value labels_as(Eval *e, int mode, const Value *x, const Value *y, int nclass, Loc loc) {
    const Value real = {.kind = VALUE_STRING, .text = "float32"};
    const Value n = {.kind = VALUE_INT, .integer = nclass};
    const Argument arg[] = {{.value = *y, .loc = loc}, {.value = n, .loc = loc}};
    const Call call = {.what = "to_categorical", .loc = loc, .n = 2, .arg = arg};
    if (mode == LABEL_INPUT) return *x;
    if (mode == LABEL_BINARY) return array_astype(e, y, &real, loc);
    if (mode == LABEL_CATEGORICAL) return array_categorical(e, &call);
    return *y;
}

// ------------------------------------------------------------------ image_dataset_from_directory

// The rows of a subset, in Keras's order: as numpy shuffles them, the last ones to validate with.
static Value subset_of(Eval *e, const Value *v, const Value *seed, bool shuffles, double split,
                       const char *subset, Loc loc) {
    Value out = *v;
    int64_t n = v->array->dim[0], tests = (int64_t)(split * (double)n);
    const RowOrder order = {.from = {.seed = seed ? (uint32_t)seed->integer : 0}, .all = n};
    if (seed && shuffles) out = array_shuffle(e, v, &order, n, loc);
    if (split == 0 || out.kind != VALUE_ARRAY) return out;
    return *subset == 't' ? array_slice_rows(e, &out, 0, n - tests, 1, loc)
                          : array_slice_rows(e, &out, n - tests, tests, 1, loc);
}

typedef struct Asked { // of image_dataset_from_directory
    Listing l;
    int mode;
    int64_t batch;
    bool shuffles;
    const Value *seed;
    double split;
    const char *subset;
} Asked;

enum {
    DIRECTORY,
    LABELS,
    LABEL_MODE,
    CLASS_NAMES,
    COLOR_MODE,
    BATCH_SIZE,
    IMAGE_SIZE,
    SHUFFLE,
    SEED,
    VALIDATION_SPLIT,
    SUBSET,
    INTERPOLATION,
    ASKED
};

// False: what is asked for is not there, or wrong.
static bool read_asked(Eval *e, const Value **v, Asked *a) {
    static const char *const modes[] = {"", "int", "binary", "categorical", NULL};
    static const char *const methods[] = {"nearest", "bilinear", NULL};
    static const char *const subsets[] = {"", "training", "validation", "both", NULL};
    int method, subset;
    bool inferred =
        !v[LABELS] || (v[LABELS]->kind == VALUE_STRING && !strcmp(v[LABELS]->text, "inferred"));
    bool none = v[LABELS] && v[LABELS]->kind == VALUE_NONE;
    a->shuffles = flag_of(v[SHUFFLE], true);
    a->seed = v[SEED] && v[SEED]->kind == VALUE_INT ? v[SEED] : NULL;
    a->l.to = 1;
    if (v[DIRECTORY]->kind != VALUE_STRING || (!inferred && !none)) return false;
    a->l.name = v[DIRECTORY]->text;
    if (!word_among(v[LABEL_MODE], "int", modes, &a->mode) ||
        !listing_names(e, v[CLASS_NAMES], &a->l) || !listing_channels(v[COLOR_MODE], &a->l) ||
        !flow_batch_read(v[BATCH_SIZE], &a->batch) || !listing_size(v[IMAGE_SIZE], &a->l) ||
        !read_share(v[VALIDATION_SPLIT], &a->split) ||
        !word_among(v[SUBSET], "", subsets, &subset) ||
        !word_among(v[INTERPOLATION], "bilinear", methods, &method))
        return false;
    if (none) a->mode = LABEL_NONE;
    a->l.classes = a->mode != LABEL_NONE;
    a->l.method = method == 1 ? FOLDER_BILINEAR : FOLDER_NEAREST;
    a->subset = subsets[subset];
    bool seeded =
        !a->shuffles || (a->seed && a->seed->integer >= 0 && a->seed->integer <= UINT32_MAX);
    return (a->split > 0) == (subset > 0) && (a->split == 0 || seeded);
}

// The batches of a subset of n images.
static Value dataset_of(Eval *e, const Asked *a, int64_t n, const char *subset, Loc loc) {
    Value x = array_value(e, loc, folder_array(e, &a->l, n, true)), y = {.kind = VALUE_NONE};
    x = subset_of(e, &x, a->seed, a->shuffles, a->split, subset, loc);
    if (a->mode != LABEL_NONE && x.kind == VALUE_ARRAY) {
        y = array_value(e, loc, folder_array(e, &a->l, n, false));
        y = subset_of(e, &y, a->seed, a->shuffles, a->split, subset, loc);
        if (y.kind == VALUE_ARRAY) y = labels_as(e, a->mode, &x, &y, a->l.nclass, loc);
    }
    if (x.kind != VALUE_ARRAY || y.kind == VALUE_ERROR) return eval_error();
    const Batches flow = {.batch = a->batch,
                          .shuffles = a->shuffles,
                          .nclass = a->l.nclass,
                          .class_name = a->l.class_name};
    return flow_value(e, &x, &y, flow, loc);
}

static Value run_dataset(Eval *e, const Call *call) {
    static const char *const names[ASKED] = {
        "directory",  "labels",  "label_mode", "class_names",      "color_mode", "batch_size",
        "image_size", "shuffle", "seed",       "validation_split", "subset",     "interpolation"};
    const Value *v[ASKED];
    Asked a = {.subset = ""};
    Value out = eval_error();
    const char *what = "utils.image_dataset_from_directory";
    if (!take(e, call, names, 1, ASKED, v)) return eval_error();
    if (!read_asked(e, v, &a)) return foreign_made(e, what, call->loc);
    int64_t n = count_images(e, &a.l, a.batch, what, call->loc, &out);
    if (n < 0) return out;
    if (strcmp(a.subset, "both") != 0) return dataset_of(e, &a, n, a.subset, call->loc);
    Value both = value_sequence(e->a, VALUE_TUPLE, 0);
    value_append(e->a, &both, dataset_of(e, &a, n, "training", call->loc));
    value_append(e->a, &both, dataset_of(e, &a, n, "validation", call->loc));
    return both;
}

// ---------------------------------------------------------------------------- ImageDataGenerator

// The share of a subset: of a folder's classes the first ones validate, of arrays, too.
bool generator_share(const Generator *g, const Value *v, double *from, double *to) {
    static const char *const subsets[] = {"", "training", "validation", NULL};
    int at;
    *from = 0, *to = 1;
    if (!word_among(v, "", subsets, &at)) return false;
    if (at == 1) *from = g->split;
    if (at == 2) *to = g->split;
    return true;
}

// A flow of what is not known, with a batch size of its own.
Value flow_unknown(Eval *e, const char *what, const Value *batch, Loc loc) {
    Value v = foreign_made(e, what, loc);
    Foreign *f = (Foreign *)(uintptr_t)v.foreign;
    if (!flow_batch_read(batch, &f->batch)) f->batch = 0;
    return v;
}

static Value from_directory(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"directory",  "target_size",  "color_mode", "classes",
                                        "class_mode", "batch_size",   "shuffle",    "seed",
                                        "subset",     "interpolation"};
    static const char *const modes[] = {"", "sparse", "binary", "categorical", "input", NULL};
    static const char *const methods[] = {"nearest", NULL};
    const Generator *g = self->array->generator;
    const Value *v[10];
    const char *what = "ImageDataGenerator.flow_from_directory";
    Listing l = {.classes = true, .method = FOLDER_PIL_NEAREST};
    int mode, method;
    int64_t batch;
    Value out = eval_error();
    if (!take(e, call, names, 1, 10, v)) return eval_error();
    bool known = v[0]->kind == VALUE_STRING && listing_size(v[1], &l) &&
                 listing_channels(v[2], &l) && listing_names(e, v[3], &l) &&
                 word_among(v[4], "categorical", modes, &mode) && flow_batch_read(v[5], &batch) &&
                 generator_share(g, v[8], &l.from, &l.to) &&
                 word_among(v[9], "nearest", methods, &method);
    if (!known) return flow_unknown(e, what, v[5], call->loc);
    l.name = v[0]->text;
    int64_t n = count_images(e, &l, batch, what, call->loc, &out);
    if (n < 0) return out;
    Value x = array_value(e, call->loc, folder_array(e, &l, n, true));
    Value y = array_value(e, call->loc, folder_array(e, &l, n, false));
    if (x.kind != VALUE_ARRAY || y.kind != VALUE_ARRAY) return eval_error();
    y = mode == LABEL_NONE ? (Value){.kind = VALUE_NONE}
                           : labels_as(e, mode, &x, &y, l.nclass, call->loc);
    if (y.kind == VALUE_ERROR) return y;
    const Batches flow = {.batch = batch,
                          .shuffles = flag_of(v[6], true),
                          .nclass = l.nclass,
                          .class_name = l.class_name};
    return generator_flow(e, g, &x, &y, flow, call->loc);
}

static Value from_arrays(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {
        "x",     "y",           "batch_size",  "shuffle",     "sample_weight",
        "seed",  "save_to_dir", "save_prefix", "save_format", "ignore_class_split",
        "subset"};
    const Generator *g = self->array->generator;
    const Value *v[11];
    Batches flow = {.batch = 32};
    double from, to;
    if (!take(e, call, names, 1, 11, v)) return eval_error();
    bool known = v[0]->kind == VALUE_ARRAY && !v[0]->array->one &&
                 flow_batch_read(v[2], &flow.batch) && !v[4] && !v[6] &&
                 generator_share(g, v[10], &from, &to) &&
                 (!v[1] || v[1]->kind == VALUE_ARRAY || v[1]->kind == VALUE_NONE);
    if (!known) return flow_unknown(e, "ImageDataGenerator.flow", v[2], call->loc);
    if (v[0]->array->rank != 4) {
        diag_error(e->d, v[0]->loc, 307, "a generator takes images of 4 dimensions, not %s",
                   array_shape(e->a, v[0]->array));
        return eval_error();
    }
    int64_t n = v[0]->array->dim[0], cut = (int64_t)((double)n * g->split);
    int64_t first = from > 0 ? cut : 0, rows = to < 1 ? cut : n - first;
    Value x = *v[0], y = v[1] ? *v[1] : (Value){.kind = VALUE_NONE};
    if (rows < n) x = array_slice_rows(e, &x, first, rows, 1, call->loc);
    if (rows < n && y.kind == VALUE_ARRAY) y = array_slice_rows(e, &y, first, rows, 1, call->loc);
    if (x.kind != VALUE_ARRAY || y.kind == VALUE_ERROR) return eval_error();
    flow.shuffles = flag_of(v[3], true);
    return generator_flow(e, g, &x, &y, flow, call->loc);
}

Value generator_call(Eval *e, const Value *self, const char *name, const Call *call) {
    if (strcmp(name, "fit") == 0) return generator_fit(e, self, call);
    if (strcmp(name, "flow_from_dataframe") == 0) return pictures_flow(e, self, call);
    return strcmp(name, "flow") == 0 ? from_arrays(e, self, call) : from_directory(e, self, call);
}

const Function data_image_functions[] = {
    {"image_dataset_from_directory", "utils", run_dataset},
    {"image_dataset_from_directory", "preprocessing", run_dataset},
    {"image_dataset_from_directory", "image", run_dataset},
    {"ImageDataGenerator", "image", generator_make},
    {0},
};
