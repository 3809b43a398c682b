// SPDX-License-Identifier: MIT
// AArch64 with NEON.
#include "codegen/targets/targets.h"

// Tiles measured free of spills: 16 of 32 registers. The caches are those of x86-64's description: what
// is counted on, not what a CPU has.
static const Target neon = {.vector = 4,
                            .accumulators = 16,
                            .halves = true,
                            .fmas = 2,
                            .loads = 2,
                            .latency = 4,
                            .division = 9,
                            .call = 50,
                            .mispredict = 15,
                            .line = 16,
                            .l1 = 32 << 10,
                            .l2 = 512 << 10,
                            .l3 = 4 << 20,
                            .way = 4 << 10,
                            .near = 128,
                            .l2_floats = 8,
                            .l3_bytes = 16,
                            .memory_bytes = 4,
                            .scratch = 10 << 20,
                            .return_bytes = 8,
                            .stack_align = 64};

static const Cpu cpus[] = {
    {"generic", &neon, ""},     {"cortex-a53", &neon, ""},  {"cortex-a55", &neon, ""},
    {"cortex-a57", &neon, ""},  {"cortex-a72", &neon, ""},  {"cortex-a76", &neon, ""},
    {"cortex-x1", &neon, ""},   {"neoverse-n1", &neon, ""}, {"neoverse-n2", &neon, ""},
    {"neoverse-v1", &neon, ""}, {"neoverse-v2", &neon, ""}, {"apple-m1", &neon, ""},
    {"apple-m2", &neon, ""},    {NULL, NULL, NULL},
};

INITIALISE(AArch64)

// LLVM's name of it serves code for it.
static void native(Arena *a, const Target *like, Target *t) {
    (void)a, (void)like;
    target_describe(t, &neon);
    t->needs = "";
}

const Architecture arch_aarch64 = {
    .arch = "aarch64",
    .system = "linux-gnu",
    .name = "aarch64-linux-gnu",
    .cpu = cpus,
#if defined __linux__ && defined __aarch64__
    .host = true,
#endif
    .relocation = LLVMRelocPIC,
    .initialise = initialise,
    .native = native,
};
