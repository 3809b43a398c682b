// SPDX-License-Identifier: 0BSD
// MNIST, and data sets in its form: a file of images and one of labels for each half, both IDX, plain or
// gzipped.
#include "data/dataset.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { IMAGES, LABELS };

static const char *const train_files[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                          NULL};
static const char *const test_files[] = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", NULL};

typedef struct Wanted { // of one file
    const Data *data;
    const char *name;
    const CnnModel *model;
} Wanted;

static bool say_missing(const Wanted *w, CnnError *error) {
    char names[256];
    snprintf(names, sizeof names, "neither %s nor %s.gz is", w->name, w->name);
    return data_missing(w->data, names, error);
}

// Reads FOLDER/NAME, else FOLDER/NAME.gz, if check finds its header right.
static bool read_file(const Wanted *w, Idx *idx, IdxCheck *check, CnnError *error) {
    char *plain = data_path(w->data, w->name, "", error);
    char *gzipped = plain ? data_path(w->data, w->name, ".gz", error) : NULL;
    bool ok = false;
    if (gzipped && access(plain, F_OK) == 0)
        ok = idx_read(plain, idx, check, w, error);
    else if (gzipped && access(gzipped, F_OK) == 0)
        ok = idx_read(gzipped, idx, check, w, error);
    else if (gzipped)
        ok = say_missing(w, error);
    free(plain);
    free(gzipped);
    return ok;
}

static bool check_images(const void *context, CnnError *error) {
    const Wanted *w = context;
    return data_images_fit(w->data, w->name, w->model, error);
}

static bool check_labels(const void *context, CnnError *error) {
    const Wanted *w = context;
    const Idx *label = &w->data->label, *image = &w->data->image;
    if (!data_labels_fit(w->data, w->name, w->model, error)) return false;
    if (label->rank == 1 && label->count == image->dim[0]) return true;
    return cnn_fail(error, CNN_REFUSED,
                    "%s/%s: has %lld dimensions and %lld labels; expected 1 and %lld, a label for "
                    "each image",
                    w->data->folder, w->name, (long long)label->rank, (long long)label->count,
                    (long long)image->dim[0]);
}

static bool check_classes(const Wanted *w, CnnError *error) {
    const Idx *label = &w->data->label;
    char *path = data_path(w->data, w->name, "", error);
    bool ok = path && data_classes_fit(path, label->value, 0, label->count, w->model, error);
    free(path);
    return ok;
}

static bool read_half(Data *data, int half, const CnnModel *model, CnnError *error) {
    const Wanted image = {data, data->of->file[half][IMAGES], model};
    const Wanted label = {data, data->of->file[half][LABELS], model};
    return read_file(&image, &data->image, check_images, error) &&
           read_file(&label, &data->label, check_labels, error) && check_classes(&label, error);
}

const CnnDataset data_mnist = {
    .name = "mnist",
    .file = {train_files, test_files},
    .files = "the four IDX files",
    .read = read_half,
};

const CnnDataset data_fashion_mnist = {
    .name = "fashion-mnist",
    .file = {train_files, test_files},
    .files = "the four IDX files",
    .read = read_half,
};
