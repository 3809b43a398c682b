// SPDX-License-Identifier: MIT
// The architectures that code can be made for, a file each: their CPUs, and the description of each.
#ifndef CNNC_TARGETS_H
#define CNNC_TARGETS_H
#include "plan/target.h"
#include "support/arena.h"
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>

typedef struct Cpu {
    const char *name;
    const Target *like; // its description: without names, but for how LLVM calls the code it wants
    const char *needs;
} Cpu;

typedef struct Architecture {
    const char *arch, *system, *name; // "x86_64", "linux-gnu", "x86_64-linux-gnu"
    const char *
        core; // the one whose code of the runtime serves it too (codegen/core.h); NULL: it has its own
    const Cpu *cpu; // the baseline first; ended by a NULL name
    int64_t reach; // bytes that an offset in memory counts; 0: more than there are
    bool bare; // no system, so that there are objects for it, but no programs
    bool host; // is it that of the machine that cnnc was compiled for?
    LLVMRelocMode relocation;
    const char *abi; // LLVM's name of how functions are called; NULL: the usual one
    void (*initialise)(void); // LLVM's part of it
    // Describes this machine by t->features, like its name's row of cpu; like NULL: there is none. The name, t->cpu, is
    // replaced where LLVM may know it and cpu does not, and code for it is not made by name. NULL: cnnc does not run
    // there.
    void (*native)(Arena *a, const Target *like, Target *t);
} Architecture;

// Of a microcontroller: all memory is equally near, tightly coupled or flash behind a small cache of its own, so its
// caches are as large as memory. Samples go through one by one, as memory is what is short.
#define MICROCONTROLLER                                                                            \
    .small = true, .call = 20, .mispredict = 3, .line = 8, .l1 = 1 << 28, .l2 = 1 << 28,           \
    .l3 = 1 << 28, .way = 1 << 28, .near = 1 << 20, .l2_floats = 1, .l3_bytes = 4,                 \
    .memory_bytes = 4, .scratch = 0, .return_bytes = 0

// initialise() of an architecture that LLVM calls name. It reads assembly for the few lines of engine/denormals.h.
#define INITIALISE(name)                                                                           \
    static void initialise(void) {                                                                 \
        LLVMInitialize##name##TargetInfo();                                                        \
        LLVMInitialize##name##Target();                                                            \
        LLVMInitialize##name##TargetMC();                                                          \
        LLVMInitialize##name##AsmPrinter();                                                        \
        LLVMInitialize##name##AsmParser();                                                         \
    }

extern const Architecture arch_x86_64, arch_aarch64, arch_riscv64, arch_riscv32, arch_thumbv7em,
    arch_thumbv8m, arch_wasm32;
void target_describe(Target *t, const Target *like); // all but the names
const Architecture *target_architecture(const Target *t);
#endif
