// SPDX-License-Identifier: MIT
// Holds a stored case to the layers' meaning, or makes one.
//     layers MODEL.cnn CASE            compares what CASE has: predictions, loss, gradients, three steps
//     layers MODEL.cnn CASE OUT LEAST  writes the case with what the layers give in its results' place, if no
//                                      value comes nearer to a kink or a tie than LEAST
// Prints the margin: how near a value came. Exit code 0; 1: CASE differs; 3: the model has something that is
// not known here, which is named; 4: a value came too near, and the rest was not computed.
#include "io/safetensors.h"
#include "layers.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double tolerance = 2e-6,
                    step_tolerance = 1e-3; // a case holds floats
static const double noise = 1e-9; // rounding leaves less than this of gradients that are all 0
static const double least_output = 1e-6; // what differences of outputs are relative to, at least
enum { STEPS = 3, UNKNOWN = 3, NEAR = 4 };

typedef struct Case {
    Arena *arena;
    Safetensors file;
    StTensor *out; // what is written
    int nout;
    double largest; // gradient
    const char *worst;
    double off; // relative
    int seen;
} Case;

// ---- reading

static double *read_tensor(const Case *c, const char *name, int64_t count) {
    const StTensor *t = safetensors_find(&c->file, name);
    if (!t || t->count != count) {
        fprintf(stderr, "layers: '%s' is missing or has not %lld elements\n", name,
                (long long)count);
        exit(2);
    }
    double *to = ARENA_ARRAY(c->arena, double, count);
    for (int64_t i = 0; i < count; i++) {
        float f;
        int32_t k;
        memcpy(&f, (const char *)t->data + 4 * i, 4);
        memcpy(&k, (const char *)t->data + 4 * i, 4);
        to[i] = t->type == ST_I32 ? k : (double)f;
    }
    return to;
}

static void take(double *to, const double *from, int64_t count) {
    memcpy(to, from, sizeof *to * (size_t)count);
}

static const char *key(const Case *c, const char *kind, const Layer *l, int k) {
    return arena_printf(c->arena, "%s/%s/%s", kind, l->name, l->weight[k].name);
}

static void give(const Case *c, Run *r) {
    const Model *m = r->model;
    const StTensor *y = safetensors_find(&c->file, "y");
    take(r->x, read_tensor(c, "x", r->n * count_of(&m->input)), r->n * count_of(&m->input));
    if (y && y->count <= r->n * count_of(&m->output))
        take(r->y, read_tensor(c, "y", y->count), y->count);
    r->weighted = safetensors_find(&c->file, "sample_weight");
    if (r->weighted) take(r->counts, read_tensor(c, "sample_weight", r->n), r->n);
    for (int i = 0, w = 0; i < m->nlayer; i++)
        for (int k = 0; k < m->layer[i].nweight; k++, w++) {
            int64_t count = count_of(&m->layer[i].weight[k].shape);
            take(r->weight[w], read_tensor(c, key(c, "weights", &m->layer[i], k), count), count);
        }
}

// ---- results: compared with the case's, where it has them, and kept for
// writing

static double largest(const double *x, int64_t count) {
    double most = 0;
    for (int64_t i = 0; i < count; i++) most = fmax(most, fabs(x[i]));
    return most;
}

static void weigh(Case *c, const char *name, double off) {
    c->seen++;
    if (c->worst && off <= c->off) return;
    c->off = off;
    c->worst = name;
}

// The largest difference, relative to the largest number.
static void compare(Case *c, const char *name, const double *value, int64_t count, double least) {
    if (!safetensors_find(&c->file, name)) return;
    const double *known = read_tensor(c, name, count);
    double size = fmax(fmax(largest(known, count), least), 1e-30), off = 0;
    for (int64_t i = 0; i < count; i++) {
        double d = fabs(known[i] - value[i]);
        off = isnan(d) ? INFINITY : fmax(off, d / size);
    }
    weigh(c, name, off);
}

// Of a weight after steps: as a whole, and by how far it went. Optimisers make
// whole steps of what rounding leaves of a gradient that vanishes.
static void compare_step(Case *c, const char *name, const char *before, const double *value,
                         int64_t count) {
    if (!safetensors_find(&c->file, name)) return;
    const double *known = read_tensor(c, name, count), *from = read_tensor(c, before, count);
    double off = 0, way = 1e-12 * (double)count;
    for (int64_t i = 0; i < count; i++) {
        double stored = fmax(fabs(known[i] - value[i]) - fabs(value[i]) * 0x1p-24,
                             0); // to half a place
        off += isnan(known[i] - value[i]) ? INFINITY : stored * stored;
        way += pow(value[i] - from[i], 2);
    }
    off = sqrt(off / way) * tolerance / step_tolerance;
    weigh(c, name, isnan(off) ? INFINITY : off);
}

static void keep(Case *c, const char *name, const Shape *shape, int64_t n, const double *value) {
    StTensor t = {.name = (char *)(uintptr_t)name, .type = ST_F32, .count = n ? n : 1};
    if (n) t.dim[t.rank++] = n;
    for (int d = 0; shape && d < shape->rank; d++) t.count *= t.dim[t.rank++] = shape->dim[d];
    if (!t.rank && !shape) t.dim[t.rank++] = 1;
    float *stored = ARENA_ARRAY(c->arena, float, t.count);
    for (int64_t i = 0; i < t.count; i++) stored[i] = (float)value[i];
    t.data = stored;
    ARENA_PUSH(c->arena, c->out, c->nout, t);
}

static void result(Case *c, const char *name, const Shape *shape, int64_t n, const double *value,
                   double least) {
    compare(c, name, value, (n ? n : 1) * (shape ? count_of(shape) : 1), least);
    keep(c, name, shape, n, value);
}

static void gradients(Case *c, const Run *r) {
    const Model *m = r->model;
    for (int pass = 0; pass < 2; pass++) // the largest first
        for (int i = 0, w = 0; i < m->nlayer; i++)
            for (int k = 0; k < m->layer[i].nweight; k++, w++) {
                const Weight *of = &m->layer[i].weight[k];
                if (!of->trainable) continue;
                c->largest = fmax(c->largest, largest(r->gradient[w], count_of(&of->shape)));
                if (pass)
                    result(c, key(c, "grad", &m->layer[i], k), &of->shape, 0, r->gradient[w],
                           fmax(c->largest / 100, noise));
            }
}

static void weights(Case *c, const Run *r, const bool *vanishes) {
    const Model *m = r->model;
    for (int i = 0, w = 0; i < m->nlayer; i++)
        for (int k = 0; k < m->layer[i].nweight; k++, w++) {
            const Layer *l = &m->layer[i];
            const char *name = key(c, "step3", l, k);
            if (vanishes[w]) continue;
            compare_step(c, name, key(c, "weights", l, k), r->weight[w],
                         count_of(&l->weight[k].shape));
            keep(c, name, &l->weight[k].shape, 0, r->weight[w]);
        }
}

// Of which weights is the gradient 0 but for rounding? What becomes of them
// says nothing, and so does what averages follow of it.
static void find_vanishing(const Case *c, const Run *r, bool *vanishes) {
    const Model *m = r->model;
    bool any = false;
    for (int i = 0, w = 0; i < m->nlayer; i++)
        for (int k = 0; k < m->layer[i].nweight; k++, w++) {
            const Weight *of = &m->layer[i].weight[k];
            vanishes[w] = of->trainable && largest(r->gradient[w], count_of(&of->shape)) <
                                               fmax(1e-10 * c->largest, noise);
            any |= vanishes[w];
        }
    for (int i = 0, w = 0; i < m->nlayer && any; i++)
        for (int k = 0; k < m->layer[i].nweight; k++, w++)
            vanishes[w] |= !m->layer[i].weight[k].trainable;
}

// False where a value came nearer to a kink or a tie than r->least, or a later loss is no number: what is dropped then
// has a slope of 0 or none.
static bool compute(Case *c, Run *r) {
    const Model *m = r->model;
    bool *vanishes = ARENA_ARRAY(c->arena, bool, 1 + m->nlayer * MAX_WEIGHTS);
    if (!run_forward(r, false)) return false;
    result(c, "predict", &m->output, r->n, run_output(r), least_output);
    for (int step = 0; step < STEPS && m->has_compile; step++) {
        if (!run_forward(r, true) || !run_backward(r)) return false;
        if (r->least > 0 && step > 0 && !isfinite(r->loss)) return false;
        if (step == 0) {
            result(c, "train_output", &m->output, r->n, run_output(r), least_output);
            result(c, "loss", NULL, 0, &r->loss, least_output);
            gradients(c, r);
            find_vanishing(c, r, vanishes);
        }
        run_update(r);
    }
    if (m->has_compile) weights(c, r, vanishes);
    return true;
}

static bool write_case(Case *c, const char *path) {
    CnnError error = {0};
    OutFile out = {0};
    for (int64_t i = 0; i < c->file.ntensor; i++) { // the batch and the weights
        const StTensor *t = &c->file.tensor[i];
        bool given = !strcmp(t->name, "x") || !strcmp(t->name, "y") ||
                     !strncmp(t->name, "weights/", 8) || !strcmp(t->name, "sample_weight");
        if (given) ARENA_PUSH(c->arena, c->out, c->nout, *t);
    }
    Kept none = {0};
    bool done = outfile_open(&out, path, &none, 0, &error) &&
                safetensors_write(&out, c->out, c->nout, NULL, 0, &error);
    if (!done) fprintf(stderr, "%s\n", error.text);
    outfile_close(&out);
    return done;
}

// ---- the model

static Model *load(Arena *a, const char *path) {
    enum { MOST = 1 << 20 };
    char *text = arena_alloc(a, MOST + 1);
    FILE *in = fopen(path, "rb");
    if (!in) return perror(path), NULL;
    size_t length = fread(text, 1, MOST, in);
    fclose(in);
    Diag *d = diag_new(a, path, text, length);
    Model *m = model_load(a, d, text, length, NULL);
    diag_flush(d, stderr, &(DiagOptions){0});
    return m;
}

// Compares, and writes where `to` is not NULL; the exit code.
static int hold(Case *c, const Model *m, const char *path, const char *to, double least) {
    const StTensor *x = safetensors_find(&c->file, "x");
    if (!x || !x->rank) return fprintf(stderr, "layers: %s has no x\n", path), 2;
    Run *r = run_new(c->arena, m, x->dim[0]);
    if (!r) return UNKNOWN;
    r->least = least;
    give(c, r);
    bool complete = compute(c, r);
    printf("%s: %d tensors, %.1e off%s%s, margin %.1e\n", path, c->seen, c->off,
           c->worst ? ", most " : "", c->worst ? c->worst : "", r->margin);
    if (!complete) return NEAR;
    if (to && !write_case(c, to)) return 2;
    return c->off <= tolerance && (c->seen || to) ? 0 : 1;
}

int main(int argc, char **argv) {
    bool writes = argc == 5;
    if (argc != 3 && !writes)
        return fprintf(stderr, "usage: layers MODEL.cnn CASE [OUT LEAST]\n"), 2;
    Case c = {.arena = arena_new()};
    CnnError error = {0};
    Model *m = load(c.arena, argv[1]);
    int code = 2;
    if (m && !safetensors_read(argv[2], &c.file, &error))
        fprintf(stderr, "layers: %s\n", error.text);
    else if (m && writes)
        code = hold(&c, m, argv[2], argv[3], strtod(argv[4], NULL));
    else if (m)
        code = hold(&c, m, argv[2], NULL, 0);
    if (m) safetensors_free(&c.file);
    arena_free(c.arena);
    return code;
}
