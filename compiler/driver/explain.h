// SPDX-License-Identifier: MIT
// cnnc explain: what an error code means.
#ifndef CNNC_EXPLAIN_H
#define CNNC_EXPLAIN_H
#include "driver/options.h"

typedef struct Explanation {
    int code;
    const char *what, *text; // in a few words, and in some sentences
    const char *wrong, *right; // scripts, one with the error and one without; or NULL
} Explanation;

extern const Explanation explanations[]; // by their codes; code 0 ends them

// Those that the command line names, or a list of all.
ExitCode explain_command(const Options *o);
#endif
