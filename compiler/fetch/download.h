// SPDX-License-Identifier: MIT
// A file from a URL to a file, resumed where an earlier try has stopped.
#ifndef CNNC_DOWNLOAD_H
#define CNNC_DOWNLOAD_H
#include "support/arena.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Download {
    const char *url;
    const char *part; // where it goes; what lies there already is the start of it
    int64_t most; // bytes
    const char *what; // of the line of progress
} Download;

// False, with the reason in *trouble (arena); what came so far stays. resumed: there was a start of it.
bool download(Arena *a, const Download *d, bool *resumed, const char **trouble);
#endif
