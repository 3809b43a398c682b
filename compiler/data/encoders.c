// SPDX-License-Identifier: MIT
// scikit-learn's encoders, and pandas's get_dummies: categories as numbers, or as rows of 0 and 1.
#include "data/estimator.h"
#include "data/frame.h"
#include "../runtime/data/types.h"
#include <string.h>

static bool wrong_shape(Eval *e, const Estimator *m, const Value *v, const char *wanted,
                        const char *help, Loc loc) {
    diag_error(e->d, loc, 307, "%s takes %s, not %s", m->of->name, wanted,
               frame_of(v) ? "a column alone" : array_shape(e->a, v->array));
    diag_help(e->d, loc, "%s", help);
    return false;
}

static bool is_text(const Value *v, const char *text) {
    return v->kind == VALUE_STRING && strcmp(v->text, text) == 0;
}

static bool is_none(const Value *v) {
    return !v || v->kind == VALUE_NONE;
}

// Whether every part that was made is there; then the parts side by side.
static Value beside(Eval *e, const Value *part, int n, Loc loc) {
    Value all = part[0];
    for (int i = 0; i < n; i++)
        if (part[i].kind != VALUE_ARRAY) return part[i];
    for (int i = 1; i < n && all.kind == VALUE_ARRAY; i++)
        all = array_beside_two(e, &all, &part[i], loc);
    return all;
}

// -------------------------------------------------------------------------------- OneHotEncoder

enum { CATEGORIES, DROP, SPARSE, DTYPE, UNKNOWN, FREQUENCY, MOST_CATEGORIES, NAMES, OLD_SPARSE };

static bool one_hot_read(const Value *const *v, Estimator *m) {
    const Value *sparse = v[SPARSE] ? v[SPARSE] : v[OLD_SPARSE];
    if ((v[CATEGORIES] && !is_text(v[CATEGORIES], "auto")) || !is_none(v[DROP]) ||
        !is_none(v[FREQUENCY]) || !is_none(v[MOST_CATEGORIES]))
        return false;
    if (sparse && sparse->kind != VALUE_BOOL) return false;
    m->dense = sparse && !sparse->integer;
    m->ignores = v[UNKNOWN] && is_text(v[UNKNOWN], "ignore");
    if (v[UNKNOWN] && !m->ignores && !is_text(v[UNKNOWN], "error")) return false;
    return !v[DTYPE] || array_parse_type(v[DTYPE], &m->type);
}

static bool of_columns(Eval *e, const Estimator *m, const Value *x, Loc loc) {
    const Frame *f = frame_of(x);
    return (f ? !f->series : x->array->rank == 2) ||
           wrong_shape(e, m, x, "rows of columns", "write y.reshape(-1, 1), or df[[\"a\"]]", loc);
}

static bool one_hot_fit(Eval *e, Estimator *m, const Value *x, Loc loc) {
    Value *column;
    if (!of_columns(e, m, x, loc)) return false;
    m->ncolumn = categories_columns(e, x, &column, loc);
    Categories *c = ARENA_ARRAY(e->a, Categories, m->ncolumn + 1);
    m->column = c;
    for (int i = 0; i < m->ncolumn; i++)
        if (!categories_find(e, &column[i], &c[i], loc)) return false;
    return m->ncolumn > 0;
}

// As scipy has it: .toarray() is what is in it.
static Value sparse(Eval *e, const Value *dense, Loc loc) {
    if (dense->kind != VALUE_ARRAY) return *dense;
    Array x = *dense->array;
    x.dense = dense->array;
    x.members = dict_new(e->a); // it is no array itself
    return array_value(e, loc, x);
}

static Value one_hot_transform(Eval *e, const Estimator *m, const Value *x, Loc loc) {
    Value *column;
    if (!of_columns(e, m, x, loc)) return eval_error();
    int n = categories_columns(e, x, &column, loc);
    if (n < 0) return array_foreign(e, x, "columns", loc);
    if (n != m->ncolumn) {
        diag_error(e->d, loc, 307, "%s was fitted to %d columns, and this has %d", m->of->name,
                   m->ncolumn, n);
        return eval_error();
    }
    for (int i = 0; i < n; i++)
        column[i] = categories_encode(e, &m->column[i], &column[i],
                                      m->ignores ? ENCODE_IF_KNOWN : ENCODE_ROW, m->type, loc);
    const Value all = beside(e, column, n, loc);
    return m->dense ? all : sparse(e, &all, loc);
}

static bool one_hot_get(Eval *e, const Estimator *m, const char *name, Value *out) {
    if (strcmp(name, "categories_") != 0) return false;
    *out = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < m->ncolumn; i++)
        value_append(e->a, out, categories_list(e, &m->column[i], (Loc){0}));
    return true;
}

// --------------------------------------------------------------------------------------- labels

static bool of_labels(Eval *e, const Estimator *m, const Value *x, Loc loc) {
    const Frame *f = frame_of(x);
    return (f ? f->n == 1 : array_count(x->array) == x->array->dim[0]) ||
           wrong_shape(e, m, x, "a label for each row", "give it one column", loc);
}

static bool labels_fit(Eval *e, Estimator *m, const Value *x, Loc loc) {
    Categories *c = ARENA_NEW(e->a, Categories);
    m->ncolumn = 1;
    m->column = c;
    return of_labels(e, m, x, loc) && categories_find(e, x, c, loc);
}

static Value number_transform(Eval *e, const Estimator *m, const Value *x, Loc loc) {
    if (!of_labels(e, m, x, loc)) return eval_error();
    return categories_encode(e, m->column, x, ENCODE_NUMBER, CNN_I8, loc);
}

static bool labels_get(Eval *e, const Estimator *m, const char *name, Value *out) {
    if (strcmp(name, "classes_") != 0) return false;
    return *out = categories_list(e, m->column, (Loc){0}), true;
}

static bool binary_read(const Value *const *v, Estimator *m) {
    (void)m;
    return !v[0] && !v[1] && (!v[2] || (v[2]->kind == VALUE_BOOL && !v[2]->integer));
}

static Value columns_from(Eval *e, const Value *v, int64_t first, Loc loc) {
    Value index = value_sequence(e->a, VALUE_TUPLE, 0), some = value_sequence(e->a, VALUE_SLICE, 3);
    if (v->kind != VALUE_ARRAY || !first) return *v;
    some.list->item[0] = (Value){.kind = VALUE_INT, .integer = first};
    value_append(e->a, &index, value_sequence(e->a, VALUE_SLICE, 3));
    value_append(e->a, &index, some);
    return array_subscript(e, v, &index, loc);
}

// Of two classes the second alone.
static Value binary_transform(Eval *e, const Estimator *m, const Value *x, Loc loc) {
    if (!of_labels(e, m, x, loc)) return eval_error();
    if (m->column->n < 2) return array_foreign(e, x, "one class", loc);
    const Value all = categories_encode(e, m->column, x, ENCODE_IF_KNOWN, CNN_I8, loc);
    return columns_from(e, &all, m->column->n == 2, loc);
}

const EstimatorClass encoder_classes[] = {
    {.name = "OneHotEncoder",
     .argument = {"categories", "drop", "sparse_output", "dtype", "handle_unknown", "min_frequency",
                  "max_categories", "feature_name_combiner", "sparse"},
     .read = one_hot_read,
     .fit = one_hot_fit,
     .transform = one_hot_transform,
     .get = one_hot_get},
    {.name = "LabelEncoder",
     .fit = labels_fit,
     .transform = number_transform,
     .get = labels_get,
     .labels = true},
    {.name = "LabelBinarizer",
     .argument = {"neg_label", "pos_label", "sparse_output"},
     .read = binary_read,
     .fit = labels_fit,
     .transform = binary_transform,
     .get = labels_get,
     .labels = true},
    {0},
};

// ---------------------------------------------------------------------------------- get_dummies

typedef struct Dummies { // how they are asked for
    const Value *prefix, *between; // strings; NULL: the column's name, and "_"
    int type;
    bool drops;
    Value labels; // what the columns are called
    bool named; // which is known
} Dummies;

// pandas calls a column of a Series by its category, one of a table by the column and that. Which numbers a column
// holds the program finds.
static void name_columns(Eval *e, Dummies *d, const Categories *c, const char *of) {
    const char *between = d->between ? d->between->text : "_";
    if (!c->text) d->named = false;
    for (int64_t i = d->drops; d->named && i < c->n; i++) {
        const char *one = of ? arena_printf(e->a, "%s%s%s", of, between, c->text[i]) : c->text[i];
        value_append(e->a, &d->labels, (Value){.kind = VALUE_STRING, .text = one});
    }
}

static Value dummies(Eval *e, Dummies *d, const Value *column, const char *of, Loc loc) {
    Categories c = {0};
    if (!categories_find(e, column, &c, loc)) return array_foreign(e, column, "categories", loc);
    name_columns(e, d, &c, d->prefix ? d->prefix->text : of);
    const Value all = categories_encode(e, &c, column, ENCODE_ROW, d->type, loc);
    return columns_from(e, &all, d->drops, loc);
}

static Value as_frame(Eval *e, const Dummies *d, const Value *v, Loc loc) {
    if (v->kind != VALUE_ARRAY) return *v;
    Array x = *v->array;
    x.is_frame = true;
    if (d->named && x.rank == 2 && d->labels.list->n == x.dim[1]) x.labels = d->labels.list;
    return array_value(e, loc, x);
}

// Columns that are not encoded come first.
static Value table_dummies(Eval *e, Dummies *d, const Value *table, const Value *names, Loc loc) {
    Value *column;
    int n = categories_columns(e, table, &column, loc), made = 0;
    const Frame *f = frame_of(table);
    if (n < 1) return array_foreign(e, table, "columns", loc);
    const Value all = f ? (Value){.kind = VALUE_NONE} : table_names(e, table->array);
    Value *part = ARENA_ARRAY(e->a, Value, n);
    for (int i = 0; i < 2 * n; i++) {
        const char *name = f ? f->column[i % n].name : value_at(&all, i % n)->text;
        bool encodes = !names && categories_texts(&column[i % n]);
        for (int k = 0; names && k < value_count(names); k++)
            encodes |= is_text(value_at(names, k), name);
        if (encodes != (i >= n)) continue;
        if (!encodes) value_append(e->a, &d->labels, (Value){.kind = VALUE_STRING, .text = name});
        part[made++] = encodes ? dummies(e, d, &column[i % n], name, loc)
                               : array_expand(e, &column[i % n], 1, loc);
    }
    return beside(e, part, n, loc);
}

static bool is_string(const Value *v) {
    return v && v->kind == VALUE_STRING;
}

static Value run_dummies(Eval *e, const Call *call) {
    static const char *const names[] = {"data",    "prefix", "prefix_sep", "dummy_na",
                                        "columns", "sparse", "drop_first", "dtype"};
    const Value *v[8];
    if (!take(e, call, names, 1, 8, v)) return eval_error();
    const Value x = array_as_rows(e, v[0]);
    const Array *a = x.kind == VALUE_ARRAY ? x.array : NULL;
    Dummies d = {.type = CNN_B1, .labels = value_sequence(e->a, VALUE_LIST, 0)};
    d.drops = v[6] && v[6]->kind == VALUE_BOOL && v[6]->integer;
    d.named = (is_none(v[1]) || is_string(v[1])) && (!v[2] || is_string(v[2]));
    if (is_string(v[1])) d.prefix = v[1];
    if (is_string(v[2])) d.between = v[2];
    bool known = a && !a->one && (!a->members || a->frame) && !a->order && !a->flow &&
                 !a->generator && !a->predicted && !v[3] && !v[5] &&
                 (is_none(v[7]) || array_parse_type(v[7], &d.type)) &&
                 (is_none(v[4]) || value_is_sequence(v[4]));
    if (!known) return foreign_made(e, "pandas.get_dummies", call->loc);
    bool table = a->frame ? !a->frame->series : a->is_frame && a->rank == 2;
    if (table && !a->frame && !table_base(a)) // what its columns are called is not known
        return foreign_made(e, "pandas.get_dummies", call->loc);
    if (!table && !a->frame && a->rank != 1) {
        diag_error(e->d, call->loc, 307,
                   "get_dummies takes a table or a column, not an array of %s",
                   array_shape(e->a, a));
        diag_help(e->d, call->loc, "write y.reshape(-1)");
        return eval_error();
    }
    const Value all = table ? table_dummies(e, &d, &x, is_none(v[4]) ? NULL : v[4], call->loc)
                            : dummies(e, &d, &x, NULL, call->loc);
    return as_frame(e, &d, &all, call->loc);
}

const Function dummies_functions[] = {
    {"get_dummies", "pandas", run_dummies, true},
    {0},
};
