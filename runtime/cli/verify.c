// SPDX-License-Identifier: 0BSD
// Recomputes a stored case: weights, a batch x, y, and what a reference made of them (case.c). An error
// is divided by what makes it relative, and may be as large as the tolerance, or as three times how
// far the true answer itself moves under rounding (slack), whichever is larger.
#include "cli/case.h"
#include "io/safetensors.h"
#include "io/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 3 };

static const char *show(Case *c, const char *name) {
    return text_foreign(c->shown, sizeof c->shown, name);
}

// ---- reading the case

static bool refuse_shape(Case *c, const StTensor *t, const char *wanted) {
    char seen[TEXT_SHAPE];
    return cnn_fail(c->error, CNN_REFUSED, "%s: %s is %s %s; expected %s", c->path,
                    show(c, t->name), t->type_name, text_shape(seen, t->dim, t->rank), wanted);
}

static bool read_x(Case *c) {
    const StTensor *t = safetensors_find(&c->file, "x");
    int64_t inputs = c->model->input_floats;
    if (!t) return cnn_fail(c->error, CNN_REFUSED, "%s: not a case: it has no x", c->path);
    if (t->type != ST_F32 || t->rank < 1 || t->dim[0] < 1 || t->count / t->dim[0] != inputs ||
        !data_same_order(t->dim + 1, t->rank - 1, c->model->input_dim, c->model->input_rank)) {
        char shape[TEXT_SHAPE], wanted[TEXT_SHAPE + 64];
        snprintf(wanted, sizeof wanted, "F32 samples of the model's Input %s",
                 text_shape(shape, c->model->input_dim, c->model->input_rank));
        return refuse_shape(c, t, wanted);
    }
    c->n = t->dim[0];
    c->x = memory_new(t->bytes, 1, "x", c->error);
    return c->x && safetensors_copy(&c->file, t, c->x, c->error);
}

static bool check_class_numbers(const Case *c) {
    int64_t classes = c->model->output_dim[c->model->output_rank - 1];
    for (int64_t i = 0; i < c->n * c->model->label_floats; i++) {
        int32_t label = ((const int32_t *)c->y)[i];
        if ((label < 0 || label >= classes) && !samples_ignored(c->model, label))
            return cnn_fail(c->error, CNN_REFUSED, "%s: y[%lld] is %d; expected 0 to %lld", c->path,
                            (long long)i, label, (long long)classes - 1);
    }
    return true;
}

static bool read_y(Case *c) {
    const StTensor *t = safetensors_find(&c->file, "y");
    const CnnModel *model = c->model;
    bool numbers = model->label == CNN_LABEL_CLASS;
    int64_t each = model->label_floats;
    if (!t) return true; // only predict can be recomputed
    if (!model->has_compile)
        return cnn_fail(c->error, CNN_REFUSED, "%s: has labels, but %s has no model.compile()",
                        c->path, model->source);
    if (t->type != (numbers ? ST_I32 : ST_F32) || t->rank < 1 || t->dim[0] != c->n ||
        t->count / c->n != each) {
        char wanted[320];
        snprintf(wanted, sizeof wanted, "%s (%lld, %lld) for %lld samples and %.60s",
                 numbers ? "I32 class numbers" : "F32 targets or one-hot rows", (long long)c->n,
                 (long long)each, (long long)c->n, model->loss);
        return refuse_shape(c, t, wanted);
    }
    c->y = memory_new(t->bytes, 1, "y", c->error);
    if (!c->y || !safetensors_copy(&c->file, t, c->y, c->error)) return false;
    return !numbers || check_class_numbers(c);
}

static bool read_counts(Case *c) {
    const StTensor *t = safetensors_find(&c->file, "sample_weight");
    if (!t) return true;
    if (!c->model->has_counts)
        return cnn_fail(c->error, CNN_REFUSED, "%s: has weights of samples, but %s takes none",
                        c->path, c->model->source);
    if (t->type != ST_F32 || t->count != c->n) return refuse_shape(c, t, "an F32 for each sample");
    c->counts = memory_new(t->bytes, 1, "the weights of samples", c->error);
    return c->counts && safetensors_copy(&c->file, t, c->counts, c->error);
}

static int64_t find_weight(const CnnModel *model, const char *name) {
    for (int64_t i = 0; i < model->nweight; i++)
        if (!strcmp(model->weight[i].name, name)) return i;
    return -1;
}

// The shape a result must have; false if the model has no such weight, or no gradient of it.
static bool wanted_shape(const Case *c, const Kind *kind, const char *name, int64_t *weight,
                         StTensor *shape) {
    const CnnModel *model = c->model;
    if (kind->per_weight) {
        *weight = find_weight(model, name);
        if (*weight < 0) return false;
        const CnnWeight *w = &model->weight[*weight];
        shape->rank = w->rank;
        memcpy(shape->dim, w->dim, (size_t)w->rank * sizeof *w->dim);
        return !kind->gradient || w->grad != CNN_GRAD_NONE;
    }
    shape->dim[0] = 1;
    shape->rank = 1;
    if (kind->outputs) {
        shape->dim[0] = c->n;
        shape->rank = 1 + model->output_rank;
        memcpy(shape->dim + 1, model->output_dim, (size_t)model->output_rank * sizeof *shape->dim);
    }
    return true;
}

static bool add_result(Case *c, const Kind *kind, const StTensor *t) {
    Result *r = &c->result[c->nresult];
    StTensor shape = {.rank = 0};
    char text[TEXT_SHAPE], wanted[TEXT_SHAPE + 8];
    *r = (Result){.kind = kind, .stored = t, .tolerance = kind->tolerance};
    if (!wanted_shape(c, kind, t->name + strlen(kind->key), &r->weight, &shape))
        return cnn_fail(c->error, CNN_REFUSED, "%s: %s is not computed by %s", c->path,
                        show(c, t->name), c->model->source);
    snprintf(wanted, sizeof wanted, "F32 %s", text_shape(text, shape.dim, shape.rank));
    if (t->type != ST_F32 || t->rank != shape.rank ||
        memcmp(t->dim, shape.dim, (size_t)t->rank * sizeof *t->dim))
        return refuse_shape(c, t, wanted);
    if (kind->when != AFTER_PREDICT && !c->y)
        return cnn_fail(c->error, CNN_REFUSED, "%s: has %s, but no y to compute it from", c->path,
                        show(c, t->name));
    if (!safetensors_load(&c->file, t, c->error)) return false;
    if (kind->gradient) c->largest_gradient = fmax(c->largest_gradient, largest_of(t));
    r->value = memory_new(t->bytes, 1, "a result", c->error);
    c->nresult += r->value != NULL;
    return r->value != NULL;
}

static bool is_known(const char *name) {
    static const char *const inputs[] = {"x", "y", "sample_weight"};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        if (!strcmp(name, inputs[i])) return true;
    return !strncmp(name, "weights/", 8) || !strncmp(name, "slack/", 6);
}

static bool is_kind(const Kind *kind, const char *name) {
    return kind->per_weight ? !strncmp(name, kind->key, strlen(kind->key))
                            : !strcmp(name, kind->key);
}

static bool read_results(Case *c) {
    c->result = calloc((size_t)c->file.ntensor + 1, sizeof *c->result);
    if (!c->result) return cnn_fail(c->error, CNN_SYSTEM, "%s: out of memory", c->path);
    for (const Kind *kind = case_kinds; kind->key; kind++)
        for (int64_t i = 0; i < c->file.ntensor; i++)
            if (is_kind(kind, c->file.tensor[i].name) && !add_result(c, kind, &c->file.tensor[i]))
                return false;
    for (int64_t i = 0; i < c->file.ntensor; i++) {
        bool found = is_known(c->file.tensor[i].name);
        for (const Kind *kind = case_kinds; kind->key; kind++)
            found = found || is_kind(kind, c->file.tensor[i].name);
        if (!found)
            return cnn_fail(c->error, CNN_REFUSED, "%s: nothing known is called %s", c->path,
                            show(c, c->file.tensor[i].name));
    }
    if (c->nresult) return true;
    return cnn_fail(c->error, CNN_REFUSED, "%s: has nothing to recompute: no predict, loss, …",
                    c->path);
}

// ---- computing

static void fetch_results(Case *c, When when, const double *sums) {
    for (int64_t i = 0; i < c->nresult; i++)
        if (c->result[i].kind->when == when) c->result[i].kind->fetch(c, sums, &c->result[i]);
}

static bool compute(Case *c, Threads threads, uint32_t seed) {
    const CnnModel *model = c->model;
    Samples samples = {.n = c->n, .x = c->x, .y = c->y, .counts = c->counts};
    bool trains = false;
    for (int64_t i = 0; i < c->nresult; i++)
        trains = trains || c->result[i].kind->when != AFTER_PREDICT;
    if (!engine_new(&c->engine, model, &ranks_alone, threads, trains ? c->n : 0, c->n, c->error))
        return false;
    c->engine.run.seed = seed;
    c->engine.run.gradients = 1;
    c->start = memory_new(model->param_floats, sizeof *c->start, "the weights", c->error);
    if (!c->start || !weights_load(model, c->path, c->start, NULL, c->error)) return false;
    memcpy(c->engine.run.params, c->start, (size_t)model->param_floats * sizeof *c->start);

    engine_infer(&c->engine, &(Samples){.n = c->n, .x = c->x}, 0, c->n);
    fetch_results(c, AFTER_PREDICT, NULL);
    for (uint32_t step = 0; trains && step < STEPS; step++) {
        const double *sums = engine_step(&c->engine, &samples, 0, c->n, 0, step);
        if (step == 0) fetch_results(c, AFTER_ONE, sums);
    }
    fetch_results(c, AFTER_THREE, NULL);
    return true;
}

static bool judge(Case *c, Result *r) {
    const StTensor *slack = case_find(c, "slack/", r->stored->name);
    float value = 0;
    r->kind->measure(c, r);
    if (!slack || slack->type != ST_F32 || slack->count != 1) return true;
    if (!safetensors_copy(&c->file, slack, &value, c->error)) return false;
    r->tolerance = fmax(r->tolerance, 3 * value / r->divisor);
    return true;
}

static bool within(const Result *r) {
    return r->error / r->divisor <= r->tolerance; // false for nan
}

static void print_result(Case *c, const Result *r, int width) {
    printf("%-*s  ", width, show(c, r->stored->name));
    if (r->left_out)
        printf("left out: %s\n", r->left_out);
    else
        printf("error %.2e  tolerance %.2e  %s\n", r->error / r->divisor, r->tolerance,
               within(r) ? "ok" : "EXCEEDED");
}

static bool report(Case *c) {
    int width = 0;
    int64_t exceeded = 0, compared = 0;
    const char *worst = NULL;
    for (int64_t i = 0; i < c->nresult; i++) {
        int length = (int)strlen(show(c, c->result[i].stored->name));
        if (length > width) width = length;
    }
    for (int64_t i = 0; i < c->nresult; i++) {
        Result *r = &c->result[i];
        if (!judge(c, r)) return false;
        print_result(c, r, width);
        compared += !r->left_out;
        if (!r->left_out && !within(r) && exceeded++ == 0) worst = r->stored->name;
    }
    if (!exceeded) {
        char path[TEXT_PATH];
        printf("%s: %lld tensors, all within tolerance\n", text_foreign(path, sizeof path, c->path),
               (long long)compared);
        return true;
    }
    return cnn_fail(c->error, CNN_REFUSED,
                    "%s: %lld of %lld tensors exceed their tolerance, %s first", c->path,
                    (long long)exceeded, (long long)compared, show(c, worst));
}

static bool write_results(const Case *c, const OutFile *out) {
    static const StPair meta[] = {{(char *)"format", (char *)"cnnc-computed"}};
    StTensor *tensor = calloc((size_t)c->nresult + 1, sizeof *tensor);
    if (!tensor) return cnn_fail(c->error, CNN_SYSTEM, "out of memory to write %s", out->path);
    int64_t n = 0;
    for (int64_t i = 0; i < c->nresult; i++) {
        if (!c->result[i].value) continue;
        tensor[n] = *c->result[i].stored;
        tensor[n++].data = c->result[i].value;
    }
    bool ok = safetensors_write(out, tensor, n, meta, 1, c->error);
    free(tensor);
    return ok;
}

bool verify_case(const CnnModel *model, const char *path, const OutFile *out, Threads threads,
                 uint32_t seed, CnnError *error) {
    Case c = {.model = model, .path = path, .error = error};
    bool ok = safetensors_open(path, &c.file, error) && read_x(&c) && read_y(&c) &&
              read_counts(&c) && read_results(&c) && compute(&c, threads, seed);
    if (ok) ok = (!out || write_results(&c, out)) && report(&c);
    for (int64_t i = 0; i < c.nresult; i++) free(c.result[i].value);
    free(c.result);
    free(c.x);
    free(c.y);
    free(c.counts);
    free(c.start);
    engine_free(&c.engine);
    safetensors_free(&c.file);
    return ok;
}
