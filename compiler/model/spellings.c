// SPDX-License-Identifier: MIT
// Names of Keras 1 and 2 that Keras 3 refuses, and what they are called now.
#include "model/eval.h"
#include <string.h>

static const struct {
    const char *old, *new;
} arguments[] = {
    {"lr", "learning_rate"},
    {"nb_epoch", "epochs"},
    {"border_mode", "padding"},
    {"output_dim", "units"},
    {"nb_filter", "filters"},
    {"subsample", "strides"},
    {"init", "kernel_initializer"},
    {"p", "rate"},
    {"W_regularizer", "kernel_regularizer"},
    {"b_regularizer", "bias_regularizer"},
    {"W_constraint", "kernel_constraint"},
    {"b_constraint", "bias_constraint"},
    {"bias", "use_bias"},
    {"dim_ordering", "data_format"},
    {"samples_per_epoch", "steps_per_epoch"},
    {"nb_val_samples", "validation_steps"},
    {"val_samples", "steps"},
    {"batch_input_shape", "batch_shape"},
    {"show_accuracy", "metrics"},
    {"period", "save_freq"},
};
static const struct {
    const char *old, *new;
} methods[] = {
    {"fit_generator", "fit"},         {"evaluate_generator", "evaluate"},
    {"predict_generator", "predict"}, {"predict_classes", "predict"},
    {"predict_proba", "predict"},
};
static const struct {
    const char *module, *old, *new;
} members[] = {
    {"utils", "np_utils", "keras.utils.to_categorical"},
    {"layers", "core", "keras.layers"},
    {"layers", "convolutional", "keras.layers"},
    {"layers", "pooling", "keras.layers"},
    {"layers", "normalization", "keras.layers"},
    {"layers", "advanced_activations", "keras.layers"},
    {"layers", "embeddings", "keras.layers"},
    {"layers", "recurrent", "keras.layers"},
    {"layers", "noise", "keras.layers"},
    {"optimizers", "rmsprop", "keras.optimizers.RMSprop"},
    {"optimizers", "sgd", "keras.optimizers.SGD"},
    {"optimizers", "adam", "keras.optimizers.Adam"},
    {"optimizers", "adadelta", "keras.optimizers.Adadelta"},
    {"backend", "set_image_dim_ordering", "keras.config.set_image_data_format"},
    {"backend", "image_dim_ordering", "keras.config.image_data_format"},
};

const char *spelling_argument(const char *old) {
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        if (strcmp(arguments[i].old, old) == 0) return arguments[i].new;
    return NULL;
}

const char *spelling_method(const char *old) {
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].old, old) == 0) return methods[i].new;
    return NULL;
}

const char *spelling_member(const char *module, const char *old) {
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (strcmp(members[i].module, module) == 0 && strcmp(members[i].old, old) == 0)
            return members[i].new;
    return NULL;
}
