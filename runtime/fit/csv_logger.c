// SPDX-License-Identifier: 0BSD
// CSVLogger: a row an epoch with Keras's columns: epoch, counted from 0, then the names of the first epoch's
// figures, sorted. Where that has no validation, each name follows once more with val_, and its value is NA. Several
// figures of a metric are one value, "[0.5, 0.25]" with these quotes.
// Lines end in CR LF, as Python's csv writes them. The file is written in place, so that it can be watched.
#include "fit/csv_logger.h"
#include "fit/callback.h"
#include "io/text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { // states
    COLUMNS, // are known
    HAS_RATE,
    HAS_VAL,
    HAS_HEADER, // needs no other
    BYTES, // of the file, so far
    STATES
};

typedef struct Figure { // of an epoch
    const char *prefix, *name;
    const double *value; // NaN: to be printed as such; NULL: there is none
    int64_t n; // of a metric with several so many
} Figure;

// Of a training that is resumed the file is cut where it was then, if it is still there.
static bool begin(Callback *c, const char *path, bool resumed) {
    bool append = c->setting[CSV_APPEND] != 0 || resumed;
    int fd = outfile_descriptor(path, O_CREAT | (append ? O_APPEND : O_TRUNC));
    struct stat info;
    if (fd < 0) return false;
    c->own = fdopen(fd, "w");
    if (!c->own) return close(fd), false;
    bool known = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    off_t size = (off_t)c->state[BYTES];
    if (resumed && known && info.st_size > size && ftruncate(fd, size) == 0) info.st_size = size;
    c->state[HAS_HEADER] = append && known && info.st_size > 0;
    return true;
}

static bool start(Callback *c, const Training *t, CnnError *error) {
    const char *path = c->path;
    if (!kept_allows(t->fit->kept, path, error)) return false;
    if (begin(c, path, t->resumed)) return true;
    return cnn_fail(error, CNN_SYSTEM, "CSVLogger cannot write %s: %s", path, strerror(errno));
}

static int compare(const void *a, const void *b) {
    const Figure *x = a, *y = b;
    char left[TEXT_PATH], right[TEXT_PATH];
    snprintf(left, sizeof left, "%s%s", x->prefix, x->name);
    snprintf(right, sizeof right, "%s%s", y->prefix, y->name);
    return strcmp(left, right);
}

// The figures of the columns, in their order; returns how many. figure has room for all.
static int64_t columns(const Callback *c, const Training *t, const double *now, Figure *figure) {
    const CnnModel *model = c->model;
    bool rate = c->state[HAS_RATE] != 0, val = c->state[HAS_VAL] != 0;
    int64_t n = 0;
    for (int side = 0; side < (val ? 2 : 1); side++)
        for (int64_t i = 0; i <= model->nmetric; i += results_figures(model, i)) {
            const double *from = side ? t->val : t->means;
            figure[n++] = (Figure){side ? "val_" : "", results_name(model, i),
                                   from ? from + i : NULL, results_figures(model, i)};
        }
    if (rate) figure[n++] = (Figure){"", "learning_rate", now, 1};
    qsort(figure, (size_t)n, sizeof *figure, compare);
    for (int64_t i = 0, all = n; !val && i < all; i++)
        figure[n++] = (Figure){"val_", figure[i].name, NULL, 1};
    return n;
}

// A field, in quotes where it needs them.
static void put(const Callback *c, const char *prefix, const char *text) {
    const char special[] = {*c->text[CSV_SEPARATOR], '"', '\r', '\n', 0};
    FILE *file = c->own;
    bool quoted = prefix[strcspn(prefix, special)] || text[strcspn(text, special)];
    if (quoted) fputc('"', file);
    fputs(prefix, file);
    for (; *text; text++) {
        if (*text == '"') fputc('"', file);
        fputc(*text, file);
    }
    if (quoted) fputc('"', file);
}

static void put_next(const Callback *c, const char *prefix, const char *text) {
    fputc(*c->text[CSV_SEPARATOR], c->own);
    put(c, prefix, text);
}

static void put_several(const Callback *c, const Figure *f) {
    fprintf(c->own, "%c\"\"\"[", *c->text[CSV_SEPARATOR]);
    for (int64_t k = 0; k < f->n; k++) {
        char number[TEXT_NUMBER];
        fprintf(c->own, "%s%s", k ? ", " : "", text_single(number, f->value[k]));
    }
    fputs("]\"\"\"", c->own);
}

static void put_row(const Callback *c, const Training *t, const Figure *figure, int64_t n) {
    char number[TEXT_NUMBER];
    snprintf(number, sizeof number, "%lld", (long long)t->epoch);
    put(c, "", number);
    for (int64_t i = 0; i < n; i++) {
        const Figure *f = &figure[i];
        if (f->value && f->n > 1)
            put_several(c, f);
        else
            put_next(c, "", f->value ? text_python(number, *f->value) : "NA");
    }
    fputs("\r\n", c->own);
}

static void put_header(Callback *c, const Figure *figure, int64_t n) {
    put(c, "", "epoch");
    for (int64_t i = 0; i < n; i++) put_next(c, figure[i].prefix, figure[i].name);
    fputs("\r\n", c->own);
    c->state[HAS_HEADER] = 1;
}

static void fail(Callback *c) {
    char path[TEXT_PATH];
    callback_warn(c, "CSVLogger cannot write %s: %s; the run goes on without it",
                  text_foreign(path, sizeof path, c->path), strerror(errno));
    fclose(c->own);
    c->own = NULL;
}

static void epoch_end(Callback *c, Training *t) {
    CnnError error = {0};
    if (!c->own) return;
    if (c->state[COLUMNS] == 0) {
        c->state[COLUMNS] = 1;
        c->state[HAS_RATE] = t->rate_is_figure;
        c->state[HAS_VAL] = t->val != NULL;
    }
    int64_t most = 4 * (c->model->nmetric + 2);
    Figure *figure = memory_new(most, sizeof *figure, "a row of CSVLogger", &error);
    if (!figure) {
        callback_warn(c, "%s", error.text);
        return;
    }
    double rate = engine_rate(t->engine);
    int64_t n = columns(c, t, &rate, figure);
    if (c->state[HAS_HEADER] == 0) put_header(c, figure, n);
    put_row(c, t, figure, n);
    free(figure);
    if (fflush(c->own) != 0 || ferror((FILE *)c->own))
        fail(c);
    else
        c->state[BYTES] = (double)ftello(c->own);
}

static void end(Callback *c) {
    if (c->own && fclose(c->own) != 0) {
        c->own = NULL;
        callback_warn(c, "CSVLogger could not write its last rows");
    }
}

const CnnCallbackClass cnn_csv_logger = {
    .states = STATES, .writes = WRITES_FILE, .start = start, .epoch_end = epoch_end, .free = end};
