// SPDX-License-Identifier: MIT
// See export.h.
#include "exchange/export.h"
#include "formats/output.h"
#include "formats/weights.h"
#include "support/tell.h"
#include <stdlib.h>
#include <string.h>

typedef struct Format {
    const char *end;
    ExitCode (*write)(const Export *x, Bytes *out);
} Format;
static const Format formats[] = {
    {".keras", write_keras},
    {".weights.h5", write_keras_weights},
    {".npz", write_npz},
    {".onnx", write_onnx},
};
enum { NFORMAT = sizeof formats / sizeof *formats };

static const Format *format_of(Arena *a, const char *path) {
    const char *list = "";
    for (int i = 0; i < NFORMAT; i++) {
        size_t n = strlen(path), tail = strlen(formats[i].end);
        if (n > tail && strcmp(path + n - tail, formats[i].end) == 0) return &formats[i];
        list = arena_printf(a, "%s%s%s", list, i ? i + 1 < NFORMAT ? ", " : " or " : "",
                            formats[i].end);
    }
    tell("error: -o %s: the name must end in %s", path, list);
    return NULL;
}

const float *export_weight(const Export *x, const Layer *l, int i, int64_t *count) {
    const float *at = x->weight[l - x->model->layer];
    for (int k = 0; k < i; k++) at += shape_count(&l->weight[k].shape);
    *count = shape_count(&l->weight[i].shape);
    return at;
}

static ExitCode read_weights(Export *x, const char *path) {
    const Model *m = x->model;
    float *to = malloc((size_t)(model_parameters(m, false) + 1) * sizeof *to);
    if (!to) {
        tell("error: out of memory for the weights");
        return EXIT_SYSTEM;
    }
    WeightSlot *slot = NULL;
    int n = 0;
    x->weight = ARENA_ARRAY(x->a, float *, m->nlayer + 1);
    x->weight[0] = to;
    for (int i = 0; i < m->nlayer; i++) {
        const Layer *l = &m->layer[i];
        x->weight[i] = to;
        for (int k = 0; k < l->nweight; k++) {
            const Weight *w = &l->weight[k];
            WeightSlot one = {arena_printf(x->a, "%s/%s", l->name, w->name), w->shape.rank,
                              w->shape.dim, to};
            to += shape_count(&w->shape);
            ARENA_PUSH(x->a, slot, n, one);
        }
    }
    return (ExitCode)weights_read(x->a, path, slot, n);
}

static ExitCode write_file(const Format *format, const Export *x, const OutFile *out) {
    Bytes bytes = {0};
    ExitCode code = format->write(x, &bytes);
    if (code == EXIT_OK) code = (ExitCode)output_write(out, bytes.data, bytes.size);
    free(bytes.data);
    return code;
}

ExitCode export_run(const Options *o, Arena *a, Diag *d, const Model *m) {
    const Format *format = format_of(a, o->output);
    if (!format) return EXIT_USAGE;
    Export x = {a, m, diag_file(d), NULL};
    OutFile out = {.fd = -1};
    Kept kept = {0};
    kept_add(&kept, o->file[0], "the model");
    kept_add(&kept, o->weights, "the weights");
    ExitCode code = (ExitCode)output_open(&out, o->output, &kept);
    if (code == EXIT_OK) code = read_weights(&x, o->weights);
    if (code == EXIT_OK) code = write_file(format, &x, &out);
    outfile_close(&out);
    if (x.weight) free(x.weight[0]);
    return code;
}
