// SPDX-License-Identifier: 0BSD
// The data set: where its files are, whether they fit the model, and how their bytes become samples.
// Validation is the last part of the training data, before any shuffling.
#include "data/dataset.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *join(const char *a, const char *b, const char *c, const char *d) {
    size_t size = strlen(a) + strlen(b) + strlen(c) + strlen(d) + 1;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s%s%s%s", a, b, c, d);
    return path;
}

static char *find_folder(const CnnDataset *of, const char *given) {
    const char *environment = getenv("CNNC_DATA"), *xdg = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    if (given) return join(given, "", "", "");
    if (environment && *environment) return join(environment, "", "", "");
    if (xdg && *xdg) return join(xdg, "/cnnc/", of->name, "");
    return join(home ? home : "", "/.local/share/cnnc/", of->name, "");
}

char *data_path(const Data *data, const char *name, const char *end, CnnError *error) {
    char *path = join(data->folder, "/", name, end);
    if (!path) cnn_fail(error, CNN_SYSTEM, "out of memory");
    return path;
}

bool data_missing(const Data *data, const char *names, CnnError *error) {
    return cnn_fail(error, CNN_REFUSED,
                    "no data: %s in %s; name the folder of %s with --data DIR or $CNNC_DATA", names,
                    data->folder, data->of->files);
}

static void keep_file(Kept *kept, const char *folder, const char *name) {
    static const char *const ends[] = {"", ".gz"};
    for (int i = 0; i < 2; i++) {
        char *path = join(folder, "/", name, ends[i]);
        if (path) kept_add(kept, path, "training or test data");
        free(path);
    }
}

void data_keep(Kept *kept, const CnnDataset *of, const char *folder) {
    of = of ? of : &data_mnist;
    char *found = find_folder(of, folder);
    for (int half = 0; found && half < 2; half++)
        for (const char *const *name = of->file[half]; *name; name++) keep_file(kept, found, *name);
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

bool data_images_fit(const Data *data, const char *name, const CnnModel *model, CnnError *error) {
    const Idx *image = &data->image;
    char seen[TEXT_SHAPE], wanted[TEXT_SHAPE];
    if (image->dim[0] == 0)
        return cnn_fail(error, CNN_REFUSED, "%s/%s: has no samples: its shape is %s", data->folder,
                        name, text_shape(seen, image->dim, image->rank));
    if (image->rank < 2 || image->dim[0] > UINT32_MAX - 1)
        return cnn_fail(error, CNN_REFUSED, "%s/%s: expected images, seen %lld dimensions %s",
                        data->folder, name, (long long)image->rank,
                        text_shape(seen, image->dim, image->rank));
    if (!model) return true;
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

bool data_labels_fit(const Data *data, const char *name, const CnnModel *model, CnnError *error) {
    char shape[TEXT_SHAPE];
    if (!model || model->output_rank <= 1) return true;
    return cnn_fail(error, CNN_REFUSED,
                    "%s/%s: holds a label for each image, but the model's output is %s and its "
                    "loss needs labels for all of that",
                    data->folder, name, text_shape(shape, model->output_dim, model->output_rank));
}

bool data_classes_fit(const char *path, const uint8_t *label, int64_t first, int64_t n,
                      const CnnModel *model, CnnError *error) {
    int64_t classes = model ? count_classes(model) : UINT8_MAX + 1;
    for (int64_t i = 0; i < n; i++)
        if (label[i] >= classes && !samples_ignored(model, label[i]))
            return cnn_fail(error, CNN_REFUSED,
                            "%s: label %lld is %d, but the model tells %lld classes apart, 0 to "
                            "%lld",
                            path, (long long)first + i, label[i], (long long)classes,
                            (long long)classes - 1);
    return true;
}

bool data_load(Data *data, const CnnDataset *of, int half, const char *folder,
               const CnnModel *model, CnnError *error) {
    of = of ? of : &data_mnist;
    *data = (Data){.of = of, .half = half, .folder = find_folder(of, folder)};
    if (!data->folder) return cnn_fail(error, CNN_SYSTEM, "out of memory");
    if (of->read(data, half, model, error)) return true;
    data_free(data);
    return false;
}

bool data_is(const Data *data, const CnnDataset *of) {
    return data->of == (of ? of : &data_mnist);
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
                        (long long)rows->first + n);
    *samples = data_samples(data, model, rows->first, n);
    samples->table = rows->table;
    samples->counts_of = rows->counts;
    samples->batch = rows->batch;
    return true;
}

Samples data_samples(const Data *data, const CnnModel *model, int64_t first, int64_t n) {
    return (Samples){.n = n,
                     .pixel = data->image.value + first * model->input_floats,
                     .label = data->label.value + first};
}

Samples samples_part(const Samples *all, const CnnModel *model, int64_t first, int64_t n) {
    Samples part = *all;
    part.n = n;
    if (part.pixel) part.pixel += first * model->input_floats;
    if (part.x) part.x += first * model->input_floats;
    if (part.label) part.label += first;
    if (part.counts) part.counts += first;
    if (part.y) part.y = (const char *)part.y + first * 4 * model->label_floats;
    part.base += first;
    return part;
}

bool samples_begin(const Samples *s, int64_t first, int64_t end, int64_t most, CnnError *error) {
    Ahead *x = s->x_ahead, *y = s->y_ahead == x ? NULL : s->y_ahead;
    return (!x || x->begin(x, s->base, s->order, first, end, most, error)) &&
           (!y || y->begin(y, s->base, s->order, first, end, most, error));
}

bool samples_need(const Samples *s, int64_t first, int64_t n, CnnError *error) {
    Ahead *x = s->x_ahead, *y = s->y_ahead;
    return (!x || x->need(x, first, n, error)) && (!y || y->need(y, first, n, error));
}

// Sample i of what is in memory as a whole, or else in the ring.
static const void *row_of(const Samples *s, const void *all, const Ahead *ahead, int64_t i,
                          int64_t bytes) {
    if (ahead) return ahead_at(ahead, i);
    return all ? (const char *)all + (s->order ? s->order[i] : i) * bytes : NULL;
}

const uint8_t *samples_pixel(const CnnModel *model, const Samples *s, int64_t i) {
    return row_of(s, s->pixel, s->table ? s->x_ahead : NULL, i, model->input_floats);
}

const void *samples_y(const CnnModel *model, const Samples *s, int64_t i) {
    return row_of(s, s->y, s->y_ahead, i, 4 * model->label_floats);
}

void samples_x(const CnnModel *model, const Samples *s, int64_t i, float *x) {
    int64_t inputs = model->input_floats;
    const uint8_t *pixel = samples_pixel(model, s, i);
    if (!pixel)
        memcpy(x, row_of(s, s->x, s->x_ahead, i, 4 * inputs), (size_t)inputs * sizeof *x);
    else if (s->table)
        for (int64_t k = 0; k < inputs; k++) x[k] = s->table[pixel[k]];
    else
        model->widen(x, pixel, inputs);
}

bool samples_ignored(const CnnModel *model, int64_t label) {
    return model && model->loss_ignores && label == model->loss_ignored;
}

int64_t samples_class(const Samples *samples, const CnnModel *model, int64_t i) {
    int64_t best = 0, n = model->label_floats;
    if (samples->label) return samples->label[i];
    const void *y = samples_y(model, samples, i);
    if (model->label == CNN_LABEL_CLASS) return *(const int32_t *)y;
    const float *row = y;
    if (n == 1) return row[0] > 0.5f; // no or yes
    for (int64_t k = 1; k < n; k++)
        if (row[k] > row[best]) best = k;
    return best;
}
