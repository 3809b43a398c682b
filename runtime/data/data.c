// SPDX-License-Identifier: 0BSD
// The data set: where its four IDX files are, whether they fit the model, and how their bytes
// become samples. Validation is the last part of the training data, before any shuffling.
#include "runtime.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *image, *label;
} halves[] = {
    [DATA_TRAIN] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
    [DATA_TEST] = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
};

static char *join(const char *a, const char *b, const char *c) {
    char *path = malloc(strlen(a) + strlen(b) + strlen(c) + 1);
    if (path) sprintf(path, "%s%s%s", a, b, c);
    return path;
}

static char *find_folder(const char *given) {
    const char *environment = getenv("CNNC_DATA"), *xdg = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    if (given) return join(given, "", "");
    if (environment && *environment) return join(environment, "", "");
    if (xdg && *xdg) return join(xdg, "/cnnc/mnist", "");
    return join(home ? home : "", "/.local/share", "/cnnc/mnist");
}

typedef struct Wanted { // of one file
    const Data *data;
    const char *name;
    const CnnModel *model;
} Wanted;

// Reads FOLDER/NAME, else FOLDER/NAME.gz, if check finds its header right.
static bool read_file(const Wanted *w, Idx *idx, IdxCheck *check, CnnError *error) {
    const char *folder = w->data->folder, *name = w->name;
    char *prefix = join(folder, "/", name);
    char *plain = prefix ? join(prefix, "", "") : NULL,
         *gzipped = prefix ? join(prefix, ".gz", "") : NULL;
    bool ok;
    if (!plain || !gzipped)
        ok = cnn_fail(error, CNN_SYSTEM, "out of memory");
    else if (access(plain, F_OK) == 0)
        ok = idx_read(plain, idx, check, w, error);
    else if (access(gzipped, F_OK) == 0)
        ok = idx_read(gzipped, idx, check, w, error);
    else
        ok = cnn_fail(error, CNN_REFUSED,
                      "no data: neither %s nor %s is in %s; name the folder of the four IDX files "
                      "with --data DIR or $CNNC_DATA",
                      name, strrchr(gzipped, '/') + 1, folder);
    free(prefix);
    free(plain);
    free(gzipped);
    return ok;
}

void data_keep(Kept *kept, const char *folder) {
    char *found = find_folder(folder);
    const char *const names[] = {halves[DATA_TRAIN].image, halves[DATA_TRAIN].label,
                                 halves[DATA_TEST].image, halves[DATA_TEST].label};
    static const char *const ends[] = {"", ".gz"};
    for (size_t i = 0; found && i < 8; i++) {
        char *prefix = join(found, "/", names[i / 2]);
        char *path = prefix ? join(prefix, ends[i % 2], "") : NULL;
        if (path) kept_add(kept, path, "training or test data");
        free(prefix);
        free(path);
    }
    free(found);
}

// Labels are below this.
static int64_t count_classes(const CnnModel *model) {
    if (model->label == CNN_LABEL_CLASS) return model->output_dim[model->output_rank - 1];
    if (model->label_floats > 1) return model->label_floats;
    return !strcmp(model->loss, "binary_crossentropy") ? 2 : 256;
}

bool data_same_order(const int64_t *a, int64_t rank_a, const int64_t *b, int64_t rank_b) {
    while (rank_a > 1 && a[rank_a - 1] == 1) rank_a--;
    while (rank_b > 1 && b[rank_b - 1] == 1) rank_b--;
    if (rank_a == 1 || rank_b == 1) return true;
    return rank_a == rank_b && !memcmp(a, b, (size_t)rank_a * sizeof *a);
}

static bool check_images(const void *context, CnnError *error) {
    const Wanted *w = context;
    const CnnModel *model = w->model;
    const Data *data = w->data;
    const char *name = w->name;
    const Idx *image = &data->image;
    char seen[TEXT_SHAPE], wanted[TEXT_SHAPE];
    if (image->dim[0] == 0)
        return cnn_fail(error, CNN_REFUSED, "%s/%s: has no samples: its shape is %s", data->folder,
                        name, text_shape(seen, image->dim, image->rank));
    if (image->rank < 2 || image->dim[0] > UINT32_MAX - 1)
        return cnn_fail(error, CNN_REFUSED, "%s/%s: expected images, seen %lld dimensions %s",
                        data->folder, name, (long long)image->rank,
                        text_shape(seen, image->dim, image->rank));
    text_shape(seen, image->dim + 1, image->rank - 1);
    text_shape(wanted, model->input_dim, model->input_rank);
    int64_t values = image->count / image->dim[0];
    if (values != model->input_floats)
        return cnn_fail(error, CNN_REFUSED,
                        "%s/%s: a sample is %s, %lld values, but the model's Input is %s, %lld "
                        "values; use other data or change Input",
                        data->folder, name, seen, (long long)values, wanted,
                        (long long)model->input_floats);
    if (data_same_order(image->dim + 1, image->rank - 1, model->input_dim, model->input_rank))
        return true;
    return cnn_fail(error, CNN_REFUSED,
                    "%s/%s: a sample is %s, but the model's Input is %s: as many values in another "
                    "order; change Input to %s, or with a dimension of 1 behind it, or flat",
                    data->folder, name, seen, wanted, seen);
}

static bool check_labels(const void *context, CnnError *error) {
    const Wanted *w = context;
    const CnnModel *model = w->model;
    const Idx *label = &w->data->label, *image = &w->data->image;
    char shape[TEXT_SHAPE];
    if (model->output_rank > 1)
        return cnn_fail(error, CNN_REFUSED,
                        "%s/%s: holds a label for each image, but the model's output is %s and its "
                        "loss needs labels for all of that",
                        w->data->folder, w->name,
                        text_shape(shape, model->output_dim, model->output_rank));
    if (label->rank == 1 && label->count == image->dim[0]) return true;
    return cnn_fail(error, CNN_REFUSED,
                    "%s/%s: has %lld dimensions and %lld labels; expected 1 and %lld, a label for "
                    "each image",
                    w->data->folder, w->name, (long long)label->rank, (long long)label->count,
                    (long long)image->dim[0]);
}

static bool check_classes(const Wanted *w, CnnError *error) {
    const Idx *label = &w->data->label;
    int64_t classes = count_classes(w->model);
    for (int64_t i = 0; i < label->count; i++)
        if (label->value[i] >= classes)
            return cnn_fail(error, CNN_REFUSED,
                            "%s/%s: label %lld is %d, but the model tells %lld classes apart, 0 to "
                            "%lld",
                            w->data->folder, w->name, (long long)i, label->value[i],
                            (long long)classes, (long long)classes - 1);
    return true;
}

bool data_load(Data *data, int half, const char *folder, const CnnModel *model, CnnError *error) {
    const Wanted image = {data, halves[half].image, model};
    const Wanted label = {data, halves[half].label, model};
    *data = (Data){.folder = find_folder(folder)};
    if (!data->folder) return cnn_fail(error, CNN_SYSTEM, "out of memory");
    if (read_file(&image, &data->image, check_images, error) &&
        read_file(&label, &data->label, check_labels, error) && check_classes(&label, error))
        return true;
    data_free(data);
    return false;
}

void data_free(Data *data) {
    free(data->folder);
    free(data->image.value);
    free(data->label.value);
    *data = (Data){0};
}

int64_t data_split(int64_t n, double split) {
    return (int64_t)floor((double)n * (1.0 - split));
}

bool data_rows(const Data *data, const CnnModel *model, const CnnRows *rows, Samples *samples,
               CnnError *error) {
    int64_t all = data->label.count, n = rows->count ? rows->count : all;
    if (rows->first > all || n > all - rows->first)
        return cnn_fail(error, CNN_REFUSED,
                        "%s: has %lld samples, but %s takes those from %lld to %lld", data->folder,
                        (long long)all, model->source, (long long)rows->first,
                        (long long)(rows->first + n));
    *samples = data_samples(data, model, rows->first, n);
    samples->table = rows->table;
    return true;
}

Samples data_samples(const Data *data, const CnnModel *model, int64_t first, int64_t n) {
    return (Samples){.n = n,
                     .pixel = data->image.value + first * model->input_floats,
                     .label = data->label.value + first};
}
