// SPDX-License-Identifier: MIT
// What fit and evaluate are given: data that the script describes, held to the model's input and loss;
// data by the names x_train, y_train, x_test and y_test, which the program is given; or what is foreign,
// with which a model can be looked at but no program built.
#include "keras/image_change.h"
#include "keras/losses/loss.h"
#include "data/data.h"
#include "support/text.h"
#include <string.h>

// What the program predicts is no data of it.
static bool is_predicted(const Value *v) {
    return v && v->kind == VALUE_ARRAY && v->array->predicted;
}

static bool complain(Eval *e, const Value *v, const char *what) {
    if (v->kind != VALUE_ERROR)
        diag_error(e->d, v->loc, 411, "%s, not %s", what, value_describe(e->a, v));
    if (v->kind == VALUE_ARRAY && v->array->dense)
        diag_help(e->d, v->loc, "write .toarray() behind what makes it");
    return false;
}

static bool lack(Eval *e, const Value *v, const char *text) {
    model_lacks(e, v->loc, "data", text);
    return true;
}

static const char predictions_are_no_data[] =
    "this is made of predictions, which are no data of a training yet";

static bool given_by_name(Eval *e, const Value *x, const Value *y, const char *what,
                          DataRows *rows) {
    static const char *const names[2][2] = {{"x_train", "y_train"}, {"x_test", "y_test"}};
    int half = strcmp(what, "fit") != 0;
    const char *wanted = what[0] == 'v' ? "'validation_data'" : what;
    for (int i = 0; i < 2; i++)
        if (strcmp(x->text, names[i][0]) == 0) half = i;
    if (strcmp(x->text, names[half][0]) != 0)
        return complain(e, x, arena_printf(e->a, "%s takes '%s' here", wanted, names[half][0]));
    if (y->kind != VALUE_DATA || strcmp(y->text, names[half][1]) != 0)
        return complain(e, y, arena_printf(e->a, "%s takes '%s' here", wanted, names[half][1]));
    *rows = (DataRows){.half = half};
    return true;
}

// ---------------------------------------------------------------------------------- described

static int trailing_ones(const int64_t *dim, int rank) {
    int n = 0;
    while (n < rank && dim[rank - 1 - n] == 1) n++;
    return n;
}

// Keras puts in a last dimension of 1, or takes it away.
static bool fits_input(const Array *x, const Shape *in) {
    int rank = x->rank - 1 - trailing_ones(x->dim + 1, x->rank - 1);
    int wanted = in->rank - trailing_ones(in->dim, in->rank);
    int more = x->rank - 1 - in->rank;
    return rank == wanted && more >= -1 && more <= 1 &&
           memcmp(x->dim + 1, in->dim, sizeof *in->dim * (size_t)rank) == 0;
}

static bool check_images(Eval *e, const Value *v) {
    const Array *x = v->array;
    if (x->one || x->order || x->members || x->generator || (x->plain.holds && x->plain.labels))
        return complain(e, v, "expected samples");
    if (e->at->broken || fits_input(x, &e->model->input)) return true;
    diag_error(e->d, v->loc, 307, "data of shape %s does not fit the model's input %s",
               array_shape(e->a, x), shape_text(e->a, &e->model->input));
    return false;
}

// Both are plain rows of data sets: of the same ones, or the script has mixed them up.
static bool check_same(Eval *e, const Value *x, const Value *y) {
    const Array *images = x->array, *labels = y->array;
    if (!images->plain.holds || !labels->plain.holds || !labels->plain.labels) return true;
    if (labels->set == images->set && labels->plain.half == images->plain.half &&
        labels->plain.first == images->plain.first && labels->dim[0] == images->dim[0])
        return true;
    diag_error(e->d, y->loc, 307, "the labels are not those of the images: %s",
               array_describe(e->a, labels));
    diag_note(e->d, x->loc, "%s", array_describe(e->a, images));
    return false;
}

static bool check_one_hot(Eval *e, const Value *y, int64_t outputs) {
    const Model *m = e->model;
    const Array *labels = y->array;
    if (!labels->plain.classes ||
        (!loss_class_numbers(&m->loss) && labels->plain.classes == outputs))
        return true;
    diag_error(e->d, y->loc, 307, "one-hot labels of %d classes do not go with %s and %s outputs",
               labels->plain.classes, m->loss.cls->object.function, text_thousands(e->a, outputs));
    return false;
}

// Values of a label: one for each of the outputs, or for each row of them the number of a class.
static int64_t label_values(const Model *m) {
    int64_t all = shape_count(&m->output);
    return loss_class_numbers(&m->loss) ? all / m->output.dim[m->output.rank - 1] : all;
}

static bool check_labels(Eval *e, const Value *x, const Value *y) {
    const Array *labels = y->array;
    const Model *m = e->model;
    if (labels->one || labels->order || labels->members || labels->flow)
        return complain(e, y, "expected labels");
    if (!check_same(e, x, y)) return false;
    if (labels->dim[0] != x->array->dim[0]) {
        diag_error(e->d, y->loc, 307, "%lld labels do not go with %lld samples",
                   (long long)labels->dim[0], (long long)x->array->dim[0]);
        return false;
    }
    if (e->at->broken || !m->has_compile || !m->loss.cls) return true;
    int64_t outputs = m->output.dim[m->output.rank - 1];
    int64_t values = array_count(labels) / labels->dim[0], wanted = label_values(m);
    if (!check_one_hot(e, y, outputs)) return false;
    if (values == wanted) return true;
    if (values == 1 && !loss_class_numbers(&m->loss)) {
        diag_error(e->d, y->loc, 307, "labels that are class numbers do not go with %s",
                   m->loss.cls->object.function);
        diag_help(e->d, y->loc,
                  "use \"sparse_categorical_crossentropy\", or "
                  "keras.utils.to_categorical(y, %s)",
                  text_thousands(e->a, outputs));
        return false;
    }
    diag_error(e->d, y->loc, 307, "labels of shape %s do not go with %s and outputs of %s",
               array_shape(e->a, labels), m->loss.cls->object.function,
               shape_text(e->a, &m->output));
    return false;
}

static bool is_255th(const Array *x) {
    for (int i = 0; i < 256; i++)
        if ((float)x->plain.value[i] != (float)i / 255.0f) return false;
    return true;
}

// What each byte stands for.
static const float *table_of(Eval *e, const Array *x) {
    float *table = ARENA_ARRAY(e->a, float, 256);
    for (int i = 0; i < 256; i++) table[i] = (float)x->plain.value[i];
    return table;
}

// Bytes of a data set with their labels, which the program reads without steps.
static void plain_rows(Eval *e, const Array *x, DataRows *rows) {
    const Array *all = x;
    while (all->ninput) all = all->input[0];
    rows->source = x->set;
    rows->half = x->plain.half;
    if (x->plain.first > 0 || x->dim[0] != all->dim[0])
        rows->first = x->plain.first, rows->count = x->dim[0];
    if (!is_255th(x)) rows->table = table_of(e, x);
}

static bool lack_file(Eval *e, const Value *x) {
    return lack(e, x,
                arena_printf(e->a, "the file of %s is not here; " DATA_ADVICE, x->array->source));
}

bool rows_are_read(Eval *e, const Array *x) {
    Sources s = array_sources(e, x);
    for (int i = 0; i < s.n; i++)
        if (s.source[i]->of->runtime == &array_dataset && !s.source[i]->set->symbol) return false;
    return true;
}

static bool described(Eval *e, const Value *x, const Value *y, DataRows *rows) {
    const Array *a = x->array, *b = y->array;
    if (!check_images(e, x) || !check_labels(e, x, y)) return false;
    if (!table_check(e, a, x->loc) || !table_check(e, b, y->loc)) return false;
    if (!rows_are_read(e, a) || !rows_are_read(e, b)) return lack_file(e, x);
    rows->described = array_describe(e->a, a);
    if (a->plain.holds && b->plain.holds && b->plain.labels) {
        plain_rows(e, a, rows);
        return true;
    }
    rows->described =
        arena_printf(e->a, "x is %s; y is %s", rows->described, array_describe(e->a, b));
    if (a->plain.bytes) rows->table = table_of(e, a); // for whoever has such bytes to predict
    rows->x = a;
    rows->y = b;
    return true;
}

// Batches that come with their labels.
static bool flowing(Eval *e, const Value *x, const Value *y, const char *what, DataRows *rows) {
    const Batches *flow = x->array->flow;
    Value labels = flow_labels(x->array, x->loc);
    if (flow->lacks) return lack(e, x, flow->lacks);
    if (flow->change && !e->at->broken && !image_change_fits(&e->model->input))
        return lack(e, x, "the images are too large to be changed at random");
    if (flow->change && strcmp(what, "fit") != 0)
        return lack(e, x,
                    "this generator changes images at random, here, too: what is evaluated comes "
                    "from one with rescale and the like alone");
    if (y && y->kind != VALUE_NONE) return complain(e, y, "the labels come with the samples");
    if (labels.kind != VALUE_ARRAY) return complain(e, x, "expected samples with labels");
    if (!described(e, x, &labels, rows)) return false;
    rows->change = flow->change;
    return true;
}

static bool is_foreign(Eval *e, const Value *v) {
    const Foreign *f = v->foreign;
    if (f->empty) {
        diag_error(e->d, v->loc, 307, "no rows are left: %s", f->what);
        return false;
    }
    return lack(e, v,
                f->file ? foreign_missing(e, f)
                        : arena_printf(e->a, "this comes from %s, which is not compiled", f->what));
}

bool rows_measured(Eval *e, const Value *x, DataRows *rows) {
    static const char *const halves[] = {"x_train", "x_test"};
    *rows = (DataRows){0};
    if (x->kind == VALUE_FOREIGN) return is_foreign(e, x);
    if (is_predicted(x)) return lack(e, x, predictions_are_no_data);
    for (int i = 0; x->kind == VALUE_DATA && i < 2; i++) {
        rows->half = i;
        if (strcmp(x->text, halves[i]) == 0) return true;
    }
    const Array *a = x->kind == VALUE_ARRAY ? x->array : NULL;
    if (!a || a->one || a->order || a->members || (a->plain.holds && a->plain.labels))
        return complain(e, x, "expected samples");
    if (a->flow && (a->flow->y || a->flow->change || a->flow->lacks))
        return lack(e, x,
                    "a layer measures samples as they are, without labels; "
                    "train.map(lambda x, y: x) leaves these out");
    if (!table_check(e, a, x->loc)) return false;
    if (!rows_are_read(e, a)) return lack_file(e, x);
    rows->described = array_describe(e->a, a);
    if (a->plain.holds)
        plain_rows(e, a, rows);
    else
        rows->x = a;
    return true;
}

// One sample without the dimension of samples before it is none; with one that steps have made it is.
static Array as_batch(Eval *e, const Array *x) {
    Array batch = array_step(e, x, &array_same, "as a batch");
    batch.plain.holds = false;
    batch.one = false;
    return batch;
}

// Rows of what stands in the script, or in a table that it makes.
static Value as_rows(Eval *e, const Value *v) {
    const Value rows = v->kind == VALUE_ARRAY ? frame_rows(e, v, v->loc) : *v;
    return array_as_rows(e, &rows);
}

Predictable rows_predicted(Eval *e, const Value *x, DataRows *rows, int64_t *n) {
    *rows = (DataRows){0};
    Value v = as_rows(e, x);
    if (v.kind == VALUE_ERROR) return PREDICTABLE_WRONG;
    if (v.kind != VALUE_ARRAY) return PREDICTABLE_NOT; // how many rows there are is not known
    const Array *a = v.array;
    const Batches *flow = a->flow;
    if (flow && (flow->shuffles || flow->change || flow->lacks)) return PREDICTABLE_NOT;
    if (a->predicted || a->generator) return PREDICTABLE_NOT;
    if (a->one && a->rank > 0 && a->dim[0] == 1) v = array_value(e, x->loc, as_batch(e, a));
    if (v.kind != VALUE_ARRAY || !check_images(e, &v) || !table_check(e, v.array, x->loc))
        return PREDICTABLE_WRONG;
    a = v.array;
    if (!rows_are_read(e, a)) return PREDICTABLE_NOT;
    rows->described = array_describe(e->a, a);
    if (a->plain.holds)
        plain_rows(e, a, rows);
    else
        rows->x = a;
    *n = a->dim[0];
    return PREDICTABLE;
}

bool rows_read(Eval *e, const Value *samples, const Value *given, const char *what,
               DataRows *rows) {
    const Value inputs = as_rows(e, samples);
    const Value labels = given ? as_rows(e, given) : (Value){.kind = VALUE_NONE};
    const Value *x = &inputs, *y = given ? &labels : NULL;
    const Value *foreign = x->kind == VALUE_FOREIGN ? x : y && y->kind == VALUE_FOREIGN ? y : NULL;
    if (foreign) return is_foreign(e, foreign);
    if (is_predicted(x) || is_predicted(y))
        return lack(e, is_predicted(x) ? x : y, predictions_are_no_data);
    if (x->kind == VALUE_ARRAY && x->array->flow) return flowing(e, x, y, what, rows);
    if (!y || y->kind == VALUE_NONE) {
        diag_error(e->d, x->loc, 205, "%s needs the argument 'y'", what);
        return false;
    }
    if (x->kind == VALUE_ARRAY && y->kind == VALUE_ARRAY) return described(e, x, y, rows);
    if (x->kind == VALUE_DATA) return given_by_name(e, x, y, what, rows);
    if (x->kind == VALUE_ARRAY) return complain(e, y, "expected the labels of the samples");
    const char *wanted = what[0] == 'v' ? "'validation_data'" : what;
    bool train = strcmp(what, "fit") == 0;
    complain(e, x, arena_printf(e->a, "%s takes '%s' here", wanted, train ? "x_train" : "x_test"));
    if (value_is_sequence(x))
        diag_help(e->d, x->loc, "Keras takes arrays, no lists of numbers: np.array(...)");
    if (y->kind != VALUE_DATA && y->kind != VALUE_ARRAY)
        complain(e, y,
                 arena_printf(e->a, "%s takes '%s' here", wanted, train ? "y_train" : "y_test"));
    return false;
}
