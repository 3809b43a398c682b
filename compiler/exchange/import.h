// SPDX-License-Identifier: MIT
// cnnc import: a model as Keras saved it becomes a script and weights.
#ifndef CNNC_IMPORT_H
#define CNNC_IMPORT_H
#include "driver/options.h"

ExitCode exchange_import(const Options *o, Arena *a);
#endif
