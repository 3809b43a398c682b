// SPDX-License-Identifier: MIT
// The data sets that scikit-learn has in its package: load_iris() and others read its own files. Where Python finds that
// package is not looked up: the folder is named as that of any data, and what is said of a missing file has the command
// that prints it.
#include "data/estimator.h"
#include "data/frame.h"
#include <math.h>
#include <string.h>

#define PACKAGE "\"$(python3 -c 'import sklearn.datasets as d; print(d.__path__[0])')/data\""

typedef struct Bundled {
    const char *name, *file, *targets; // targets: a file of its own, or NULL: the last column
    CsvFormat format;
    int64_t rows, features;
} Bundled;

static const Bundled sets[] = {
    {"load_iris", "iris.csv", NULL, {.separator = ',', .skip = 1}, 150, 4},
    {"load_wine", "wine_data.csv", NULL, {.separator = ',', .skip = 1}, 178, 13},
    {"load_breast_cancer", "breast_cancer.csv", NULL, {.separator = ',', .skip = 1}, 569, 30},
    {"load_digits", "digits.csv.gz", NULL, {.separator = ','}, 1797, 64},
    {"load_diabetes",
     "diabetes_data_raw.csv.gz",
     "diabetes_target.csv.gz",
     {.separator = 0},
     442,
     10},
};

static Value missing(Eval *e, const Value *v) {
    Foreign *f = arena_copy(e->a, v->foreign, sizeof *f);
    f->folder = PACKAGE;
    Value out = *v;
    out.foreign = f;
    return out;
}

// A file of numbers, of that shape.
static Value file_of(Eval *e, const char *file, const Bundled *b, int64_t columns, Loc loc) {
    const char *what = arena_printf(e->a, "sklearn.datasets.%s", b->name);
    const Value t = table_read(e, file, &b->format, what, loc);
    if (t.kind == VALUE_FOREIGN && t.foreign->file) return missing(e, &t);
    if (t.kind != VALUE_ARRAY) return t;
    if (t.array->dim[0] == b->rows && t.array->ncolumn == columns && table_of_numbers(e, t.array))
        return t;
    diag_error(e->d, loc, 420,
               "'%s' is not scikit-learn's, which has %lld rows of %lld numbers; name its folder "
               "with --data " PACKAGE,
               file, (long long)b->rows, (long long)columns);
    return eval_error();
}

// The columns of a table from `first` on, in a type.
static Value columns_of(Eval *e, const Value *table, int first, int n, const char *type, Loc loc) {
    const Value to = {.kind = VALUE_STRING, .text = type};
    const Value some = table_columns(e, table->array, table->array->column + first, n, n == 1, loc);
    return some.kind == VALUE_ARRAY ? array_astype(e, &some, &to, loc) : some;
}

// As scikit-learn scales them: each column has mean 0 and squares that add up to 1.
static Value standardized(Eval *e, const Value *raw, Loc loc) {
    const Value scaled = scaler_standard(e, raw, loc);
    const Value root = {.kind = VALUE_FLOAT, .real = sqrt((double)raw->array->dim[0])};
    return scaled.kind == VALUE_ARRAY ? array_arith(e, loc, OP_DIV, &scaled, &root) : scaled;
}

static bool read_parts(Eval *e, const Bundled *b, bool scaled, Value part[2], Loc loc) {
    int n = (int)b->features;
    const Value all = file_of(e, b->file, b, n + !b->targets, loc);
    const Value own =
        b->targets && all.kind == VALUE_ARRAY ? file_of(e, b->targets, b, 1, loc) : all;
    part[0] = all, part[1] = own;
    if (all.kind != VALUE_ARRAY || own.kind != VALUE_ARRAY) return false;
    part[0] = columns_of(e, &all, 0, n, "float64", loc);
    part[1] = columns_of(e, &own, b->targets ? 0 : n, 1, b->targets ? "float64" : "int64", loc);
    if (b->targets && scaled && part[0].kind == VALUE_ARRAY)
        part[0] = standardized(e, &part[0], loc);
    return part[0].kind == VALUE_ARRAY && part[1].kind == VALUE_ARRAY;
}

static void put(Dict *d, const char *name, Value v) {
    dict_put(d, (Value){.kind = VALUE_STRING, .text = name}, v);
}

// A Bunch: its arrays by name.
static Value bunch(Eval *e, const Bundled *b, const Value part[2], Loc loc) {
    Array x = {.of = array_class(&array_csv), .source = b->name, .steps = ""};
    x.members = dict_new(e->a);
    put(x.members, "data", part[0]);
    put(x.members, "target", part[1]);
    if (strcmp(b->name, "load_digits") == 0) {
        List shape = {0};
        const int64_t dim[] = {b->rows, 8, 8};
        for (int i = 0; i < 3; i++) {
            const Value n = {.kind = VALUE_INT, .integer = dim[i]};
            ARENA_PUSH(e->a, shape.item, shape.n, n);
        }
        put(x.members, "images", array_reshape(e, &part[0], &shape, loc));
    }
    return array_value(e, loc, x);
}

static bool is_flag(const Value *v, bool standard, bool *to) {
    *to = v ? v->kind == VALUE_BOOL && v->integer : standard;
    return !v || v->kind == VALUE_BOOL;
}

static Value run_load(Eval *e, const Call *call) {
    static const char *const names[] = {"n_class", "return_X_y", "as_frame", "scaled"};
    const Bundled *b = sets;
    const Value *v[4];
    Value part[2];
    bool pair, frame, scaled;
    while (strcmp(b->name, call->what) != 0) b++;
    if (!take(e, call, names, 0, 4, v)) return eval_error();
    bool known = is_flag(v[1], false, &pair) && is_flag(v[2], false, &frame) &&
                 is_flag(v[3], true, &scaled) && !v[0] && !frame;
    if (!known)
        return foreign_made(e, arena_printf(e->a, "sklearn.datasets.%s", b->name), call->loc);
    if (!read_parts(e, b, scaled, part, call->loc))
        return part[0].kind != VALUE_ARRAY ? part[0] : part[1];
    if (!pair) return bunch(e, b, part, call->loc);
    Value both = value_sequence(e->a, VALUE_TUPLE, 0);
    for (int i = 0; i < 2; i++) value_append(e->a, &both, part[i]);
    return both;
}

const Function bundled_functions[] = {
    {"load_iris", "sklearn.datasets", run_load},
    {"load_wine", "sklearn.datasets", run_load},
    {"load_digits", "sklearn.datasets", run_load},
    {"load_breast_cancer", "sklearn.datasets", run_load},
    {"load_diabetes", "sklearn.datasets", run_load},
    {0},
};
