// SPDX-License-Identifier: MIT
// The front of the command line without LLVM. Loading LLVM's library takes longer than all that summary, check, --help
// and --version do; so cnnc is this small program. What makes code is cnnc-back beside it (or in ../lib/cnnc), what
// needs the network cnnc-fetch, and what reads and writes Keras's files cnnc-exchange: it becomes them with the same
// arguments.
#include "driver/compile.h"
#include "driver/own.h"
#include "support/tell.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

// What the command needs beside cnnc, or NULL.
static const char *part_for(const Options *o) {
    if (o->help || o->version || o->print_language || o->print_completion) return NULL;
    if (o->print_targets || o->print_cpus) return "cnnc-back";
    if (o->command == COMMAND_FETCH) return "cnnc-fetch";
    if (o->command == COMMAND_IMPORT || o->command == COMMAND_EXPORT) return "cnnc-exchange";
    bool front = (o->command == COMMAND_SUMMARY && !option_machine(o)) ||
                 o->command == COMMAND_CHECK || o->command == COMMAND_FORMAT ||
                 o->command == COMMAND_EXPLAIN || o->command == COMMAND_INSPECT ||
                 o->command == COMMAND_LSP;
    return front ? NULL : "cnnc-back";
}

int compile_launch(const Options *o, Arena *a, char **argv) {
    const char *part = part_for(o);
    static const char *const place[] = {"", "../lib/cnnc/", "../lib/x86_64-linux-gnu/cnnc/",
                                        "../lib/aarch64-linux-gnu/cnnc/"};
    if (!part) return -1;
    const char *folder = own_folder(a);
    if (!*folder) {
        tell("error: the system does not say where cnnc lies, so %s cannot be found: is /proc "
             "there?",
             part);
        return EXIT_SYSTEM;
    }
    for (size_t i = 0; i < sizeof place / sizeof *place; i++)
        execv(arena_printf(a, "%s%s%s", folder, place[i], part), argv);
    tell("error: cannot run '%s' near '%s': %s", part, folder, strerror(errno));
    if (o->command == COMMAND_FETCH)
        tell("help: it is there if cnnc is built where libcurl, nettle and libarchive are");
    if (strcmp(part, "cnnc-exchange") == 0)
        tell("help: it is there if cnnc is built where libhdf5 and libzip are");
    return EXIT_SYSTEM;
}

// Never reached: compile_launch() has become cnnc-back.
int compile_command(const Options *o, Arena *a, Diag *d, Model *m) {
    return (void)o, (void)a, (void)d, (void)m, EXIT_SYSTEM;
}

int compile_summary(const Options *o, Arena *a, Diag *d, Model *m, SummaryNeeds *needs) {
    return (void)o, (void)a, (void)d, (void)m, (void)needs, EXIT_SYSTEM;
}

int compile_print_machines(const Options *o, Arena *a) {
    return (void)o, (void)a, EXIT_SYSTEM;
}
