// SPDX-License-Identifier: MIT
// Values and objects of a configuration as text of a script. Functions return NULL where they cannot, and the first
// fault is kept.
#ifndef CNNC_CONFIG_OBJECT_H
#define CNNC_CONFIG_OBJECT_H
#include "script/eval.h"
#include <jansson.h>

enum { DEEPEST = 16 }; // objects within each other

typedef struct Config {
    Arena *a;
    const Eval *names; // whose catalogue
    Map *counters; // of automatic names, by stem
    const char *wrong; // the first fault, or NULL
    int depth;
    bool named; // every layer, model and Input is given its name
    const char *before; // statements that come before that of the model
    int inner; // models bound in them
} Config;

const char *config_fault(Config *c, const char *text); // NULL
const char *config_string(const json_t *object, const char *key); // or NULL
const char *config_shown(Config *c, const char *text); // what a file says, fit for a message
bool config_is_numbers(const json_t *j); // of any depth, also None for a dimension

// What an argument is given.
const char *config_value(Config *c, const Arg *arg, const json_t *j);
// {"class_name": "Conv2D", ...} among the classes of a module.
const Thing *config_class(Config *c, const char *module, const json_t *j);
const char *config_layer(Config *c, const Thing *t, const json_t *config); // layers.Conv2D(...)
// Arguments and one more.
const char *config_with(Config *c, const char *arguments, const char *key, const char *text);
// And the name, where it is not the one that comes by itself.
const char *config_with_name(Config *c, const char *arguments, const char *stem, const char *name);
#endif
