// SPDX-License-Identifier: MIT
// The memory map, proved for one plan: every plan is checked when it is made, in every build.
#ifndef CNNC_PLAN_CHECK_H
#define CNNC_PLAN_CHECK_H
#include "report/describe.h"

typedef struct Checker {
    const Plan *p;
    const char *trouble; // the first that was found, or NULL
} Checker;

// Notes what is wrong unless something is; a kernel by its index, or -1.
void check_fail(Checker *c, int kernel, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const Tensor *check_base(const Checker *c,
                         int tensor); // through aliases: the one that has the place

// Is touch i of n a read of what was there before? A kernel's loss reads what the kernel computes.
bool check_read_first(const Touch *to, int n, int i);

// May one lie where the other does? What has a ring of zeros, cleared once, may with what has it at the same places.
bool check_rings(const Tensor *a, const Tensor *b);

void check_scratch(Checker *c); // check_scratch.c: what threads' scratch holds, kernel by kernel
// What is wrong with the plan's memory map, or NULL. The text is the arena's.
const char *plan_check(const Plan *p);
#endif
