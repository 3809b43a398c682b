// SPDX-License-Identifier: MIT
// -D NAME=VALUE: the script as it would be with VALUE written where NAME is bound.
#ifndef CNNC_DEFINE_H
#define CNNC_DEFINE_H
#include "driver/options.h"

// Puts the values of all -D into the text. What is wrong with one of them is reported.
ExitCode define_names(const Options *o, Arena *a, const char *name, const char **text,
                      size_t *length);
#endif
