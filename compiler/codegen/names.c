// SPDX-License-Identifier: MIT
// See names.h.
#include "codegen/names.h"
#include <ctype.h>

const char *name_internal(Arena *a, const char *name) {
    return arena_printf(a, "cnn.%s", name);
}

const char *name_exported(Arena *a, const char *prefix, const char *name) {
    return arena_printf(a, "%s_%s", prefix, name);
}

const char *name_plain(Arena *a, const char *name) {
    enum { LONGEST = 80 };
    char *plain = arena_printf(a, "%.*s", LONGEST, name);
    for (char *c = plain; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '.') *c = '_';
    return plain;
}

Val name_global(Builder *ir, Type type, const char *name) {
    Val g = LLVMAddGlobal(ir->module, type, name_internal(ir->arena, name));
    LLVMSetLinkage(g, LLVMInternalLinkage);
    return g;
}
