// SPDX-License-Identifier: 0BSD
// The samples of described arrays. x of bytes that steps change each for itself stays bytes, with a table of
// what each stands for; else it becomes float32. What is made is kept for who names it again. What would take more
// memory than there may be is not made as a whole, but ahead of use.
#include "data/reader.h"
#include "data/ahead.h"
#include "data/given.h"
#include "data/dataset.h"
#include "data/values.h"
#include "io/text.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { AS_BYTES, AS_FLOATS, AS_CLASSES } As;
enum { BYTES = 256 };

typedef struct Made { // a whole array
    const CnnArray *of;
    As as;
    float table[BYTES]; // of AS_BYTES
    int64_t classes; // of AS_CLASSES
    const CnnModel *model;
    const void *value;
    void *memory; // behind it, unless it is the source's own
    Ahead *ahead; // in its place
    int64_t values; // of a row
    struct Made *before;
} Made;

struct Reading {
    Arrays all;
    Made *last;
    Given *given; // of the samples of the training
};

// ---- a whole array

static const char *as_name(As as) {
    return as == AS_CLASSES ? "the labels" : "the samples";
}

static bool refuse_value(const Made *made, int64_t row, double value, CnnError *error) {
    if (isnan(value) || isinf(value))
        return cnn_fail(error, CNN_REFUSED, "%s: row %lld holds a value that is %s",
                        as_name(made->as), (long long)row, isnan(value) ? "missing" : "infinite");
    return cnn_fail(error, CNN_REFUSED,
                    "the labels: that of row %lld is %g, but the model tells %lld classes apart, 0 "
                    "to %lld",
                    (long long)row, value, (long long)made->classes, (long long)made->classes - 1);
}

static bool is_class(const Made *made, double value) {
    bool inside = value >= 0 && value < (double)made->classes;
    return value == trunc(value) && fabs(value) <= INT32_MAX &&
           (inside || samples_ignored(made->model, (int64_t)value));
}

static int64_t row_bytes(const Made *made) {
    return made->values * (made->as == AS_BYTES ? 1 : 4);
}

// to: as it is stored; NULL: it is only looked at.
static bool put_row(const void *context, int64_t row, const double *value, void *to,
                    CnnError *error) {
    const Made *made = context;
    for (int64_t i = 0; i < made->values; i++) {
        double v = value[i];
        bool good = made->as == AS_CLASSES ? is_class(made, v) : isfinite((float)v);
        if (!good) return refuse_value(made, row, v, error);
        if (!to) continue;
        if (made->as == AS_BYTES) ((uint8_t *)to)[i] = (uint8_t)v;
        if (made->as == AS_FLOATS) ((float *)to)[i] = (float)v;
        if (made->as == AS_CLASSES) ((int32_t *)to)[i] = (int32_t)v;
    }
    return true;
}

static bool fill(void *context, int64_t first, int64_t n, const double *value, CnnError *error) {
    const Made *made = context;
    char *to = made->memory;
    for (int64_t i = 0; i < n; i++)
        if (!put_row(made, first + i, value + i * made->values,
                     to ? to + (first + i) * row_bytes(made) : NULL, error))
            return false;
    return true;
}

// Bytes and floats that are in memory as they are wanted are looked at, not copied.
static bool is_there(const Array *a, As as) {
    return a->whole && a->of->type == (as == AS_BYTES ? CNN_U1 : CNN_F4) && as != AS_CLASSES;
}

// All of it would take more than samples may. Rows of one value may always be there: they are few bytes.
static bool make_ahead(Reading *r, const Array *a, Made *made, double bytes, CnnError *error) {
    enum { MEGA = 1000000 };
    char name[TEXT_NAME];
    fprintf(stderr,
            "%s: note: %s need %.0f MB, more than the %.0f MB that data may take (--data-memory): "
            "they are made anew whenever they are used\n",
            text_foreign(name, sizeof name, r->all.model->name), as_name(made->as), bytes / MEGA,
            (double)r->all.memory / MEGA);
    made->ahead = ahead_new(&r->all, a, row_bytes(made), put_row, made, error);
    return made->ahead;
}

static bool read_all(Reading *r, const Array *a, Made *made, CnnError *error) {
    int64_t all;
    made->values = a->values;
    if (is_there(a, made->as)) {
        made->value = a->whole;
        return made->as == AS_BYTES || array_walk(a, r->all.threads, fill, made, error);
    }
    bool large = __builtin_mul_overflow(a->rows, row_bytes(made), &all);
    if (made->values > 1 && (large || all > r->all.memory))
        return make_ahead(r, a, made, (double)a->rows * (double)row_bytes(made), error);
    if (large || !(made->memory = memory_raw(all)))
        return cnn_fail(error, CNN_SYSTEM, "out of memory: %s need %lld x %lld bytes",
                        as_name(made->as), (long long)a->rows, (long long)row_bytes(made));
    r->all.memory -= made->values > 1 ? all : 0;
    made->value = made->memory;
    return array_walk(a, r->all.threads, fill, made, error);
}

// The array of bytes that a is made of by steps on each for itself alone; or a.
static const Array *behind_steps(const Array *a) {
    const Array *b = a;
    while (b->each) b = b->input[0];
    return b->of->type == CNN_U1 ? b : a;
}

// What those steps make of each byte.
static void make_table(const Array *a, const Array *base, double *value) {
    if (a == base) {
        for (int i = 0; i < BYTES; i++) value[i] = i;
        return;
    }
    make_table(a->input[0], base, value);
    a->of->of->each(a, value, BYTES);
}

static bool table_is_good(const float *table) {
    for (int i = 0; i < BYTES; i++)
        if (!isfinite(table[i])) return false;
    return true;
}

static const Made *find(const Reading *r, const CnnArray *of, As as) {
    const Made *m = r->last;
    while (m && !(m->of == of && (m->as == as || (as == AS_BYTES && m->as == AS_FLOATS))))
        m = m->before;
    return m;
}

// As bytes: or as floats, where it is none of bytes. NULL: reported.
static const Made *make(Reading *r, const CnnArray *of, As as, int64_t classes, CnnError *error) {
    const Made *old = find(r, of, as);
    if (old) return old;
    const Array *a = array_open(&r->all, of, error), *from = a;
    Made *made = a ? calloc(1, sizeof *made) : NULL;
    if (a && !made) cnn_fail(error, CNN_SYSTEM, "out of memory for the data");
    if (!made) return NULL;
    *made = (Made){.of = of, .as = as, .classes = classes, .before = r->last};
    made->model = r->all.model;
    r->last = made;
    if (as == AS_BYTES) {
        double value[BYTES];
        const Array *base = behind_steps(a);
        if (base->of->type == CNN_U1) make_table(a, base, value), from = base;
        for (int i = 0; from->of->type == CNN_U1 && i < BYTES; i++)
            made->table[i] = (float)value[i];
        if (from->of->type != CNN_U1 || !table_is_good(made->table)) made->as = AS_FLOATS, from = a;
    }
    return read_all(r, from, made, error) ? made : NULL;
}

// ---- samples

static bool start(Reading **reading, const CnnModel *model, ReadBy by, CnnError *error) {
    if (!*reading && (*reading = calloc(1, sizeof **reading))) {
        int64_t memory = by.memory < 0 ? memory_room() / 4 : by.memory;
        (*reading)->all = (Arrays){.model = model, .folder = by.folder, .memory = memory};
    }
    if (!*reading) return cnn_fail(error, CNN_SYSTEM, "out of memory for the data");
    (*reading)->all.threads = by.threads;
    return true;
}

const Array *reading_array(const ReadValues *by, const CnnArray *of, CnnError *error) {
    if (!start(by->reading, by->model, by->by, error)) return NULL;
    (*by->reading)->all.predicted = by->predicted;
    return array_open(&(*by->reading)->all, of, error);
}

static int64_t classes_of(const CnnModel *model) {
    return model->output_rank ? model->output_dim[model->output_rank - 1] : 1;
}

static bool read_samples(Reading **reading, const CnnModel *model, const CnnRows *rows, ReadBy by,
                         Samples *samples, CnnError *error) {
    As as = model->label == CNN_LABEL_CLASS ? AS_CLASSES : AS_FLOATS;
    if (!start(reading, model, by, error)) return false;
    const Made *x = make(*reading, rows->x, AS_BYTES, 0, error), *y = NULL;
    if (x && rows->y) y = make(*reading, rows->y, as, classes_of(model), error);
    const Made *w = y && rows->w ? make(*reading, rows->w, AS_FLOATS, 0, error) : NULL;
    if (!x || (rows->y && !y) || (rows->w && !w)) return false;
    *samples = (Samples){.n = rows->x->dim[0], .batch = rows->batch, .x_ahead = x->ahead};
    if (y) samples->y = y->value, samples->y_ahead = y->ahead;
    if (w) samples->counts = w->value;
    if (x->as == AS_FLOATS)
        samples->x = x->value;
    else
        samples->pixel = x->value, samples->table = x->table;
    return true;
}

static bool give(Reading **reading, const CnnModel *model, const CnnRows *rows, ReadBy by,
                 const double *raw, float *x, CnnError *error) {
    if (!start(reading, model, by, error)) return false;
    Reading *r = *reading;
    if (!r->given) r->given = given_open(&r->all, rows->x, error);
    return r->given && given_sample(r->given, raw, x, error);
}

typedef struct Seen { // arrays that were looked at
    int64_t n;
    const CnnArray **of;
} Seen;

static bool is_new(Seen *s, const CnnArray *of) {
    for (int64_t i = 0; i < s->n; i++)
        if (s->of[i] == of) return false;
    if ((s->n & (s->n - 1)) == 0) { // the room for them doubles
        const CnnArray **more = realloc(s->of, (size_t)(s->n ? 2 * s->n : 1) * sizeof *more);
        if (!more) return true;
        s->of = more;
    }
    s->of[s->n++] = of;
    return true;
}

static void keep_array(Kept *kept, const CnnArray *of, const char *folder, Seen *seen) {
    CnnError none;
    if (!of || !is_new(seen, of)) return;
    for (int64_t i = 0; i < of->ninput; i++) keep_array(kept, of->input[i], folder, seen);
    if (of->set) data_keep(kept, of->set, folder);
    if (!of->text || !*of->text[0]) return;
    char *path = array_find(of->text[0], folder, &none);
    if (path) kept_add(kept, path, "training or test data");
    free(path);
}

static void keep(Kept *kept, const CnnRows *rows, const char *folder) {
    Seen seen = {0};
    keep_array(kept, rows->x, folder, &seen);
    keep_array(kept, rows->y, folder, &seen);
    keep_array(kept, rows->w, folder, &seen);
    free(seen.of);
}

static void close_reading(Reading *r) {
    if (!r) return;
    while (r->last) {
        Made *before = r->last->before;
        ahead_free(r->last->ahead);
        free(r->last->memory);
        free(r->last);
        r->last = before;
    }
    given_close(r->given);
    arrays_close(&r->all);
    free(r);
}

const CnnReader data_reader = {read_samples, give, keep, close_reading};
