// SPDX-License-Identifier: MIT
// flow_from_dataframe of an ImageDataGenerator: a column of a table names the files of the images, another one says what
// they are. The table is read when the script is compiled, the images when the program runs.
#include "data/frame.h"
#include "data/images.h"
#include "../runtime/data/folder.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { RAW = LABEL_INPUT + 1 };
static const char what[] = "ImageDataGenerator.flow_from_dataframe";

typedef struct Pictures {
    Listing l;
    Loc loc;
    int64_t rows, n; // of the table; of those that are taken
    int64_t *row; // their numbers
    Column file, class;
    int mode;
    int *label; // by row of the table; -1: its class is not asked for
} Pictures;

// ------------------------------------------------------------------------------------- classes

// Those that are there, in the order of their names, unless the script lists them.
static void find_classes(Eval *e, Pictures *p) {
    const char **cell = ARENA_ARRAY(e->a, const char *, p->n + 1);
    if (p->l.nclass) return;
    for (int64_t i = 0; i < p->n; i++) cell[i] = p->class.cell[p->row[i]];
    p->l.nclass = texts_sorted(e, cell, p->n, &p->l.class_name);
}

// Of a class that is listed twice the first place counts, and it is one.
static void drop_doubles(Pictures *p) {
    int n = 0;
    for (int i = 0; i < p->l.nclass; i++) {
        int k = 0;
        while (k < n && strcmp(p->l.class_name[k], p->l.class_name[i]) != 0) k++;
        if (k == n) p->l.class_name[n++] = p->l.class_name[i];
    }
    p->l.nclass = n;
}

static bool bad_column(Eval *e, const Pictures *p, const Column *c, const char *use) {
    diag_error(e->d, p->loc, 206, "the column '%s' must hold texts, %s", c->name, use);
    diag_help(e->d, p->loc, "write df[\"%s\"] = df[\"%s\"].astype(str) before", c->name, c->name);
    return false;
}

// What each row is; false: reported.
static bool read_classes(Eval *e, Pictures *p) {
    if (!p->class.cell || !p->class.texts)
        return bad_column(e, p, &p->class,
                          "which are the classes; class_mode=\"raw\" takes numbers");
    drop_doubles(p);
    find_classes(e, p);
    if (!eval_spend(e, p->loc, p->n * p->l.nclass / 16)) return false;
    if (p->mode == LABEL_BINARY && p->l.nclass != 2) {
        diag_error(e->d, p->loc, 207, "class_mode=\"binary\" is of 2 classes, not of %d in '%s'",
                   p->l.nclass, p->class.name);
        return false;
    }
    p->label = ARENA_ARRAY(e->a, int, p->rows);
    int64_t n = 0;
    for (int64_t i = 0; i < p->n; i++) {
        const char *text = p->class.cell[p->row[i]];
        int at = 0;
        while (at < p->l.nclass && strcmp(p->l.class_name[at], text) != 0) at++;
        if (at == p->l.nclass) continue;
        p->label[p->row[i]] = at;
        p->row[n++] = p->row[i];
    }
    p->n = n;
    return true;
}

// --------------------------------------------------------------------------------------- files

static bool ends_as_image(const char *name, const char *const *ends) {
    size_t n = strlen(name);
    for (; *ends; ends++)
        if (n >= strlen(*ends) && strcasecmp(name + n - strlen(*ends), *ends) == 0) return true;
    return false;
}

static char *path_of(const Eval *e, const char *folder, const char *name, CnnError *error) {
    char *path = folder_picture(folder, name, e->data, error);
    if (!path || access(path, R_OK) == 0) return path;
    free(path);
    return NULL;
}

// Rows whose file is there, as Keras takes them; false: reported.
static bool find_files(Eval *e, Pictures *p, const char *folder, bool validates) {
    static const char *const ends[] = {"png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff", NULL},
                             *const others[] = {"tif", "tiff", NULL};
    int64_t n = 0;
    for (int64_t i = 0; i < p->n; i++) {
        const char *name = p->file.cell[i];
        CnnError none;
        char *path = validates ? path_of(e, folder, name, &none) : NULL;
        bool there = !validates || (path && ends_as_image(name, ends));
        free(path);
        if (there && ends_as_image(name, others)) {
            diag_error(e->d, p->loc, 420,
                       "'%s': images of this form are not read; convert it to PNG or JPEG", name);
            return false;
        }
        if (there) p->row[n++] = i;
    }
    if (n < p->n && n > 0)
        diag_warning(e->d, p->loc, "data",
                     "%lld of the %lld files in '%s' are not there, or no images: "
                     "they are left out",
                     (long long)(p->n - n), (long long)p->n, p->file.name);
    if (n == 0)
        diag_error(e->d, p->loc, 420, "none of the files in '%s' is there, '%s' for one",
                   p->file.name, p->file.cell[0]);
    p->n = n;
    return n > 0;
}

// -------------------------------------------------------------------------------------- arrays

static Value of_file(Eval *e, const Column *c, Array x, Loc loc) {
    Value v = array_value(e, loc, x);
    return c->of && v.kind == VALUE_ARRAY ? texts_unchanged(e, &v, c->of, loc) : v;
}

static Value images_of(Eval *e, const Pictures *p) {
    Array x = {.of = array_class(&array_pictures), .steps = "", .rank = 4, .type = CNN_U1};
    x.source = arena_printf(e->a, "images that '%s' names", p->file.name);
    const int64_t dim[] = {p->n, p->l.height, p->l.width, p->l.channels};
    memcpy(x.dim, dim, sizeof dim);
    x.numbers = ARENA_NEW(e->a, char);
    array_bytes(&x);
    array_number(e, &x, p->l.method);
    const char **text = ARENA_ARRAY(e->a, const char *, p->n + 1);
    text[0] = p->l.name;
    for (int64_t i = 0; i < p->n; i++) text[1 + i] = p->file.cell[p->row[i]];
    x.text = text;
    x.ntext = (int)p->n + 1;
    return of_file(e, &p->file, x, p->loc);
}

static Value classes_of(Eval *e, const Pictures *p) {
    Array x = {.of = array_class(&array_listed), .steps = "", .rank = 1, .type = CNN_I4};
    x.source = arena_printf(e->a, "classes in '%s'", p->class.name);
    x.dim[0] = p->n;
    x.numbers = ARENA_NEW(e->a, char);
    for (int64_t i = 0; i < p->n; i++) array_number(e, &x, p->label[p->row[i]]);
    return of_file(e, &p->class, x, p->loc);
}

// Rows of numbers that are taken.
static Value picked(Eval *e, const Pictures *p, const Value *v) {
    if (p->n == p->rows) return *v;
    Array x = array_step(e, v->array, &array_picked, "the rows of images that are taken");
    x.dim[0] = p->n;
    x.numbers = ARENA_NEW(e->a, char);
    for (int64_t i = 0; i < p->n; i++) array_number(e, &x, (double)p->row[i]);
    return array_value(e, p->loc, x);
}

// Numbers of one column or several; none: they are not known.
static Value targets(Eval *e, const Pictures *p, const Value *table, const Value *y) {
    const Value none = {.kind = VALUE_NONE};
    Value v = {.kind = VALUE_ARRAY};
    Column c = {0};
    if (y->kind == VALUE_STRING) {
        int64_t rows = frame_named(e, table, y->text, &c, p->loc);
        v.array = c.array;
        return rows == p->rows && c.array ? picked(e, p, &v) : none;
    }
    if (y->kind != VALUE_LIST || frame_of(table) || !table_base(table->array)) return none;
    v = table_chosen(e, table, y, p->loc);
    return v.kind == VALUE_ARRAY && table_of_numbers(e, v.array) ? picked(e, p, &v) : v;
}

// ------------------------------------------------------------------------------------- the flow

enum {
    DATAFRAME,
    DIRECTORY,
    X_COL,
    Y_COL,
    WEIGHT_COL,
    TARGET_SIZE,
    COLOR_MODE,
    CLASSES,
    CLASS_MODE,
    BATCH_SIZE,
    SHUFFLE,
    SEED,
    SAVE_TO_DIR,
    SAVE_PREFIX,
    SAVE_FORMAT,
    SUBSET,
    INTERPOLATION,
    VALIDATE,
    ASKED
};

static bool is_none(const Value *v) {
    return !v || v->kind == VALUE_NONE;
}

static bool read_asked(Eval *e, const Generator *g, const Value **v, Pictures *p) {
    static const char *const modes[] = {"",      "sparse", "binary", "categorical",
                                        "input", "raw",    "other",  NULL};
    static const int mode_of[] = {LABEL_NONE,  LABEL_INT, LABEL_BINARY, LABEL_CATEGORICAL,
                                  LABEL_INPUT, RAW,       RAW};
    static const char *const methods[] = {"nearest", NULL};
    int mode, method;
    bool named = is_none(v[DIRECTORY]) || v[DIRECTORY]->kind == VALUE_STRING;
    if (v[DATAFRAME]->kind != VALUE_ARRAY || !named || !is_none(v[WEIGHT_COL]) ||
        !is_none(v[SAVE_TO_DIR]) || !word_among(v[CLASS_MODE], "categorical", modes, &mode) ||
        (!is_none(v[X_COL]) && v[X_COL]->kind != VALUE_STRING) ||
        !word_among(v[INTERPOLATION], "nearest", methods, &method) ||
        !listing_size(v[TARGET_SIZE], &p->l) || !listing_channels(v[COLOR_MODE], &p->l) ||
        !listing_names(e, v[CLASSES], &p->l))
        return false;
    p->l.name = is_none(v[DIRECTORY]) ? "" : v[DIRECTORY]->text;
    p->mode = mode_of[mode];
    return generator_share(g, v[SUBSET], &p->l.from, &p->l.to);
}

// The rows of a subset: the first ones validate.
static bool take_share(Eval *e, Pictures *p) {
    int64_t from = (int64_t)(p->l.from * (double)p->n), to = (int64_t)(p->l.to * (double)p->n);
    p->row += from;
    p->n = to - from;
    if (p->n > 0) return true;
    diag_error(e->d, p->loc, 420, "no images are left of '%s'", p->file.name);
    return false;
}

// False: *out says what it is.
static bool read_table(Eval *e, const Value **v, Pictures *p, Value *out) {
    const char *x = is_none(v[X_COL]) ? "filename" : v[X_COL]->text, *folder = NULL;
    const Value standard = {.kind = VALUE_STRING, .text = "class"},
                *y = is_none(v[Y_COL]) ? &standard : v[Y_COL];
    bool classes = p->mode == LABEL_INT || p->mode == LABEL_BINARY || p->mode == LABEL_CATEGORICAL;
    int errors = diag_errors(e->d);
    p->rows = p->n = frame_named(e, v[DATAFRAME], x, &p->file, p->loc);
    if (p->rows < 0 && diag_errors(e->d) == errors) return false;
    *out = eval_error();
    if (p->rows < 0) return false;
    if (!p->file.cell || !p->file.texts)
        return bad_column(e, p, &p->file, "which are the names of the files");
    if (*p->l.name && !(folder = data_find(e, p->l.name, what, p->loc, out))) return false;
    p->row = ARENA_ARRAY(e->a, int64_t, p->rows);
    if (!find_files(e, p, folder, flag_of(v[VALIDATE], true))) return false;
    if (classes && (y->kind != VALUE_STRING ||
                    frame_named(e, v[DATAFRAME], y->text, &p->class, p->loc) != p->rows))
        return *out = diag_errors(e->d) > errors ? eval_error()
                                                 : flow_unknown(e, what, v[BATCH_SIZE], p->loc),
               false;
    return (!classes || read_classes(e, p)) && take_share(e, p);
}

Value pictures_flow(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {
        "dataframe",      "directory",          "x_col",       "y_col",
        "weight_col",     "target_size",        "color_mode",  "classes",
        "class_mode",     "batch_size",         "shuffle",     "seed",
        "save_to_dir",    "save_prefix",        "save_format", "subset",
        "interpolation",  "validate_filenames", "has_ext",     "sort",
        "drop_duplicates"}; // the last ones mean nothing any more
    const Value *v[ASKED + 3];
    const Generator *g = self->array->generator;
    Pictures p = {.l = {.method = FOLDER_PIL_NEAREST}, .loc = call->loc};
    Batches flow = {.batch = 32};
    if (!take(e, call, names, 1, ASKED + 3, v)) return eval_error();
    Value out = flow_unknown(e, what, v[BATCH_SIZE], call->loc), y = {.kind = VALUE_NONE};
    if (v[DATAFRAME]->kind == VALUE_FOREIGN && v[DATAFRAME]->foreign->file)
        ((Foreign *)(uintptr_t)out.foreign)->file = v[DATAFRAME]->foreign->file;
    if (!read_asked(e, g, v, &p) || !flow_batch_read(v[BATCH_SIZE], &flow.batch)) return out;
    if (!read_table(e, v, &p, &out)) return out;
    const Value x = images_of(e, &p);
    if (p.mode == RAW)
        y = is_none(v[Y_COL]) ? y : targets(e, &p, v[DATAFRAME], v[Y_COL]);
    else if (p.label)
        y = classes_of(e, &p);
    if (p.mode == RAW && y.kind == VALUE_NONE) return flow_unknown(e, what, v[BATCH_SIZE], p.loc);
    if (p.mode == LABEL_INPUT || p.label) y = labels_as(e, p.mode, &x, &y, p.l.nclass, p.loc);
    if (x.kind != VALUE_ARRAY || y.kind == VALUE_ERROR) return eval_error();
    flow.shuffles = flag_of(v[SHUFFLE], true);
    flow.nclass = p.l.nclass;
    flow.class_name = p.l.class_name;
    return generator_flow(e, g, &x, &y, flow, call->loc);
}
