// SPDX-License-Identifier: MIT
// --max-flash, --max-ram and --max-stack: what an object may take of a machine.
#ifndef CNNC_BUDGET_H
#define CNNC_BUDGET_H
#include "driver/job.h"

typedef struct Needs { // of an object, in bytes
    int64_t flash; // code and constants
    int64_t ram; // of the caller's
    int64_t stack;
    const char *deepest; // the function with most of the stack
    const char *largest; // that with most code, where code is what counts; NULL: weights are
    int64_t largest_bytes;
} Needs;

int budget_read(Job *j); // the options; returns the exit code
bool budget_given(const Job *j);
bool budget_allows(const Job *j, const Needs *n);
// What of it is exceeded, by which layer, and what would help. ram_help: what would help against too much RAM.
int budget_refuse(const Job *j, const Plan *p, const Needs *n, const char *ram_help);
// Whether the target's addresses reach all of it, which is RAM or a constant; help: of RAM, what would help.
int budget_reach(const Job *j, const Plan *p, int64_t ram, int64_t constants, const char *help);
// True where other kernels, which the plan is to take from now on, may do with less memory.
bool budget_try_small(Job *j);
#endif
