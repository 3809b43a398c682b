// SPDX-License-Identifier: MIT
// Names of Keras 1 and 2 that Keras 3 refuses: what they are called now, and the edit that writes it.
#include "script/eval.h"
#include <string.h>

// ---------------------------------------------------------------------------------- arguments

typedef enum {
    RENAMED, // the value stays
    ORDERING, // "tf" is "channels_last"
    WITH_BATCH, // a shape with the batch in front
    IN_STEPS, // samples were counted, now batches are
    GONE, // it changes nothing
    HINT, // another argument does it in another way
} Change;

static const struct {
    const char *old, *new;
    Change change;
} arguments[] = {
    {"lr", "learning_rate", RENAMED},
    {"nb_epoch", "epochs", RENAMED},
    {"border_mode", "padding", RENAMED},
    {"output_dim", "units", RENAMED},
    {"nb_filter", "filters", RENAMED},
    {"subsample", "strides", RENAMED},
    {"init", "kernel_initializer", RENAMED},
    {"p", "rate", RENAMED},
    {"W_regularizer", "kernel_regularizer", RENAMED},
    {"b_regularizer", "bias_regularizer", RENAMED},
    {"W_constraint", "kernel_constraint", RENAMED},
    {"b_constraint", "bias_constraint", RENAMED},
    {"bias", "use_bias", RENAMED},
    {"epsilon", "min_delta", RENAMED},
    {"dim_ordering", "data_format", ORDERING},
    {"batch_input_shape", "input_shape", WITH_BATCH},
    {"batch_shape", "input_shape", WITH_BATCH},
    {"samples_per_epoch", "steps_per_epoch", IN_STEPS},
    {"nb_val_samples", "validation_steps", IN_STEPS},
    {"val_samples", "steps", IN_STEPS},
    {"max_q_size", "x", GONE},
    {"max_queue_size", "x", GONE},
    {"nb_worker", "x", GONE},
    {"workers", "x", GONE},
    {"pickle_safe", "x", GONE},
    {"use_multiprocessing", "x", GONE},
    {"dtype", "num_classes", GONE}, // of to_categorical
    {"nb_classes", "num_classes", RENAMED},
    {"m", "max_value", RENAMED},
    {"show_accuracy", "metrics", HINT},
    {"period", "save_freq", HINT},
    {"input", "inputs", RENAMED},
    {"output", "outputs", RENAMED},
};

static void mend_ordering(Eval *e, const Argument *given, const char *new) {
    const Value *v = &given->value;
    if (v->kind != VALUE_STRING || strcmp(v->text, "tf") != 0) return;
    edit_replace(e, given->loc, arena_printf(e->a, "%s=\"channels_last\"", new));
}

// (None, 28, 28, 1) without its first item.
static void mend_batch(Eval *e, const Argument *given, const char *new) {
    const Value *v = &given->value;
    if (!value_is_sequence(v) || value_count(v) < 2) return;
    Value rest = value_sequence(e->a, VALUE_TUPLE, 0);
    for (int i = 1; i < value_count(v); i++) value_append(e->a, &rest, *value_at(v, i));
    const char *text = value_repr(e->a, &rest);
    if (text) edit_replace(e, given->loc, arena_printf(e->a, "%s=%s", new, text));
}

static void mend_argument(Eval *e, const Argument *given, Change change, const char *new) {
    const char *old = given->keyword;
    switch (change) {
    case GONE:
        diag_help(e->d, given->loc, "Keras 3 has none: leave it out");
        edit_argument_away(e, given->loc);
        return;
    case IN_STEPS:
        diag_help(e->d, given->loc, "Keras 3 calls it '%s', and counts batches", new);
        return;
    case WITH_BATCH:
        diag_help(e->d, given->loc, "Keras 3 takes '%s', without the batch in front", new);
        mend_batch(e, given, new);
        return;
    default: diag_help(e->d, given->loc, "Keras 3 calls it '%s'", new);
    }
    if (change == RENAMED) edit_keyword(e, given->loc, old, new);
    if (change == ORDERING) mend_ordering(e, given, new);
}

bool spelling_argument(Eval *e, const Argument *given, const char *const *known, int n) {
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        if (strcmp(arguments[i].old, given->keyword) != 0) continue;
        for (int k = 0; k < n; k++) {
            if (strcmp(known[k], arguments[i].new) != 0) continue;
            mend_argument(e, given, arguments[i].change, arguments[i].new);
            return true;
        }
    }
    return false;
}

// ------------------------------------------------------------------------------------ methods

static const struct {
    const char *old, *new;
    bool largest; // of it the place of the largest output
} methods[] = {
    {"fit_generator", "fit", false},         {"evaluate_generator", "evaluate", false},
    {"predict_generator", "predict", false}, {"predict_proba", "predict", false},
    {"predict_classes", "predict", true},
};

// Which class it is: of one output, on which side of a half it is.
static void mend_classes(Eval *e, Loc call_loc) {
    const Value *numpy = scope_get(e, "np");
    bool named = numpy && numpy->kind == VALUE_MODULE && strcmp(numpy->text, "numpy") == 0;
    const Shape *output = &e->model->output;
    bool one = e->at->finished && output->rank == 1 && output->dim[0] == 1;
    const char *front = one     ? "("
                        : named ? "np.argmax("
                                : "",
               *end = one     ? " > 0.5).astype(\"int32\")"
                      : named ? ", axis=1)"
                              : ".argmax(axis=1)";
    diag_help(e->d, call_loc, "Keras 3 has %smodel.predict(x)%s", front, end);
    edit_word(e, call_loc, "predict_classes", "predict");
    if (*front) edit_insert(e, call_loc, false, front);
    edit_insert(e, call_loc, true, end);
}

bool spelling_method(Eval *e, const char *old, Loc name_loc, Loc call_loc) {
    size_t i = 0, n = sizeof methods / sizeof *methods;
    while (i < n && strcmp(methods[i].old, old) != 0) i++;
    if (i == n) return false;
    if (methods[i].largest) return mend_classes(e, call_loc), true;
    diag_help(e->d, name_loc, "Keras 3 calls it '%s'", methods[i].new);
    edit_word(e, name_loc, old, methods[i].new);
    return true;
}

// -------------------------------------------------------------------------- figures of a history

// Keras 2 called them by other names in some of its versions: the edit writes the one that is there.
void spelling_figure(Eval *e, const Dict *figures, const Value *key, Loc loc) {
    static const char *const pairs[][2] = {
        {"acc", "accuracy"}, {"mean_absolute_error", "mae"}, {"mean_squared_error", "mse"}};
    bool validation = key->kind == VALUE_STRING && strncmp(key->text, "val_", 4) == 0;
    const char *name = key->kind == VALUE_STRING ? key->text + (validation ? 4 : 0) : "";
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        int at = strcmp(name, pairs[i][0]) == 0 ? 0 : 1;
        if (strcmp(name, pairs[i][at]) != 0) continue;
        const char *other = pairs[i][1 - at],
                   *whole = arena_printf(e->a, "%s%s", validation ? "val_" : "", other);
        const Value there = {.kind = VALUE_STRING, .text = whole};
        if (dict_find(figures, &there)) edit_word(e, loc, key->text, whole);
    }
}

// ------------------------------------------------------------------------------------ members

typedef enum {
    MOVED, // it has another name
    INSIDE, // a module, whose parts now are in the one around it
    PRIVATE, // in a module that is TensorFlow's own
} Where;

static const struct {
    const char *module, *old, *new;
    Where where;
} members[] = {
    {"tf.python", "keras", "tensorflow.keras", PRIVATE},
    {"utils", "np_utils", "keras.utils.to_categorical", INSIDE},
    {"utils", "vis_utils", "keras.utils", INSIDE},
    {"utils", "generic_utils", "keras.utils", INSIDE},
    {"layers", "core", "keras.layers", INSIDE},
    {"layers", "convolutional", "keras.layers", INSIDE},
    {"layers", "pooling", "keras.layers", INSIDE},
    {"layers", "normalization", "keras.layers", INSIDE},
    {"layers", "advanced_activations", "keras.layers", INSIDE},
    {"layers", "embeddings", "keras.layers", INSIDE},
    {"layers", "recurrent", "keras.layers", INSIDE},
    {"layers", "noise", "keras.layers", INSIDE},
    {"layers", "merge", "keras.layers", INSIDE},
    {"layers", "wrappers", "keras.layers", INSIDE},
    {"layers", "experimental", "keras.layers", INSIDE},
    {"layers", "preprocessing", "keras.layers", INSIDE},
    {"optimizers", "rmsprop", "keras.optimizers.RMSprop", MOVED},
    {"optimizers", "sgd", "keras.optimizers.SGD", MOVED},
    {"optimizers", "adam", "keras.optimizers.Adam", MOVED},
    {"optimizers", "adadelta", "keras.optimizers.Adadelta", MOVED},
    {"optimizers", "adagrad", "keras.optimizers.Adagrad", MOVED},
    {"optimizers", "adamax", "keras.optimizers.Adamax", MOVED},
    {"optimizers", "nadam", "keras.optimizers.Nadam", MOVED},
    {"constraints", "maxnorm", "keras.constraints.MaxNorm", MOVED},
    {"constraints", "nonneg", "keras.constraints.NonNeg", MOVED},
    {"constraints", "unitnorm", "keras.constraints.UnitNorm", MOVED},
    {"keras", "objectives", "keras.losses", MOVED},
    {"backend", "image_dim_ordering", "keras.config.image_data_format", MOVED},
};

static const char *last_part(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

// `from keras.utils import np_utils`: its parts stay parts of that name.
static void mend_module(Eval *e, const char *module, const char *old, Loc loc) {
    const AstStatement *s = e->import;
    bool itself = s && strcmp(last_part(e->alias->path), old) == 0;
    const char *name = itself && e->alias->name ? e->alias->name : old;
    if (!itself)
        edit_word(e, s ? s->loc : loc, arena_printf(e->a, ".%s", old), "");
    else if (s->from && s->nalias == 1)
        edit_replace(e, s->loc, arena_printf(e->a, "from keras import %s as %s", module, name));
}

static void mend_member(Eval *e, const char *old, const char *new, Loc loc) {
    if (e->import && !e->alias->name)
        edit_word(e, loc, old, arena_printf(e->a, "%s as %s", new, old));
    else
        edit_word(e, loc, old, new);
}

bool spelling_member(Eval *e, const char *module, const char *old, Loc loc) {
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (strcmp(members[i].module, module) != 0 || strcmp(members[i].old, old) != 0) continue;
        const char *new = last_part(members[i].new);
        if (members[i].where == PRIVATE)
            diag_error(e->d, loc, 102, "tensorflow.python.keras is not Keras 3");
        else
            catalog_no_member(e, module, old, loc);
        diag_help(e->d, loc, "Keras 3 calls it %s", members[i].new);
        switch (members[i].where) {
        case MOVED: mend_member(e, old, new, loc); break;
        case INSIDE: mend_module(e, module, old, loc); break;
        case PRIVATE: edit_word(e, e->import ? e->import->loc : loc, ".python", ""); break;
        }
        return true;
    }
    return false;
}
