// SPDX-License-Identifier: MIT
// The commands after the model: plan, build, emit.
#ifndef CNNC_COMPILE_H
#define CNNC_COMPILE_H
#include "driver/options.h"
#include "formats/summary.h"
#include "model/model.h"

// Does what o->command says with a checked model. Errors go to stderr; returns the exit code.
int compile_command(const Options *o, Arena *a, Diag *d, Model *m);
// What objects of the model take of the machine that is named; likewise.
int compile_summary(const Options *o, Arena *a, Diag *d, Model *m, SummaryNeeds *needs);
// Before anything is read: does this command need another program? -1: no, go on; else it has
// failed to become that one, and this is the exit code.
int compile_launch(const Options *o, Arena *a, char **argv);
int compile_print_machines(const Options *o, Arena *a); // --print-targets, --print-cpus
#endif
