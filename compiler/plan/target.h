// SPDX-License-Identifier: MIT
// The machine that code is for, as one description: all that the plan's prices and the kernels' shapes
// depend on. A description stands in a file of codegen/targets; no figure of a machine stands elsewhere.
#ifndef CNNC_TARGET_H
#define CNNC_TARGET_H
#include <stdbool.h>
#include <stdint.h>

enum { MEMORY_CACHES = 3 };
typedef enum { MEMORY_READ, MEMORY_WRITTEN, MEMORY_CHANGED, MEMORY_WAYS } MemoryWay;
typedef struct Memory { // as one thread finds it
    int64_t cache[MEMORY_CACHES]; // bytes that each holds, the nearest first
    double rate[MEMORY_CACHES]
               [MEMORY_WAYS]; // bytes that go so to what is behind it, or come, in a cycle
} Memory;

typedef struct Target {
    const char *triple, *cpu;
    const char *model,
        *features; // LLVM's names: of the CPU, and of what its code may use beside that CPU's
    const char *needs; // what its code asks of a CPU, see runtime/cli/cpu.h
    // Registers and what instructions do with them.
    int vector; // floats in a vector register
    bool scalable; // is that the least size of a register, and its own known to the machine only?
    int registers; // vector registers there are; 0: more than a tile and what it multiplies want
    int accumulators; // of those, what a tile may fill
    bool masks; // does it load and store under a mask?
    bool mask_registers; // are masks registers of their own, for elements of any size?
    bool halves; // does an instruction widen IEEE's numbers of 16 bits?
    bool busy_loads; // do whole vectors keep the units that load busy, so that a broadcast waits?
    const char *permute; // LLVM's name of what permutes floats of a vector by indices; or NULL
    // Time, in cycles.
    int fmas, loads; // vector operations that start in a cycle
    // Estimates alone count on these two: does arithmetic go on while more comes from beyond the second cache, and
    // further units, for all but multiplications.
    bool overlaps;
    int adders;
    int latency; // of a multiply-add
    int division; // until the next one, of a whole vector, can start
    int call; // of a kernel
    int mispredict; // leaving a loop of unforeseen length
    // Memory.
    int line; // floats of a cache line
    int64_t l1, l2, l3; // bytes of the caches that a thread may count on
    int64_t way; // of l1: what lies so many bytes apart has one place in it
    int near; // vectors of a kernel that stay in l1 while an image streams by
    int l2_floats; // that come out of l2 in a cycle
    int l3_bytes; // that go out of l2, or come back, in a cycle
    int memory_bytes; // likewise, of l3
    Memory memory; // as estimates expect it; choices go by what is above, which more machines have
    bool divides32; // are 32 bits all that it divides, or makes floating point of?
    bool single; // has it no arithmetic of doubles?
    bool small; // is memory short? Then no weights are kept in a larger form
    int64_t scratch; // bytes of activations that samples may have together, if that saves time
    // Code.
    int return_bytes; // of the stack that a call takes beside the frame
    int stack_align;
} Target;

enum { TARGET_SCALABLE_BITS = 1024 }; // of such registers, at most: for what frames take
bool target_is_flat(const Target *t); // is all memory equally near?
void target_keep_small(Target *t); // as if its memory were short
Memory target_memory(const Target *t); // as it is expected, or else as it is counted on
// "48K:50:16:16,2M:9.6:8.6:8.8,32M:6:3.6:5.6": each cache's size, and how many bytes a cycle are read, written and
// changed behind it. False: something else.
bool memory_parse(const char *text, Memory *m);
// Cycles in which so many bytes come, again and again, from the nearest cache that holds them all.
double target_way(const Target *t, double bytes);
#endif
