// SPDX-License-Identifier: MIT
// Programs that are started and waited for, in a folder of their own that does not outlive the command.
#ifndef CNNC_CHILD_H
#define CNNC_CHILD_H
#include "support/arena.h"
#include <signal.h>
#include <stdbool.h>

// While a Workshop is open, INT, TERM and HUP end the child that runs, and the commands that follow it;
// those that were ignored when cnnc was started (nohup, a shell's &) stay ignored.
typedef struct Workshop {
    Arena *a;
    const char *folder; // absolute, so no program takes a path in it for an option
    int stopped_by; // signal, or 0
    sigset_t awaited, before;
} Workshop;
const char *temporary_folder(void); // $TMPDIR or /tmp
bool workshop_open(Workshop *w, Arena *a); // in it; false and errno: no folder
// With all that is in the folder; does not return if it was stopped.
void workshop_close(Workshop *w);
const char *workshop_path(const Workshop *w, const char *name);

typedef struct Child {
    const char *const *argv; // argv[0]: a path, or a name that is looked for in $PATH
    const char *out, *err; // files for what it prints; the same one is shared. err NULL: our own
} Child;
// Returns 0: it ran and said 0; above: its exit code, or 128 and the number of the signal that ended it;
// below: -errno, it could not be run, -EINTR where the workshop was stopped.
int workshop_run(Workshop *w, const Child *child);

// A path as a word of a command: never an option ("-x") or a file of words ("@x").
const char *path_word(Arena *a, const char *path);
#endif
