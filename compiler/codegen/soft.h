// SPDX-License-Identifier: MIT
// What a target has no instruction for becomes calls of runtime/engine/soft.h, before code is generated: LLVM would call
// a library.
#ifndef CNNC_SOFT_H
#define CNNC_SOFT_H
#include "codegen/internal.h"

bool soft_wanted(const Target *t); // does it lack any?
bool soft_is(const char *name); // is it a function of soft.h?
void soften(Module *m); // once code was optimised; functions that nothing calls then are left out
#endif
