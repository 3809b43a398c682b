// SPDX-License-Identifier: MIT
// Holds a compiled program's gradients to central differences of its own loss. The model's file
// says in comments what to draw:
//     # x 4 5 5 2                    the batch: samples, then Input's shape
//     # y onehot 4 3                 onehot, class (4 numbers below 3), real, amount (at
//                                    least 0), far (from any output) or unit (in (0, 1))
//     # weight conv2d/kernel 3 3 2 3
//     # statistic batch_normalization/moving_mean 3    no gradient, above 0; behind the weights
// Every weight is moved along random directions d by h to both sides, and (L+ - L-) / 2h compared
// with <gradient, d>. float32 leaves noise / h, curvature h^2, kinks a jump where one is crossed:
// so the best of a few h counts. `verify` recomputes what a case holds, so the case holds zeros.
// Before that `cnnc verify-passes` holds the compiler's passes to each other, and in double the
// gradients as well.
//     gradcheck CNNC MODEL.cnn [KEY=VALUE...]      replaces @KEY@ in the model's text
#include "../runtime/io/safetensors.h"
#include "runtime/write_tensors.h"
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TENSORS = 32, TEXT = 1 << 14, NAME = 128, DIRECTIONS = 6 };
static const double steps[] = {0.02, 0.004, 0.0008, 0.06};

typedef struct Check {
    StTensor tensor[3 * TENSORS]; // x, y, weights/…, loss, grad/…
    int n, first_weight, nweight;
    char program[NAME], in[NAME], out[NAME];
} Check;

extern char **environ;
static uint64_t random_state = 42;

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "gradcheck: ");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static double uniform(void) { // in (-1, 1)
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(random_state >> 33) + 0.5) / (1u << 30) - 1;
}

static double normal(void) { // near enough
    double sum = 0;
    for (int i = 0; i < 12; i++) sum += uniform() / 2;
    return sum;
}

// ---- the case

static StTensor *add(Check *c, const char *prefix, const char *name, int64_t rank,
                     const int64_t *dim, StType type) {
    StTensor *t = &c->tensor[c->n++];
    if (c->n > 3 * TENSORS) fail("too many tensors");
    *t = (StTensor){.type = type, .rank = rank, .count = 1};
    for (int64_t i = 0; i < rank; i++) t->count *= t->dim[i] = dim[i];
    t->bytes = t->count * 4;
    t->name = calloc(1, NAME);
    t->data = calloc((size_t)t->count, 4);
    if (!t->name || !t->data) fail("out of memory");
    snprintf(t->name, NAME, "%s%s", prefix, name);
    return t;
}

static float *values(const StTensor *t) {
    return (float *)(uintptr_t)t->data;
}

static int64_t read_dims(char *words, int64_t dim[ST_RANK]) {
    int64_t rank = 0;
    for (char *word = strtok(words, " "); word && rank < ST_RANK; word = strtok(NULL, " "))
        dim[rank++] = strtoll(word, NULL, 10);
    if (rank < 1) fail("a tensor without a shape");
    return rank;
}

static void draw_labels(Check *c, const char *kind, int64_t rank, const int64_t *dim) {
    int64_t classes = dim[rank - 1];
    if (!strcmp(kind, "class")) {
        int32_t *y = (int32_t *)values(add(c, "y", "", 1, dim, ST_I32));
        for (int64_t i = 0; i < dim[0]; i++) y[i] = (int32_t)((i * 7 + 1) % classes);
        return;
    }
    StTensor *t = add(c, "y", "", rank, dim, ST_F32);
    for (int64_t i = 0; i < t->count; i++) {
        if (!strcmp(kind, "onehot"))
            values(t)[i] = i % classes == (i / classes * 7 + 1) % classes;
        else if (!strcmp(kind, "unit"))
            values(t)[i] = (float)(0.5 + 0.45 * uniform());
        else if (!strcmp(kind, "real"))
            values(t)[i] = (float)normal();
        else if (!strcmp(kind, "amount"))
            values(t)[i] = (float)fabs(normal());
        else if (!strcmp(kind, "far"))
            values(t)[i] = i % 3 ? 3 : -3;
        else
            fail("unknown kind of labels: %s", kind);
    }
}

static void draw(StTensor *t, double deviation) {
    for (int64_t i = 0; i < t->count; i++) values(t)[i] = (float)(normal() * deviation);
}

static void read_directive(Check *c, char *line) {
    int64_t dim[ST_RANK];
    char kind[16], name[NAME / 2];
    int used = 0;
    if (!strncmp(line, "# x ", 4)) {
        int64_t rank = read_dims(line + 4, dim);
        draw(add(c, "x", "", rank, dim, ST_F32), 1);
    } else if (sscanf(line, "# y %15s %n", kind, &used) == 1) {
        int64_t rank = read_dims(line + used, dim);
        draw_labels(c, kind, rank, dim);
    } else if (sscanf(line, "# weight %63s %n", name, &used) == 1) {
        int64_t rank = read_dims(line + used, dim);
        StTensor *t = add(c, "weights/", name, rank, dim, ST_F32);
        if (!c->nweight++) c->first_weight = c->n - 1;
        // outputs of about unit size, whatever is summed
        draw(t, rank > 1 ? sqrt((double)dim[rank - 1] / (double)t->count) : 0.3);
    }
}

static void read_statistic(Check *c, char *line) {
    int64_t dim[ST_RANK];
    char name[NAME / 2];
    int used = 0;
    if (sscanf(line, "# statistic %63s %n", name, &used) != 1) return;
    int64_t rank = read_dims(line + used, dim);
    StTensor *t = add(c, "weights/", name, rank, dim, ST_F32);
    for (int64_t i = 0; i < t->count; i++) values(t)[i] = (float)(0.5 + fabs(normal()));
}

static void make_case(Check *c, char *text) {
    static const int64_t one[] = {1};
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        read_directive(c, line), read_statistic(c, line);
    if (!c->nweight || c->nweight > TENSORS) fail("the model's file names no weights");
    add(c, "loss", "", 1, one, ST_F32);
    for (int i = 0; i < c->nweight; i++) {
        const StTensor *w = &c->tensor[c->first_weight + i];
        add(c, "grad/", strchr(w->name, '/') + 1, w->rank, w->dim, ST_F32);
    }
}

// ---- running

static int run(char *const argv[], bool quiet) {
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = -1;
    posix_spawn_file_actions_init(&actions);
    if (quiet) {
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    }
    if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) || waitpid(pid, &status, 0) < 0)
        fail("cannot run %s", argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

// What the program computes of the case as it stands; freed by the caller.
static Safetensors compute(Check *c) {
    CnnError error = {0};
    Safetensors computed;
    char *argv[] = {c->program, (char *)"verify",    c->in,       (char *)"-o",
                    c->out,     (char *)"--threads", (char *)"1", NULL};
    if (!write_tensors(c->in, c->tensor, c->n, NULL, 0, &error)) fail("%s", error.text);
    unlink(c->out);
    int code = run(argv, true);
    if (code > 1 || !safetensors_read(c->out, &computed, &error)) { // 1: no gradient is zero
        run(argv, false);
        fail("verify: exit code %d: %s", code, error.text);
    }
    return computed;
}

static double loss_at(Check *c, StTensor *w, const float *from, const double *d, double h) {
    for (int64_t i = 0; i < w->count; i++) values(w)[i] = (float)(from[i] + h * d[i]);
    Safetensors computed = compute(c);
    const StTensor *t = safetensors_find(&computed, "loss");
    float loss = NAN;
    if (t) memcpy(&loss, t->data, sizeof loss);
    safetensors_free(&computed);
    return loss;
}

// <g, d> against the best of the differences along d; true if within `bound`.
static bool agrees(Check *c, StTensor *w, const float *g, const float *from, double *d,
                   double bound) {
    double length = 0, slope = 0, best = INFINITY;
    for (int64_t i = 0; i < w->count; i++) d[i] = normal();
    for (int64_t i = 0; i < w->count; i++) length += d[i] * d[i];
    for (int64_t i = 0; i < w->count; i++) slope += g[i] * (d[i] /= sqrt(length));
    for (size_t k = 0; k < sizeof steps / sizeof *steps && best > bound; k++) {
        double h = steps[k];
        double seen = (loss_at(c, w, from, d, h) - loss_at(c, w, from, d, -h)) / (2 * h);
        best = fmin(best, fabs(seen - slope));
    }
    memcpy(values(w), from, (size_t)w->bytes);
    if (best > bound) fprintf(stderr, "%s: slope %.6g, off by %.2g\n", w->name, slope, best);
    return best <= bound;
}

static bool check_weight(Check *c, StTensor *w, const StTensor *gradient) {
    float *from = malloc((size_t)w->bytes), *g = malloc((size_t)w->bytes);
    double *d = malloc((size_t)w->count * sizeof *d), size = 0;
    int wrong = 0;
    if (!from || !g || !d) fail("out of memory");
    memcpy(from, w->data, (size_t)w->bytes);
    memcpy(g, gradient->data, (size_t)w->bytes);
    for (int64_t i = 0; i < w->count; i++) size += g[i] * g[i];
    size = sqrt(size);
    // along a random direction a gradient of this size has this slope, give or take
    double slope = size / sqrt((double)w->count);
    if (!(size > 1e-4)) wrong++; // a model whose gradient vanishes tests nothing
    for (int k = 0; k < DIRECTIONS; k++) wrong += !agrees(c, w, g, from, d, 0.02 * slope);
    printf("%-32s gradient %.4f, %d of %d directions wrong\n", w->name, size, wrong, DIRECTIONS);
    free(from);
    free(g);
    free(d);
    return !wrong;
}

static bool check_weights(Check *c) {
    bool ok = true;
    Safetensors base = compute(c);
    for (int i = 0; i < c->nweight; i++) {
        StTensor *w = &c->tensor[c->first_weight + i];
        char key[NAME + 8];
        snprintf(key, sizeof key, "grad/%s", strchr(w->name, '/') + 1);
        const StTensor *gradient = safetensors_find(&base, key);
        if (!gradient || gradient->bytes != w->bytes) fail("verify computed no %s", key);
        ok = check_weight(c, w, gradient) && ok;
    }
    safetensors_free(&base);
    return ok;
}

// ---- the model

// Writes the text of path to `to`, each @KEY@ replaced; the text stays in `text`.
static void fill_in(const char *path, const char *to, int n, char **pair, char text[TEXT]) {
    char raw[TEXT] = "";
    FILE *file = fopen(path, "r");
    if (!file || fread(raw, 1, TEXT - 1, file) < 1) fail("cannot read %s", path);
    fclose(file);
    size_t length = 0;
    for (const char *from = raw; *from && length < TEXT - NAME; from++) {
        const char *value = NULL;
        for (int i = 0; i < n && *from == '@' && !value; i++) {
            size_t key = strcspn(pair[i], "=");
            if (strncmp(from + 1, pair[i], key) || from[1 + key] != '@') continue;
            value = pair[i] + key + 1;
            from += key + 1;
        }
        if (value)
            length += (size_t)snprintf(text + length, TEXT - length, "%s", value);
        else
            text[length++] = *from;
    }
    text[length] = 0;
    file = fopen(to, "w");
    if (!file || fputs(text, file) < 0 || fclose(file)) fail("cannot write %s", to);
}

int main(int argc, char **argv) {
    static char text[TEXT];
    char folder[] = "/tmp/cnnc-gradcheck-XXXXXX", model[NAME];
    Check c = {.n = 0};
    if (argc < 3) fail("usage: gradcheck CNNC MODEL.cnn [KEY=VALUE...]");
    if (!mkdtemp(folder)) fail("cannot make a folder in /tmp");
    snprintf(model, sizeof model, "%s/model.cnn", folder);
    snprintf(c.program, NAME, "%s/model", folder);
    snprintf(c.in, NAME, "%s/in.safetensors", folder);
    snprintf(c.out, NAME, "%s/out.safetensors", folder);
    fill_in(argv[2], model, argc - 3, argv + 3, text);
    char *build[] = {argv[1], (char *)"build", model, (char *)"-o", c.program, NULL};
    if (run(build, false)) fail("%s was not built", argv[2]);
    char *verify[] = {argv[1], (char *)"verify-passes", model, NULL};
    if (run(verify, false)) fail("%s: a pass changes what it computes", argv[2]);
    make_case(&c, text);
    bool ok = check_weights(&c);
    for (int i = 0; i < c.n; i++) {
        free(c.tensor[i].name);
        free(values(&c.tensor[i]));
    }
    const char *left[] = {model, c.program, c.in, c.out};
    for (int i = 0; i < 4; i++) unlink(left[i]);
    rmdir(folder);
    return ok ? 0 : 1;
}
