// SPDX-License-Identifier: 0BSD
// Opening arrays with what they are made of, and walking through all rows of one.
#include "data/array.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool remember(Arrays *all, Array *a) {
    Array **more = realloc(all->array, (size_t)(all->n + 1) * sizeof *more);
    if (!more) return false;
    all->array = more;
    all->array[all->n++] = a;
    return true;
}

Array *array_new(Arrays *all, const CnnArray *of, CnnError *error) {
    Array *a = calloc(1, sizeof *a);
    if (!a || !remember(all, a)) {
        free(a);
        cnn_fail(error, CNN_SYSTEM, "out of memory for the data");
        return NULL;
    }
    a->of = of;
    a->rows = of->rank ? of->dim[0] : 1;
    a->values = 1;
    a->each = of->of->each != NULL;
    for (int64_t d = 1; d < of->rank; d++) a->values *= of->dim[d]; // the compiler has checked it
    return a;
}

// Inputs come before what is made of them, so that closing in the other order is safe.
Array *array_open(Arrays *all, const CnnArray *of, CnnError *error) {
    Array *input[2] = {NULL, NULL};
    for (int i = 0; i < all->n; i++)
        if (all->array[i]->of == of) return all->array[i];
    for (int64_t i = 0; i < of->ninput; i++)
        if (!(input[i] = array_open(all, of->input[i], error))) return NULL;
    Array *a = array_new(all, of, error);
    if (!a) return NULL;
    memcpy(a->input, input, sizeof input);
    return !of->of->open || of->of->open(a, all, error) ? a : NULL;
}

void arrays_close(Arrays *all) {
    while (all->n > 0) {
        Array *a = all->array[--all->n];
        if (a->of->of->close) a->of->of->close(a);
        free(a);
    }
    free(all->array);
    all->array = NULL;
}

bool array_values(const CnnArray *of, const char *folder, double *to, CnnError *error) {
    Arrays all = {.folder = folder, .threads = 1};
    const Array *a = array_open(&all, of, error);
    int64_t *row = a ? memory_new(a->rows, sizeof *row, "the order of rows", error) : NULL;
    for (int64_t i = 0; row && i < a->rows; i++) row[i] = i;
    bool ok = row && of->of->rows(a, row, a->rows, to, error);
    free(row);
    arrays_close(&all);
    return ok;
}

bool array_alike(const Array *a, const double *value, int64_t n, double *to) {
    for (int64_t i = 0; i < n; i++)
        memcpy(to + i * a->values, value, (size_t)a->values * sizeof *to);
    return true;
}

double *array_rows(const Array *of, const int64_t *row, int64_t n, const char *what,
                   CnnError *error) {
    double *value = memory_new(n, of->values * (int64_t)sizeof *value, what, error);
    if (value && of->of->of->rows(of, row, n, value, error)) return value;
    free(value);
    return NULL;
}

double *array_input(const Array *a, const int64_t *row, int64_t n, CnnError *error) {
    return array_rows(a->input[0], row, n, "a part of the data", error);
}

int64_t *array_places(const Array *a, const double *stride, double first, CnnError *error) {
    int64_t *at = memory_new(a->values, sizeof *at, "a step on the data", error);
    for (int64_t i = 0; at && i < a->values; i++) {
        at[i] = (int64_t)first;
        for (int64_t d = a->of->rank - 1, rest = i; d > 0; rest /= a->of->dim[d--])
            at[i] += rest % a->of->dim[d] * (int64_t)stride[d - 1];
    }
    return at;
}

// ---- all rows

enum { BLOCK = 1 << 15 }; // values of a block, where rows are that small

typedef struct Walk {
    const Array *a;
    ArrayTake *take;
    void *context;
    int64_t rows; // of a block
    atomic_llong next; // row
    double shown; // when the line of progress was drawn last, by the first thread
    bool draws; // on a terminal
    atomic_bool failed;
    CnnError *error; // of the thread that failed first
} Walk;

static bool walk_block(Walk *w, int64_t first, double *value, int64_t *row, CnnError *error) {
    int64_t n = w->a->rows - first < w->rows ? w->a->rows - first : w->rows;
    for (int64_t i = 0; i < n; i++) row[i] = first + i;
    return w->a->of->of->rows(w->a, row, n, value, error) &&
           w->take(w->context, first, n, value, error);
}

// A line that moves, of what takes longer than a second.
static void draw(Walk *w) {
    enum { TENTHS = 10 };
    double now = clock_seconds();
    if (!w->draws || now - w->shown < 1.0 / TENTHS) return;
    w->shown = now;
    long long done = atomic_load(&w->next);
    fprintf(stderr, "\rreading the data: %lld of %lld rows", done < w->a->rows ? done : w->a->rows,
            (long long)w->a->rows);
}

static void draw_end(const Walk *w, double start) {
    if (w->draws && w->shown > start + 1) fprintf(stderr, "\r%*s\r", 64, "");
}

static bool walk_blocks(Walk *w, bool first_thread, CnnError *error) {
    double *value =
        memory_new(w->rows, w->a->values * (int64_t)sizeof *value, "a part of the data", error);
    int64_t *row = value ? memory_new(w->rows, sizeof *row, "a part of the data", error) : NULL;
    bool ok = row;
    for (int64_t first; ok && !atomic_load(&w->failed) &&
                        (first = atomic_fetch_add(&w->next, w->rows)) < w->a->rows;)
        if ((ok = walk_block(w, first, value, row, error)) && first_thread) draw(w);
    free(value);
    free(row);
    return ok;
}

static void walk_thread(void *context, int thread) {
    Walk *w = context;
    CnnError error = {0};
    denormals_keep(); // values are the same for any number of threads, and numpy's
    if (walk_blocks(w, thread == 0, &error)) return;
    if (!atomic_exchange(&w->failed, true)) *w->error = error;
}

bool array_walk(const Array *a, int threads, ArrayTake *take, void *context, CnnError *error) {
    Walk w = {.a = a, .take = take, .context = context, .error = error};
    w.rows = a->values < BLOCK ? BLOCK / a->values : 1;
    int64_t blocks = ceil_div(a->rows, w.rows);
    if (threads > blocks) threads = blocks ? (int)blocks : 1;
    double start = clock_seconds();
    w.draws = progress_can_move(stderr);
    w.shown = start + 1; // not before a second is over
    Pool *pool = pool_start((Threads){.n = threads}, error);
    if (!pool) return false;
    pool_run(pool, walk_thread, &w);
    pool_stop(pool);
    draw_end(&w, start);
    return !w.failed;
}
