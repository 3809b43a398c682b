// SPDX-License-Identifier: MIT
// The commands behind the model: plan, build, emit.
#ifndef CNNC_COMPILE_H
#define CNNC_COMPILE_H
#include "driver/options.h"
#include "model/model.h"

// Does what o->command says with a checked model. Errors go to stderr; returns the exit code.
int compile_command(const Options *o, Arena *a, Diag *d, Model *m);
int compile_print_machines(const Options *o, Arena *a); // --print-targets, --print-cpus
#endif
