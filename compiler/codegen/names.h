// SPDX-License-Identifier: MIT
// The names of symbols. What a module keeps to itself is called "cnn." and something: no C name has a
// dot, LLVM's own begin with "llvm.", sections with a dot. So whatever layers are called, an internal
// name meets neither an exported name, nor a library's, nor one that means something to LLVM, the
// assembler or the linker.
#ifndef CNNC_EMIT_NAMES_H
#define CNNC_EMIT_NAMES_H
#include "codegen/builder.h"

const char *name_internal(Arena *a, const char *name); // "conv2d" -> "cnn.conv2d"
const char *name_exported(Arena *a, const char *prefix, const char *name); // "P_predict"
// A layer's name, or what is made of one, with letters, digits, '_' and '.' alone, and not too long.
const char *name_plain(Arena *a, const char *name);
// A constant or variable of that internal name; without initializer.
Val name_global(Builder *ir, Type type, const char *name);
#endif
