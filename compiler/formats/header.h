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
    int64_t weights; // bytes of those that are apart from the object; 0: they are in it
    uint64_t weights_identity;
    int64_t params, pack_room; // bytes that these are made of, and of the room that it takes
    Narrow narrow; // what those of two axes or more are kept in
} HeaderFacts;

// What texts on objects share.
const char *header_upper(Arena *a, const char *s);
const char *header_harmless(Arena *a, const char *name); // it does not end a comment
const char *header_dims(Arena *a, const Tensor *t); // "28, 28, 1"
const char *header_cpu(Arena *a, const Plan *p, const HeaderFacts *f, const char *P);
const char *header_check(Arena *a, const HeaderFacts *f); // that the object is this header's
struct json_t *header_shape(const Tensor *t);
struct json_t *header_weights(const Step *s); // name, shape and place of each
struct json_t *header_object(Arena *a, const Plan *p, const HeaderFacts *f); // what info says
const char *header_dump(Arena *a, struct json_t *object); // as a text; frees it

const char *header_text(Arena *a, const Plan *p, const HeaderFacts *f);
const char *header_info(Arena *a, const Plan *p, const HeaderFacts *f); // what P_info() returns
#endif
