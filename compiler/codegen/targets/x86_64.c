// SPDX-License-Identifier: MIT
// x86-64 with SSE, AVX, AVX2 or AVX-512.
#include "codegen/targets/targets.h"
#include "../runtime/cli/cpu.h"
#include <string.h>

// Measured on Sapphire Rapids.
#define MEMORY                                                                                     \
    {                                                                                              \
        {48 << 10, 2 << 20, 32 << 20}, {                                                           \
            {50, 16, 16}, {9.6, 8.6, 8.8}, {6, 3.6, 5.6},                                          \
        }                                                                                          \
    }

// What all have in common. Of the caches it is what is counted on: the second level lies beside what
// weights leave of it. Measured on Zen 4, true enough for others. All CPUs of 64 bits fetch a line to be written
// when they are told to, or do nothing.
#define COMMON                                                                                     \
    .fmas = 2, .loads = 2, .latency = 4, .call = 50, .mispredict = 15, .line = 16, .l1 = 32 << 10, \
    .l2 = 512 << 10, .l3 = 4 << 20, .way = 4 << 10, .near = 128, .l2_floats = 8, .l3_bytes = 16,   \
    .memory_bytes = 4, .memory = MEMORY, .scratch = 10 << 20, .return_bytes = 8,                   \
    .stack_align = 64, .features = "+prfchw"

// Tiles measured free of spills: SSE 8 of 16 registers, AVX2 12 of 16, unless beside 4 vectors,
// AVX-512 24 of 32.
static const Target sse = {.vector = 4, .division = 3, .accumulators = 8, COMMON};
static const Target avx = {.vector = 8, .division = 5, .accumulators = 8, .masks = true, COMMON};
#define AVX2                                                                                       \
    .vector = 8, .division = 5, .registers = 16, .accumulators = 12, .masks = true,                \
    .halves = true, COMMON
#define AVX512                                                                                     \
    .vector = 16, .division = 10, .accumulators = 24, .masks = true, .mask_registers = true,       \
    .halves = true, .busy_loads = true, .permute = "llvm.x86.avx512.permvar.sf.512", COMMON
static const Target avx2 = {AVX2}, avx512 = {AVX512};
static const Target zen_avx2 = {AVX2, .adders = 2}, zen_avx512 = {AVX512, .adders = 2};
static const Target zen5 = {AVX512, .adders = 2, .overlaps = true};

#define ICELAKE                                                                                    \
    CPU_V4 " avx512bitalg avx512ifma avx512vbmi avx512vbmi2 avx512vnni avx512vpopcntdq gfni"
#define SAPPHIRE_RAPIDS ICELAKE " avx512bf16 avx512fp16 avxvnni"
static const Cpu cpus[] = {
    {"x86-64", &sse, ""},
    {"x86-64-v2", &sse, CPU_V2},
    {"nehalem", &sse, CPU_V2},
    {"westmere", &sse, CPU_V2},
    {"sandybridge", &avx, CPU_V2 " avx"},
    {"ivybridge", &avx, CPU_V2 " avx f16c"},
    {"x86-64-v3", &avx2, CPU_V3},
    {"haswell", &avx2, CPU_V3},
    {"broadwell", &avx2, CPU_V3},
    {"skylake", &avx2, CPU_V3},
    {"alderlake", &avx2, CPU_V3 " avxvnni gfni"},
    {"raptorlake", &avx2, CPU_V3 " avxvnni gfni"},
    {"znver1", &zen_avx2, CPU_V3 " sse4a"},
    {"znver2", &zen_avx2, CPU_V3 " sse4a"},
    {"znver3", &zen_avx2, CPU_V3 " sse4a"},
    {"x86-64-v4", &avx512, CPU_V4},
    {"skylake-avx512", &avx512, CPU_V4},
    {"cascadelake", &avx512, CPU_V4 " avx512vnni"},
    {"icelake-client", &avx512, ICELAKE},
    {"icelake-server", &avx512, ICELAKE},
    {"tigerlake", &avx512, ICELAKE},
    {"sapphirerapids", &avx512, SAPPHIRE_RAPIDS},
    {"emeraldrapids", &avx512, SAPPHIRE_RAPIDS},
    {"graniterapids", &avx512, SAPPHIRE_RAPIDS},
    {"znver4", &zen_avx512, ICELAKE " avx512bf16 sse4a"},
    {"znver5", &zen5, ICELAKE " avx512bf16 avxvnni sse4a"},
    {NULL, NULL, NULL},
};

INITIALISE(X86)

static bool has(const Target *t, const char *feature) {
    return strstr(t->features, feature) != NULL;
}

static void native(Arena *a, const Target *like, Target *t) {
    bool v4 =
        has(t, "+avx512f") && has(t, "+avx512bw") && has(t, "+avx512dq") && has(t, "+avx512vl");
    bool v3 = has(t, "+avx2") && has(t, "+fma");
    if (!like) t->cpu = v4 ? "x86-64-v4" : v3 ? "x86-64-v3" : "x86-64";
    bool zen = !strncmp(t->cpu, "znver", 5);
    const Target *v4_like = like && like->vector == avx512.vector ? like : &avx512;
    target_describe(t, v4 ? v4_like : !v3 ? &sse : zen ? &zen_avx2 : &avx2);
    t->halves = v3 && has(t, "+f16c");
    t->needs = cpu_used(arena_alloc(a, CPU_TEXT), t->features);
}

const Architecture arch_x86_64 = {
    .arch = "x86_64",
    .system = "linux-gnu",
    .name = "x86_64-linux-gnu",
    .cpu = cpus,
#if defined __linux__ && defined __x86_64__
    .host = true,
#endif
    .relocation = LLVMRelocPIC,
    .initialise = initialise,
    .native = native,
};
