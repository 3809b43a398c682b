// SPDX-License-Identifier: MIT
// See older.h.
#include "exchange/older.h"
#include <string.h>

static const struct {
    const char *class, *argument, *older;
} renamed[] = {
    {"LeakyReLU", "negative_slope", "alpha"},
    {"Adam", "learning_rate", "lr"},
    {"SGD", "learning_rate", "lr"},
    {"RMSprop", "learning_rate", "lr"},
};

// Of a class, or of all: what a base class's configuration had that the class itself does not read.
static const struct {
    const char *class, *key;
} unread[] = {
    {"DepthwiseConv2D", "groups"}, {"DepthwiseConv1D", "groups"},
    {"SeparableConv2D", "groups"}, {"SeparableConv2D", "kernel_initializer"},
    {"SeparableConv1D", "groups"}, {"SeparableConv1D", "kernel_initializer"},
    {"Conv2DTranspose", "groups"}, {"Conv1DTranspose", "groups"},
    {NULL, "batch_input_shape"}, // the model's input is made of it
    {NULL, "jit_compile"}, // of an optimiser: no result has it
};

// TF-Keras had its optimisers registered as if they were somebody's own.
const char *older_class(const char *module, const char *name) {
    static const char package[] = "Custom>";
    bool own = strcmp(module, "optimizers") == 0 && strncmp(name, package, strlen(package)) == 0;
    return own ? name + strlen(package) : name;
}

const char *older_name(const char *class, const char *argument, const json_t *config) {
    if (json_object_get(config, argument)) return argument;
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (strcmp(renamed[i].class, class) == 0 && strcmp(renamed[i].argument, argument) == 0)
            return renamed[i].older;
    return argument;
}

bool older_passes(const char *class, const char *key, const json_t *value) {
    if (json_is_null(value) || json_is_false(value)) return true; // not used
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (strcmp(renamed[i].class, class) == 0 && strcmp(renamed[i].older, key) == 0) return true;
    if (strcmp(key, "groups") == 0 && json_number_value(value) != 1) return false;
    for (size_t i = 0; i < sizeof unread / sizeof *unread; i++)
        if ((!unread[i].class || strcmp(unread[i].class, class) == 0) &&
            strcmp(unread[i].key, key) == 0)
            return true;
    return strcmp(key, "decay") == 0 && json_number_value(value) == 0;
}

const json_t *older_object(const char *class, const json_t *object) {
    if (strcmp(class, "MeanMetricWrapper") != 0) return object;
    const json_t *config = json_object_get(object, "config");
    const json_t *name = json_object_get(config, "name"), *fn = json_object_get(config, "fn");
    const char *text = json_string_value(name);
    return text && (strcmp(text, "accuracy") == 0 || strcmp(text, "acc") == 0) ? name : fn;
}
