// SPDX-License-Identifier: MIT
// cnnc-exchange: models and weights in the formats of others. A program of its own, so that cnnc itself needs no
// libraries for them. See driver/compile.h.
#include "driver/compile.h"
#include "exchange/export.h"
#include "exchange/import.h"

int compile_launch(const Options *o, Arena *a, char **argv) {
    (void)argv;
    bool says = o->help || o->version || o->print_language || o->print_completion;
    return o->command == COMMAND_IMPORT && !says ? (int)exchange_import(o, a) : -1;
}

int compile_command(const Options *o, Arena *a, Diag *d, Model *m) {
    return (int)export_run(o, a, d, m);
}

int compile_summary(const Options *o, Arena *a, Diag *d, Model *m, SummaryNeeds *needs) {
    return (void)o, (void)a, (void)d, (void)m, (void)needs, EXIT_SYSTEM;
}

int compile_print_machines(const Options *o, Arena *a) {
    return (void)o, (void)a, EXIT_SYSTEM;
}
