// SPDX-License-Identifier: MIT
// What an object that trains has of the runtime (runtime/engine/core.h), as LLVM's code that is linked into its module.
#ifndef CNNC_CORE_H
#define CNNC_CORE_H
#include "codegen/internal.h"
#include <stddef.h>

typedef struct CoreCode { // a file of the runtime, for an architecture
    const char *arch;
    const unsigned char *bytes;
    size_t length;
} CoreCode;
extern const CoreCode core_code[]; // ended by a NULL arch; none where there was no clang

void core_link(Module *m); // all of it; what nothing calls will be left out
Val core_function(Module *m, const char *name);
#define CORE_PREFIX "cnn.core." // of the functions' names in the module
#endif
