// SPDX-License-Identifier: MIT
#include "driver/batch.h"
#include "../runtime/engine/formula.h"
#include "keras/losses/loss.h"
#include "keras/optimizers/optimizer.h"
#include "support/tell.h"
#include <math.h>
#include <string.h>

// ---- drawing

static double uniform(uint64_t *state) { // in (0, 1): splitmix64
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return ((double)((z ^ z >> 31) >> 11) + 0.5) * 0x1p-53;
}

static double normal(uint64_t *state) {
    double u = uniform(state);
    return sqrt(-2 * log(u)) * cos(6.283185307179586477 * uniform(state));
}

static double *draw_normal(Arena *a, int64_t count, double deviation, uint64_t *state) {
    double *to = ARENA_ARRAY(a, double, count);
    for (int64_t i = 0; i < count; i++) to[i] = (float)(deviation * normal(state));
    return to;
}

// Class numbers, one of the classes each, 0 or 1, or any target: as the loss asks.
static double *draw_labels(Arena *a, const Step *s, int64_t n, uint64_t *state) {
    const Tensor *y = &s->tensor[s->label], *out = &s->tensor[s->output];
    int64_t count = n * interpreter_count(y), k = out->dim[out->rank - 1];
    Labels labels = s->model->loss.cls->labels;
    double *to = draw_normal(a, count, 1, state);
    for (int64_t i = 0; i < count; i++) {
        if (labels == LABELS_CLASS_NUMBER) to[i] = floor(uniform(state) * (double)k);
        if (labels == LABELS_BIT) to[i] = uniform(state) < 0.5;
        if (labels == LABELS_ONE_HOT) to[i] = 0;
        if (labels == LABELS_AMOUNT) to[i] = fabs(to[i]);
    }
    for (int64_t i = 0; i < count && labels == LABELS_ONE_HOT; i += k)
        to[i + (int64_t)(uniform(state) * (double)k)] = 1;
    return to;
}

static double *draw_counts(Arena *a, int64_t n, uint64_t *state) {
    double *to = ARENA_ARRAY(a, double, n);
    for (int64_t i = 0; i < n; i++) to[i] = (float)(2 * uniform(state));
    return to;
}

Batch batch_draw(Arena *a, const Step *s, int64_t n, uint32_t seed) {
    uint64_t state = seed;
    Batch b = {.n = n, .weight = ARENA_ARRAY(a, double *, s->nweight + 1)};
    b.x = draw_normal(a, n * interpreter_count(&s->tensor[s->input]), 1, &state);
    if (s->label >= 0) b.y = draw_labels(a, s, n, &state);
    if (s->counts >= 0) b.counts = draw_counts(a, n, &state);
    for (int i = 0; i < s->nweight; i++) {
        const Tensor *t = &s->tensor[s->weight_tensor[i]];
        int64_t count = interpreter_count(t);
        double sums = (double)count / (double)t->dim[t->rank - 1];
        b.weight[i] = draw_normal(a, count, t->rank == 1 ? 0.2 : 1.3 / sqrt(sums), &state);
        for (int64_t k = 0; k < count && !s->weight[i]->trainable; k++) // a variance is positive
            b.weight[i][k] = (float)(0.5 + fabs(b.weight[i][k]));
    }
    return b;
}

// ---- reading

static bool refuse(const char *path, const char *key, int64_t count) {
    tell("error: %s: '%s' is missing, or not of %lld numbers", path, key, (long long)count);
    return false;
}

static bool read_tensor(Arena *a, const Safetensors *file, const char *path, const char *key,
                        int64_t count, bool numbers, double **to) {
    const StTensor *t = safetensors_find(file, key);
    if (!t || t->count != count || t->type != (numbers ? ST_I32 : ST_F32))
        return refuse(path, key, count);
    *to = ARENA_ARRAY(a, double, count);
    for (int64_t i = 0; i < count; i++) {
        float f;
        int32_t k;
        memcpy(&f, (const char *)t->data + 4 * i, 4);
        memcpy(&k, (const char *)t->data + 4 * i, 4);
        (*to)[i] = numbers ? k : (double)f;
    }
    return true;
}

static bool classes_exist(const Step *s, const Batch *b, const char *path) {
    const Tensor *out = &s->tensor[s->output];
    for (int64_t i = 0; i < b->n * interpreter_count(&s->tensor[s->label]); i++)
        if (b->y[i] < 0 || b->y[i] >= (double)out->dim[out->rank - 1]) {
            tell("error: %s: y[%lld] is %g; expected 0 to %lld", path, (long long)i, b->y[i],
                 (long long)out->dim[out->rank - 1] - 1);
            return false;
        }
    return true;
}

bool batch_read(Arena *a, const Step *s, const Safetensors *file, const char *path, Batch *b) {
    const StTensor *x = safetensors_find(file, "x");
    bool numbers = loss_class_numbers(&s->model->loss);
    *b = (Batch){.n = x && x->rank ? x->dim[0] : 1};
    b->weight = ARENA_ARRAY(a, double *, s->nweight + 1);
    int64_t inputs = b->n * interpreter_count(&s->tensor[s->input]);
    if (!read_tensor(a, file, path, "x", inputs, false, &b->x)) return false;
    if (s->label >= 0 && safetensors_find(file, "y")) {
        int64_t labels = b->n * interpreter_count(&s->tensor[s->label]);
        if (!read_tensor(a, file, path, "y", labels, numbers, &b->y)) return false;
        if (numbers && !classes_exist(s, b, path)) return false;
    }
    if (s->counts >= 0 && safetensors_find(file, "sample_weight") &&
        !read_tensor(a, file, path, "sample_weight", b->n, false, &b->counts))
        return false;
    for (int i = 0; i < s->nweight; i++) {
        const Tensor *t = &s->tensor[s->weight_tensor[i]];
        const char *key = arena_printf(a, "weights/%s", t->name);
        if (!read_tensor(a, file, path, key, interpreter_count(t), false, &b->weight[i]))
            return false;
    }
    return true;
}

// ---- computing

static void give(Interpreter *r, int tensor, const double *from, int64_t samples) {
    size_t count = (size_t)(samples * interpreter_count(&r->s->tensor[tensor]));
    if (from)
        memcpy(r->value[tensor], from, count * sizeof *from);
    else
        memset(r->value[tensor], 0, count * sizeof *from);
}

Interpreter *batch_interpreter(Arena *a, const Step *s, const Batch *b) {
    Interpreter *r = interpreter_new(a, s, b->n);
    give(r, s->input, b->x, b->n);
    if (s->label >= 0) give(r, s->label, b->y, b->n);
    for (int64_t i = 0; i < b->n && s->counts >= 0; i++)
        r->value[s->counts][i] = b->counts ? b->counts[i] : 1;
    for (int i = 0; i < s->nweight; i++) give(r, s->weight_tensor[i], b->weight[i], 1);
    for (int t = 0; t < s->ntensor; t++)
        if (s->tensor[t].owner == O_OPT) give(r, t, NULL, 1);
    r->seed = s->model->seed;
    return r;
}

void batch_step(Interpreter *r, int step) {
    Arena *a = arena_new();
    CnnFormula figure[CNN_SCALARS];
    int n = optimizer_figures(a, &r->s->model->optimizer, figure);
    r->step_no = (uint32_t)step;
    r->scalar[CNN_INV_N] = 1 / (double)r->n;
    for (int i = 0; i < n; i++)
        r->scalar[CNN_LR + i] = formula_value(&figure[i], i ? r->scalar[CNN_LR] : 0, step);
    arena_free(a);
    interpret(r);
}

// ---- results

static void add_result(Arena *a, Results *to, const char *name, const Tensor *t, int64_t samples,
                       const double *value) {
    Result r = {.name = name, .count = samples ? samples : 1};
    if (samples) r.dim[r.rank++] = samples;
    for (int d = 0; t && d < t->rank && !t->scalar; d++) r.count *= r.dim[r.rank++] = t->dim[d];
    if (!r.rank && !t) r.dim[r.rank++] = 1;
    r.value = arena_copy(a, value, sizeof *value * (size_t)r.count);
    ARENA_PUSH(a, to->of, to->n, r);
}

static void add_gradients(Arena *a, const Interpreter *r, Results *to) {
    const Step *s = r->s;
    for (int i = 0; i < s->nweight; i++) {
        const Tensor *t = &s->tensor[s->weight_tensor[i]];
        if (t->grad < 0) continue;
        const char *name = arena_printf(a, "grad/%s", t->name);
        add_result(a, to, name, t, 0, r->value[t->grad]);
    }
}

// Weights or optimiser state that an UPDATE writes, or all weights.
static void add_kept(Arena *a, const Interpreter *r, const char *prefix, Owner owner, bool all,
                     Results *to) {
    for (int i = 0; i < r->s->ntensor; i++) {
        const Tensor *t = &r->s->tensor[i];
        if (t->owner != owner || (!all && step_def(r->s, i) < 0)) continue;
        add_result(a, to, arena_printf(a, "%s%s", prefix, t->name), t, 0, r->value[i]);
    }
}

Results batch_results(Arena *a, const Interpreter *r) {
    const Step *s = r->s;
    Results to = {0};
    add_result(a, &to, "output", &s->tensor[s->output], r->n, r->value[s->output]);
    if (s->mode != STEP_PREDICT) add_result(a, &to, "loss", NULL, 0, &r->loss);
    for (int m = 0; m < s->model->nmetric && s->mode != STEP_PREDICT; m++) {
        const Metric *of = &s->model->metric[m];
        const double *value = r->metric + model_figure(s->model, 1 + m) - 1;
        add_result(a, &to, of->name, NULL, of->figures > 1 ? of->figures : 0, value);
    }
    add_gradients(a, r, &to);
    add_kept(a, r, "updated/", O_MODEL, false, &to);
    add_kept(a, r, "state/", O_OPT, false, &to);
    return to;
}

const Result *result_find(const Results *r, const char *name) {
    for (int i = 0; i < r->n; i++)
        if (!strcmp(r->of[i].name, name)) return &r->of[i];
    return NULL;
}

Results batch_case(Arena *a, const Step *predict, const Step *train, const Batch *b) {
    enum { STEPS = 3 };
    Results to = {0};
    Interpreter *r = batch_interpreter(a, predict, b);
    interpret(r);
    add_result(a, &to, "predict", &predict->tensor[predict->output], b->n,
               r->value[predict->output]);
    if (!train) return to;
    r = batch_interpreter(a, train, b);
    for (int step = 0; step < STEPS; step++) {
        batch_step(r, step);
        if (step) continue;
        add_result(a, &to, "loss", NULL, 0, &r->loss);
        add_result(a, &to, "train_output", &train->tensor[train->output], b->n,
                   r->value[train->output]);
        add_gradients(a, r, &to);
    }
    add_kept(a, r, "step3/", O_MODEL, true, &to);
    return to;
}
