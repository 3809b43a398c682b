// SPDX-License-Identifier: 0BSD
// What generated code needs of an x86-64 CPU beyond the first one: features by LLVM's names, as words
// of a text. Of each the table in cpu.c knows how to ask for it. Used by programs, which ask before
// they run such code, and by the compiler, which says what the code for a CPU needs.
#ifndef CNN_CPU_H
#define CNN_CPU_H
#include <stdbool.h>
#include <stddef.h>

#define CPU_V2 "cx16 popcnt sahf sse3 sse4.1 sse4.2 ssse3"
#define CPU_V3 CPU_V2 " avx avx2 bmi bmi2 f16c fma lzcnt movbe"
#define CPU_V4 CPU_V3 " avx512f avx512bw avx512cd avx512dq avx512vl"

enum { CPU_TEXT = 512 }; // a buffer for features

// Those of the features that are in LLVM's text "+avx,-xop,+fma" and can be used by generated code.
const char *cpu_used(char buffer[CPU_TEXT], const char *features);

// Those of the needs that this CPU, or its system, does not have: "avx2, fma", or "".
const char *cpu_lacks(char buffer[CPU_TEXT], const char *needs);

// The most that this machine's CPU can be called, for -mcpu=.
const char *cpu_level(void);
#endif
