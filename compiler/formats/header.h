// SPDX-License-Identifier: MIT
// The C header and the JSON text of an inference object.
#ifndef CNNC_HEADER_H
#define CNNC_HEADER_H
#include "plan/plan.h"

typedef struct HeaderFacts {
    int nlevel;
    const char *const *level; // CPUs that the object has code for
    const char *prefix, *source, *source_hash, *version, *size_symbol;
    int64_t workspace, stack;
} HeaderFacts;

const char *header_text(Arena *a, const Plan *p, const HeaderFacts *f);
const char *header_info(Arena *a, const Plan *p, const HeaderFacts *f); // what P_info() returns
#endif
