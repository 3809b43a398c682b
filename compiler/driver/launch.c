// SPDX-License-Identifier: MIT
// The front of the command line without LLVM. Loading LLVM's library takes longer than all that
// summary, check, --help and --version do; so cnnc is this small program, and what makes code is
// cnnc-back beside it (or in ../lib/cnnc), which it becomes with the same arguments.
#include "driver/compile.h"
#include "driver/own.h"
#include "support/tell.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

int compile_launch(const Options *o, Arena *a, char **argv) {
    bool code = o->command == COMMAND_BUILD || o->command == COMMAND_EMIT ||
                o->command == COMMAND_PLAN || o->command == COMMAND_VERIFY ||
                o->command == COMMAND_RUN || o->print_targets || o->print_cpus;
    if (!code || o->help || o->version) return -1;
    const char *folder = own_folder(a);
    static const char *const place[] = {"cnnc-back", "../lib/cnnc/cnnc-back",
                                        "../lib/x86_64-linux-gnu/cnnc/cnnc-back",
                                        "../lib/aarch64-linux-gnu/cnnc/cnnc-back"};
    if (!*folder) {
        tell("error: the system does not say where cnnc lies, so cnnc-back cannot be found: is "
             "/proc "
             "there?");
        return EXIT_SYSTEM;
    }
    for (size_t i = 0; i < sizeof place / sizeof *place; i++)
        execv(arena_printf(a, "%s%s", folder, place[i]), argv);
    tell("error: cannot run 'cnnc-back' near '%s': %s", folder, strerror(errno));
    return EXIT_SYSTEM;
}

// Never reached: compile_launch() has become cnnc-back.
int compile_command(const Options *o, Arena *a, Diag *d, Model *m) {
    return (void)o, (void)a, (void)d, (void)m, EXIT_SYSTEM;
}

int compile_print_machines(const Options *o, Arena *a) {
    return (void)o, (void)a, EXIT_SYSTEM;
}
