// SPDX-License-Identifier: 0BSD
// A checkpoint: a safetensors file of the weights (LAYER/VARIABLE), the optimiser's state
// (optimizer/SLOT/LAYER/VARIABLE) and, below training/, figures of the run, the state of each callback with
// the weights that it keeps, and a checksum of all that stands before it. Doubles and the checksum are stored
// as the bits of 32-bit integers. The weights must be finite: of others there is no way on.
#include "fit/checkpoint.h"
#include "io/tensors.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { // figures of the run; the sums of the epoch follow
    FORMAT,
    SOURCE_HIGH, // of the hash of the model's text
    SOURCE_LOW,
    SEED,
    BATCH_SIZE,
    TRAIN_SAMPLES,
    TRAIN_CHECKSUM,
    VAL_SAMPLES,
    VAL_CHECKSUM,
    EPOCH,
    STEP,
    ITERATIONS,
    RATE,
    SECONDS,
    STOP,
    LOG_BYTES,
    FIGURES
};
enum { FORMAT_NOW = 1 };
static const char figures_name[] = CHECKPOINT_PREFIX "figures";
static const char checksum_name[] = CHECKPOINT_PREFIX "checksum";

// What must be the same in both runs, in the order in which it is asked.
static const struct {
    int figure;
    const char *what;
} identity[] = {
    {FORMAT, "format"},
    {SEED, "seed"},
    {BATCH_SIZE, "batch size"},
    {TRAIN_SAMPLES, "number of training samples"},
    {TRAIN_CHECKSUM, "checksum of the training data"},
    {VAL_SAMPLES, "number of validation samples"},
    {VAL_CHECKSUM, "checksum of the validation data"},
};

// ---- what a run is

static uLong add_bytes(uLong crc, const void *from, int64_t size) {
    return from ? crc32_z(crc, from, (z_size_t)size) : crc;
}

// Rows that are made ahead of use are so once more, all of them.
static bool add_rows(uLong *crc, Ahead *ahead, const Samples *s, CnnError *error) {
    bool ok = ahead->begin(ahead, s->base, NULL, 0, s->n, 1, error);
    for (int64_t i = 0; ok && i < s->n; i++) {
        ok = ahead->need(ahead, i, 1, error);
        if (ok) *crc = add_bytes(*crc, ahead_at(ahead, i), ahead->bytes);
    }
    return ok;
}

// It is the same wherever the rows are.
static bool sum_data(const CnnModel *model, const Samples *s, double *sum, CnnError *error) {
    uLong crc = crc32_z(0, NULL, 0);
    int64_t values = s->n * model->input_floats;
    bool bytes = s->x_ahead && s->table, floats = s->x_ahead && !s->table;
    crc = add_bytes(crc, s->pixel, values);
    if (bytes && !add_rows(&crc, s->x_ahead, s, error)) return false;
    crc = add_bytes(crc, s->label, s->n);
    crc = add_bytes(crc, s->x, values * (int64_t)sizeof *s->x);
    if (floats && !add_rows(&crc, s->x_ahead, s, error)) return false;
    crc = add_bytes(crc, s->counts, s->n * (int64_t)sizeof *s->counts);
    crc = add_bytes(crc, s->y, s->n * 4 * model->label_floats);
    if (s->y_ahead && !add_rows(&crc, s->y_ahead, s, error)) return false;
    *sum = (double)crc;
    return true;
}

bool checkpoint_data(Training *t, CnnError *error) {
    const CnnModel *model = t->engine->model;
    if (!t->is_summed)
        t->is_summed = sum_data(model, &t->fit->train, &t->train_sum, error) &&
                       sum_data(model, &t->fit->val, &t->val_sum, error);
    return t->is_summed;
}

static void identify(const Training *t, double *f) {
    const CnnModel *model = t->engine->model;
    unsigned long long hash = strtoull(model->source_hash, NULL, 16);
    f[FORMAT] = FORMAT_NOW;
    f[SOURCE_HIGH] = (double)(hash >> 32);
    f[SOURCE_LOW] = (double)(hash & 0xffffffff);
    f[SEED] = t->engine->run.seed;
    f[BATCH_SIZE] = (double)t->fit->batch_size;
    f[TRAIN_SAMPLES] = (double)t->fit->train.n;
    f[TRAIN_CHECKSUM] = t->train_sum;
    f[VAL_SAMPLES] = (double)t->fit->val.n;
    f[VAL_CHECKSUM] = t->val_sum;
}

static int64_t figure_count(const Training *t) {
    return FIGURES + training_sums(t);
}

// The run's figures but its identity.
static void put_figures(const Training *t, double *f) {
    f[EPOCH] = (double)t->epoch;
    f[STEP] = (double)t->step;
    f[ITERATIONS] = (double)t->engine->iterations;
    f[RATE] = t->engine->rate;
    f[SECONDS] = t->seconds + (t->started > 0 ? clock_seconds() - t->started : 0);
    f[STOP] = t->stop;
    f[LOG_BYTES] = (double)(t->fit->log ? log_bytes(t->fit->log) : t->log_bytes);
    memcpy(f + FIGURES, t->sums, (size_t)training_sums(t) * sizeof *f);
}

static void take_figures(Training *t, const double *f) {
    t->epoch = (int64_t)f[EPOCH];
    t->step = (int64_t)f[STEP];
    t->engine->iterations = (int64_t)f[ITERATIONS];
    t->engine->rate = f[RATE];
    t->seconds = f[SECONDS];
    t->stop = f[STOP] != 0;
    memcpy(t->sums, f + FIGURES, (size_t)training_sums(t) * sizeof *f);
}

// ---- saving

static void add_doubles(TensorList *list, const char *name, const double *from, int64_t n) {
    const StTensor t = {
        .name = (char *)name, .type = ST_I32, .rank = 2, .dim = {n, 2}, .data = from};
    tensors_add(list, "", &t);
}

static void add_callback(TensorList *list, const Callback *c, int64_t index) {
    char prefix[TENSOR_PREFIX], name[TENSOR_PREFIX + 8];
    snprintf(prefix, sizeof prefix, CHECKPOINT_PREFIX "%lld/", (long long)index);
    snprintf(name, sizeof name, "%sstate", prefix);
    if (c->of->states) add_doubles(list, name, c->state, c->of->states);
    if (c->weights) tensors_add_weights(list, prefix, c->model, c->weights);
}

// Of names and bytes.
static uint32_t checksum(const StTensor *tensor, int64_t n) {
    uLong crc = crc32_z(0, NULL, 0);
    for (int64_t i = 0; i < n; i++) {
        int64_t bytes = 4;
        for (int64_t d = 0; d < tensor[i].rank; d++) bytes *= tensor[i].dim[d];
        crc = add_bytes(crc, tensor[i].name, (int64_t)strlen(tensor[i].name) + 1);
        crc = add_bytes(crc, tensor[i].data, bytes);
    }
    return (uint32_t)crc;
}

static void list_all(TensorList *list, const Training *t, const double *figures) {
    const Engine *e = t->engine;
    tensors_add_weights(list, "", e->model, e->run.params);
    tensors_add_optimizer(list, e->model, e->run.opt);
    for (int64_t i = 0; i < e->model->ncallback; i++) add_callback(list, &t->callback[i], i);
    add_doubles(list, figures_name, figures, figure_count(t));
}

bool checkpoint_save(const OutFile *out, const Training *t, CnnError *error) {
    TensorList list = {0};
    const CnnModel *model = t->engine->model;
    if (safetensors_not_finite(t->engine->run.params, model->param_floats))
        return cnn_fail(error, CNN_REFUSED, "%s is left as it is: weights are nan or infinite",
                        out->path);
    double *figures = memory_new(figure_count(t), sizeof *figures, "a checkpoint", error);
    if (!figures) return false;
    memcpy(figures, t->identity, FIGURES * sizeof *figures);
    put_figures(t, figures);
    list_all(&list, t, figures);
    uint32_t sum = checksum(list.tensor, list.n);
    const StTensor last = {
        .name = (char *)checksum_name, .type = ST_I32, .rank = 1, .dim = {1}, .data = &sum};
    tensors_add(&list, "", &last);
    bool ok = tensors_save(&list, t->engine, "cnnc-checkpoint", out, error);
    free(figures);
    return ok;
}

int64_t checkpoint_bytes(const CnnModel *model) {
    return (1 + model->opt_slots) * weights_bytes(model);
}

// ---- loading

static bool take_doubles(const Safetensors *file, const char *name, double *to, int64_t n,
                         CnnError *error) {
    const StTensor *t = safetensors_find(file, name);
    if (t && t->type == ST_I32 && t->rank == 2 && t->dim[0] == n && t->dim[1] == 2)
        return safetensors_copy(file, t, to, error);
    return cnn_fail(error, CNN_REFUSED, "%s: no checkpoint of this model: %s is not as expected",
                    file->path, name);
}

static bool is_whole(const Safetensors *file, CnnError *error) {
    const StTensor *t = safetensors_find(file, checksum_name);
    if (!t || !safetensors_find(file, figures_name))
        return cnn_fail(error, CNN_REFUSED,
                        "%s: not a checkpoint: a file of train's --checkpoint is needed",
                        file->path);
    uint32_t sum = checksum(file->tensor, file->ntensor - 1);
    bool last = t == &file->tensor[file->ntensor - 1] && t->bytes == sizeof sum;
    if (last && !memcmp(t->data, &sum, sizeof sum)) return true;
    return cnn_fail(error, CNN_REFUSED, "%s: damaged: its checksum is another one", file->path);
}

static unsigned half_of(double figure) { // of a hash
    return figure >= 0 && figure <= UINT32_MAX ? (unsigned)figure : 0;
}

// Of another format its place may be another's.
static bool is_this_text(const char *path, const double *seen, const double *own, CnnError *error) {
    bool same = seen[SOURCE_HIGH] == own[SOURCE_HIGH] && seen[SOURCE_LOW] == own[SOURCE_LOW];
    if (same || seen[FORMAT] != own[FORMAT]) return true;
    return cnn_fail(error, CNN_REFUSED,
                    "%s: another training's checkpoint: its text of the model has the hash "
                    "%08x%08x, this program's %08x%08x",
                    path, half_of(seen[SOURCE_HIGH]), half_of(seen[SOURCE_LOW]),
                    half_of(own[SOURCE_HIGH]), half_of(own[SOURCE_LOW]));
}

static bool is_this_training(const char *path, const double *seen, const double *own,
                             CnnError *error) {
    for (size_t i = 0; i < sizeof identity / sizeof *identity; i++) {
        int k = identity[i].figure;
        if (seen[k] != own[k])
            return cnn_fail(error, CNN_REFUSED,
                            "%s: another training's checkpoint: its %s is %.0f, this run's is %.0f",
                            path, identity[i].what, seen[k], own[k]);
    }
    return true;
}

static bool take_callback(const Safetensors *file, Callback *c, int64_t index, CnnError *error) {
    char prefix[TENSOR_PREFIX], name[TENSOR_PREFIX + 8];
    snprintf(prefix, sizeof prefix, CHECKPOINT_PREFIX "%lld/", (long long)index);
    snprintf(name, sizeof name, "%sstate", prefix);
    return (!c->of->states || take_doubles(file, name, c->state, c->of->states, error)) &&
           (!c->weights || weights_copy(c->model, file, prefix, c->weights, error));
}

static bool take_all(const Safetensors *file, Training *t, CnnError *error) {
    Engine *e = t->engine;
    char prefix[TENSOR_PREFIX];
    bool ok = weights_copy(e->model, file, "", e->run.params, error);
    for (int64_t slot = 0; ok && slot < e->model->opt_slots; slot++)
        ok = weights_copy(e->model, file, tensors_slot(prefix, slot),
                          e->run.opt + slot * e->model->param_floats, error);
    for (int64_t i = 0; ok && i < e->model->ncallback; i++)
        ok = take_callback(file, &t->callback[i], i, error);
    return ok;
}

static bool is_in_range(const Training *t, const double *f) {
    return f[EPOCH] >= (double)t->fit->initial_epoch && f[EPOCH] < 1e15 && f[STEP] >= 0 &&
           f[STEP] <= (double)t->steps && f[ITERATIONS] >= 0 && f[ITERATIONS] < 1e15 &&
           f[LOG_BYTES] >= 0 && f[LOG_BYTES] < 1e15;
}

static bool take(const Safetensors *file, Training *t, CnnError *error) {
    double *f = memory_new(figure_count(t), sizeof *f, "a checkpoint", error);
    bool ok = f && is_whole(file, error) &&
              take_doubles(file, figures_name, f, figure_count(t), error) &&
              is_this_text(file->path, f, t->identity, error) &&
              is_this_training(file->path, f, t->identity, error);
    if (ok && !is_in_range(t, f))
        ok = cnn_fail(error, CNN_REFUSED, "%s: damaged: its figures are impossible", file->path);
    ok = ok && take_all(file, t, error);
    if (ok) {
        take_figures(t, f);
        t->log_bytes = (int64_t)f[LOG_BYTES];
        t->resumed = true;
    }
    free(f);
    return ok;
}

bool checkpoint_load(const char *path, Training *t, CnnError *error) {
    Safetensors file;
    if (!safetensors_read(path, &file, error)) return false;
    bool ok = take(&file, t, error);
    safetensors_free(&file);
    return ok;
}

double *checkpoint_identity(Training *t, CnnError *error) {
    if (!checkpoint_data(t, error)) return NULL;
    double *f = memory_new(FIGURES, sizeof *f, "a checkpoint", error);
    if (f) identify(t, f);
    return f;
}
