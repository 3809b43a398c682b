// SPDX-License-Identifier: MIT
// What a script says of a layer, an optimiser and so on as a configuration of Keras's: all its arguments by name.
#ifndef CNNC_ARGUMENTS_H
#define CNNC_ARGUMENTS_H
#include "model/model.h"
#include "script/value.h"
#include <jansson.h>

// {ARGUMENT: VALUE, ...} by the table by which they were bound.
json_t *arguments_json(const Arg *table, const void *args);
// {"module": "keras.losses", "class_name": ..., "config": arguments, "registered_name": null}
json_t *arguments_object(const char *module, const char *class_name, json_t *config);
json_t *arguments_class(const char *module, const ObjectClass *row, const void *args);
json_t *arguments_layer(const Layer *l); // the same of a layer with its own name
json_t *arguments_shape(const Shape *s); // [null, 28, 28, 1]: of a batch
json_t *arguments_input(const Shape *s, const char *name); // NULL: it has none
#endif
