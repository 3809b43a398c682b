// SPDX-License-Identifier: MIT
// From the configuration that Keras stores of a model to a script that makes it.
#ifndef CNNC_CONFIG_H
#define CNNC_CONFIG_H
#include "support/arena.h"
#include <jansson.h>

typedef struct ConfigScript {
    const char *model; // the statement that makes it, behind its imports; NULL: wrong says why not
    const char *compile; // its compile statement; NULL: there is none, or lacks says why not
    const char *wrong, *lacks;
} ConfigScript;

// model: {"class_name": "Sequential", "config": ...}. training: {"optimizer": ..., "loss": ...}, or NULL.
ConfigScript config_script(Arena *a, const json_t *model, const json_t *training);
#endif
