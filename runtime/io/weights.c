// SPDX-License-Identifier: 0BSD
// Weights to and from safetensors files, LAYER/VARIABLE in model order. What doesn't fit is named:
// tensors that are missing, that have another shape or type, and that the model doesn't know.
#define _DEFAULT_SOURCE // mkstemps
#include "runtime.h"
#include "data/background.h"
#include "io/tensors.h"
#include "io/text.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char case_prefix[] = "weights/", state_prefix[] = "optimizer/",
                  training_prefix[] = CHECKPOINT_PREFIX, background_key[] = "background";

// One line that grows by a complaint at a time, and stops growing when it is long enough.
enum { ENOUGH = 800 };
typedef struct Complaints {
    char text[1200];
    size_t used;
    int count;
} Complaints;

static void complain(Complaints *c, const char *format, ...) {
    c->count++;
    if (c->used > ENOUGH) return;
    va_list args;
    va_start(args, format);
    c->used += (size_t)sprintf(c->text + c->used, c->used ? "; " : "");
    int n = vsnprintf(c->text + c->used, sizeof c->text - c->used, format, args);
    va_end(args);
    c->used =
        n < 0 || c->used + (size_t)n >= sizeof c->text ? sizeof c->text - 1 : c->used + (size_t)n;
    if (c->used > ENOUGH)
        c->used += (size_t)snprintf(c->text + c->used, sizeof c->text - c->used, "; …");
}

static bool starts(const char *text, const char *prefix) {
    return !strncmp(text, prefix, strlen(prefix));
}

static bool is_case_weight(const char *name) {
    return starts(name, case_prefix) && strchr(name + strlen(case_prefix), '/');
}

static bool is_case(const Safetensors *file) { // no weight is called just x
    return safetensors_find(file, "x") != NULL;
}

static void check_weight(const CnnWeight *w, const StTensor *t, Complaints *complaints) {
    char wanted[TEXT_SHAPE], seen[TEXT_SHAPE];
    text_shape(wanted, w->dim, w->rank);
    if (!t)
        complain(complaints, "%s %s is missing", w->name, wanted);
    else if (t->type != ST_F32)
        complain(complaints, "%s is %s, expected F32", w->name, t->type_name);
    else if (t->rank != w->rank || memcmp(t->dim, w->dim, (size_t)w->rank * sizeof *w->dim))
        complain(complaints, "%s is %s, expected %s", w->name, text_shape(seen, t->dim, t->rank),
                 wanted);
}

static bool is_weight(const CnnModel *model, const char *name) {
    for (int64_t i = 0; i < model->nweight; i++)
        if (!strcmp(model->weight[i].name, name)) return true;
    return false;
}

static bool check(const CnnModel *model, const char *path, const Safetensors *file,
                  const char *prefix, CnnError *error) {
    bool stored_case = *prefix;
    Complaints complaints = {.count = 0};
    char shown[TEXT_NAME];
    for (int64_t i = 0; i < model->nweight; i++)
        check_weight(&model->weight[i], safetensors_find_below(file, prefix, model->weight[i].name),
                     &complaints);
    for (int64_t i = 0; i < file->ntensor && complaints.used <= ENOUGH; i++) {
        const char *name = file->tensor[i].name;
        bool state = starts(name, state_prefix) || starts(name, training_prefix);
        if (stored_case ? is_case_weight(name) : !state)
            if (!is_weight(model, name + strlen(prefix)))
                complain(&complaints, "%s is not in the model",
                         text_foreign(shown, sizeof shown, name));
    }
    if (complaints.count)
        return cnn_fail(error, CNN_REFUSED, "%s: not the weights of %s: %s", path, model->source,
                        complaints.text);
    return true;
}

// Such weights can be meant, but hardly are: a training that went wrong leaves them.
static void warn_not_finite(const CnnModel *model, const char *path, const float *params) {
    char program[TEXT_NAME], file[TEXT_PATH], name[TEXT_NAME];
    int64_t bad = 0, first = 0, values = 0;
    for (int64_t i = model->nweight - 1; i >= 0; i--) {
        const CnnWeight *w = &model->weight[i];
        int64_t n = safetensors_not_finite(params + w->param, w->count);
        if (!n) continue;
        bad++;
        first = i;
        values = n;
    }
    if (!bad) return;
    fprintf(stderr, "%s: warning: %s: %lld of the %lld values of %s are nan or infinite",
            text_foreign(program, sizeof program, model->name),
            text_foreign(file, sizeof file, path), (long long)values,
            (long long)model->weight[first].count,
            text_foreign(name, sizeof name, model->weight[first].name));
    if (bad > 1) fprintf(stderr, ", and some of %lld more tensors", (long long)bad - 1);
    fputc('\n', stderr);
}

bool weights_copy(const CnnModel *model, const Safetensors *file, const char *prefix, float *params,
                  CnnError *error) {
    bool ok = true;
    Complaints complaints = {.count = 0};
    for (int64_t i = 0; i < model->nweight; i++)
        check_weight(&model->weight[i], safetensors_find_below(file, prefix, model->weight[i].name),
                     &complaints);
    if (complaints.count)
        return cnn_fail(error, CNN_REFUSED, "%s: not a checkpoint of %s: %s%s%s%s", file->path,
                        model->source, *prefix ? "below " : "", prefix, *prefix ? ": " : "",
                        complaints.text);
    for (int64_t i = 0; ok && i < model->nweight; i++) {
        const CnnWeight *w = &model->weight[i];
        ok = safetensors_copy(file, safetensors_find_below(file, prefix, w->name),
                              params + w->param, error);
    }
    return ok;
}

bool weights_load(const CnnModel *model, const char *path, float *params, Background *background,
                  CnnError *error) {
    Safetensors file;
    if (!safetensors_open(path, &file, error)) return false;
    const char *prefix = is_case(&file) ? case_prefix : "";
    if (background) *background = background_named(safetensors_meta(&file, background_key));
    bool ok = check(model, path, &file, prefix, error);
    for (int64_t i = 0; ok && i < model->nweight; i++) {
        const CnnWeight *w = &model->weight[i];
        ok = safetensors_copy(&file, safetensors_find_below(&file, prefix, w->name),
                              params + w->param, error);
    }
    safetensors_free(&file);
    if (ok) warn_not_finite(model, path, params);
    return ok;
}

int64_t weights_bytes(const CnnModel *model) {
    enum { ENTRY = 160, REST = 1024 }; // of the header, for each tensor and beside them
    int64_t bytes = REST;
    for (int64_t i = 0; i < model->nweight; i++)
        bytes += (int64_t)strlen(model->weight[i].name) + ENTRY +
                 model->weight[i].count * (int64_t)sizeof(float);
    return bytes;
}

// ---- what is saved

void tensors_add(TensorList *list, const char *prefix, const StTensor *t) {
    int64_t room = list->n == list->room ? 2 * list->room + 16 : list->room;
    StTensor *tensor = realloc(list->tensor, (size_t)room * sizeof *tensor);
    char *name = malloc(strlen(prefix) + strlen(t->name) + 1);
    if (tensor) {
        list->tensor = tensor;
        list->room = room;
    }
    if (!tensor || !name) {
        free(name);
        list->failed = true;
        return;
    }
    sprintf(name, "%s%s", prefix, t->name);
    list->tensor[list->n] = *t;
    list->tensor[list->n++].name = name;
}

void tensors_add_weights(TensorList *list, const char *prefix, const CnnModel *model,
                         const float *params) {
    for (int64_t i = 0; i < model->nweight; i++) {
        const CnnWeight *w = &model->weight[i];
        StTensor t = {
            .name = (char *)w->name, .type = ST_F32, .rank = w->rank, .data = params + w->param};
        memcpy(t.dim, w->dim, (size_t)w->rank * sizeof *w->dim);
        tensors_add(list, prefix, &t);
    }
}

void tensors_add_optimizer(TensorList *list, const CnnModel *model, const float *opt) {
    char prefix[TENSOR_PREFIX];
    for (int64_t slot = 0; slot < model->opt_slots; slot++)
        tensors_add_weights(list, tensors_slot(prefix, slot), model,
                            opt + slot * model->param_floats);
}

const char *tensors_slot(char prefix[TENSOR_PREFIX], int64_t slot) {
    snprintf(prefix, TENSOR_PREFIX, "%s%lld/", state_prefix, (long long)slot);
    return prefix;
}

bool tensors_save(TensorList *list, const Engine *engine, const char *format, const OutFile *out,
                  CnnError *error) {
    const CnnModel *model = engine->model;
    const StPair meta[] = {
        {(char *)"format", (char *)format},
        {(char *)"model", (char *)model->name},
        {(char *)"source_hash", (char *)model->source_hash},
        {(char *)"version", (char *)model->version},
        {(char *)background_key, (char *)background_names[engine->background]},
    };
    bool ok = !list->failed;
    if (!ok) cnn_fail(error, CNN_SYSTEM, "out of memory to save %s", out->path);
    ok = ok &&
         safetensors_write(out, list->tensor, list->n, meta, sizeof meta / sizeof *meta, error);
    while (list->n > 0) free(list->tensor[--list->n].name);
    free(list->tensor);
    *list = (TensorList){0};
    return ok;
}

bool weights_save(const Engine *engine, const OutFile *out, bool optimizer, CnnError *error) {
    TensorList list = {0};
    tensors_add_weights(&list, "", engine->model, engine->run.params);
    if (optimizer) tensors_add_optimizer(&list, engine->model, engine->run.opt);
    return tensors_save(&list, engine, "cnnc-weights", out, error);
}

// path is a pattern of mkstemps(), which makes the file; what is then written takes its place and is as
// private as it.
static bool save_new(const Engine *engine, char *path, int suffix, CnnError *error) {
    OutFile out = {.fd = -1};
    int fd = mkstemps(path, suffix);
    if (fd < 0) return cnn_fail(error, CNN_SYSTEM, "cannot write %s: %s", path, strerror(errno));
    close(fd);
    bool ok = outfile_open(&out, path, NULL, 0, error) && weights_save(engine, &out, false, error);
    outfile_close(&out);
    if (!ok) unlink(path);
    return ok;
}

char *weights_rescue(const Engine *engine, CnnError *error) {
    static const char end[] = ".safetensors";
    enum { NAME = 100 }; // of the model's, so that the file's name is not too long
    const char *set = getenv("TMPDIR"), *const place[] = {".", set && *set ? set : "/tmp"};
    for (int i = 0; i < 2; i++) {
        char *path = malloc(strlen(place[i]) + NAME + sizeof "/-XXXXXX" + sizeof end);
        if (!path) return cnn_fail(error, CNN_SYSTEM, "out of memory"), NULL;
        sprintf(path, "%s/%.*s-XXXXXX%s", place[i], NAME, engine->model->name, end);
        if (save_new(engine, path, (int)sizeof end - 1, error)) return path;
        free(path);
    }
    return NULL;
}
