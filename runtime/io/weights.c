// SPDX-License-Identifier: 0BSD
// Weights to and from safetensors files, LAYER/VARIABLE in model order. What doesn't fit is named:
// tensors that are missing, that have another shape or type, and that the model doesn't know.
#define _DEFAULT_SOURCE // mkstemps
#include "runtime.h"
#include "io/safetensors.h"
#include "io/text.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char case_prefix[] = "weights/", state_prefix[] = "optimizer/";

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

// The tensor for a weight, whose name in the file may have a prefix.
static const StTensor *find(const Safetensors *file, const char *prefix, const char *name) {
    char *key = malloc(strlen(prefix) + strlen(name) + 1);
    if (!key) return NULL;
    sprintf(key, "%s%s", prefix, name);
    const StTensor *t = safetensors_find(file, key);
    free(key);
    return t;
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
        check_weight(&model->weight[i], find(file, prefix, model->weight[i].name), &complaints);
    for (int64_t i = 0; i < file->ntensor && complaints.used <= ENOUGH; i++) {
        const char *name = file->tensor[i].name;
        if (stored_case ? is_case_weight(name) : !starts(name, state_prefix))
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

bool weights_load(const CnnModel *model, const char *path, float *params, CnnError *error) {
    Safetensors file;
    if (!safetensors_open(path, &file, error)) return false;
    const char *prefix = is_case(&file) ? case_prefix : "";
    bool ok = check(model, path, &file, prefix, error);
    for (int64_t i = 0; ok && i < model->nweight; i++) {
        const CnnWeight *w = &model->weight[i];
        ok = safetensors_copy(&file, find(&file, prefix, w->name), params + w->param, error);
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

// A weight, or what the optimiser keeps of it: slot -1 or the slot's number. The name is from malloc.
static bool put_tensor(StTensor *t, const CnnWeight *w, int64_t slot, const float *from) {
    char *name = malloc(sizeof state_prefix + strlen(w->name) + 24);
    if (!name) return false;
    *t = (StTensor){.name = name, .type = ST_F32, .rank = w->rank, .data = from + w->param};
    if (slot < 0)
        strcpy(name, w->name);
    else
        sprintf(name, "%s%lld/%s", state_prefix, (long long)slot, w->name);
    memcpy(t->dim, w->dim, (size_t)w->rank * sizeof *w->dim);
    return true;
}

bool weights_save(const CnnModel *model, const OutFile *out, const float *params, const float *opt,
                  CnnError *error) {
    const StPair meta[] = {
        {(char *)"format", (char *)"cnnc-weights"},
        {(char *)"model", (char *)model->name},
        {(char *)"source_hash", (char *)model->source_hash},
        {(char *)"version", (char *)model->version},
    };
    int64_t slots = opt ? model->opt_slots : 0, all = model->nweight * (1 + slots), n = 0;
    StTensor *tensor = calloc((size_t)all + 1, sizeof *tensor);
    bool ok = tensor;
    for (; ok && n < all; n += ok) {
        int64_t slot = n / model->nweight - 1;
        const float *from = slot < 0 ? params : opt + slot * model->param_floats;
        ok = put_tensor(&tensor[n], &model->weight[n % model->nweight], slot, from);
    }
    if (!ok) cnn_fail(error, CNN_SYSTEM, "out of memory to save %s", out->path);
    ok = ok && safetensors_write(out, tensor, n, meta, sizeof meta / sizeof *meta, error);
    while (n > 0) free(tensor[--n].name);
    free(tensor);
    return ok;
}

// path is a pattern of mkstemps(), which makes the file; what is then written takes its place and is as
// private as it.
static bool save_new(const CnnModel *model, char *path, int suffix, const float *params,
                     CnnError *error) {
    OutFile out = {.fd = -1};
    int fd = mkstemps(path, suffix);
    if (fd < 0) return cnn_fail(error, CNN_SYSTEM, "cannot write %s: %s", path, strerror(errno));
    close(fd);
    bool ok =
        outfile_open(&out, path, NULL, 0, error) && weights_save(model, &out, params, NULL, error);
    outfile_close(&out);
    if (!ok) unlink(path);
    return ok;
}

char *weights_rescue(const CnnModel *model, const float *params, CnnError *error) {
    static const char end[] = ".safetensors";
    enum { NAME = 100 }; // of the model's, so that the file's name is not too long
    const char *set = getenv("TMPDIR"), *const place[] = {".", set && *set ? set : "/tmp"};
    for (int i = 0; i < 2; i++) {
        char *path = malloc(strlen(place[i]) + NAME + sizeof "/-XXXXXX" + sizeof end);
        if (!path) return cnn_fail(error, CNN_SYSTEM, "out of memory"), NULL;
        sprintf(path, "%s/%.*s-XXXXXX%s", place[i], NAME, model->name, end);
        if (save_new(model, path, (int)sizeof end - 1, params, error)) return path;
        free(path);
    }
    return NULL;
}
