// SPDX-License-Identifier: MIT
// Objects for several CPU levels.
#ifndef CNNC_DISPATCH_H
#define CNNC_DISPATCH_H
#include "codegen/internal.h"

typedef enum { ENTRY_PREDICT, ENTRY_BATCH, ENTRY_INFO, NENTRY } EntryKind;

// An entry point as others see it, P_NAME, or of one level, internal: starts filling it.
Val entry_function(Module *m, EntryKind kind, const char *prefix, const char *level);
// The entry points that others see: each jumps to the one of the machine's level, fn[level][kind].
void emit_dispatch(Module *m, const char *prefix, Val (*fn)[NENTRY]);
#endif
