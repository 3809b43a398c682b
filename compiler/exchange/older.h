// SPDX-License-Identifier: MIT
// What configurations of earlier versions of Keras have that today's have not.
#ifndef CNNC_OLDER_H
#define CNNC_OLDER_H
#include <jansson.h>
#include <stdbool.h>

// The key under which an argument of a class stands.
const char *older_name(const char *class, const char *argument, const json_t *config);
// The name of a class of a module.
const char *older_class(const char *module, const char *name);
// A key that no argument has: does it mean nothing with this value?
bool older_passes(const char *class, const char *key, const json_t *value);
// A metric in its wrapper is what is in it; any other object itself.
const json_t *older_object(const char *class, const json_t *object);
#endif
