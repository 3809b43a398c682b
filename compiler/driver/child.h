// SPDX-License-Identifier: MIT
// Programs that are started and waited for, in a folder of their own that does not outlive the command.
#ifndef CNNC_CHILD_H
#define CNNC_CHILD_H
#include "support/arena.h"
#include <stdbool.h>

// While a Workshop is open, INT and TERM end the child that runs, and the commands that follow it.
typedef struct Workshop {
    Arena *a;
    const char *folder;
    int stopped_by; // signal, or 0
} Workshop;
bool workshop_open(Workshop *w, Arena *a); // false and errno: no folder
void workshop_close(
    Workshop *w); // with all that is in the folder; does not return if it was stopped
// argv[0] is a path. Its output goes to file `out`, its errors nowhere unless `loud`. True: it ran and
// said 0.
bool workshop_run(Workshop *w, const char *const *argv, const char *out, bool loud);
#endif
