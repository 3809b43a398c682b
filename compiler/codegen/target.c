// SPDX-License-Identifier: MIT
// Targets: triple and CPU checked (LLVM only warns of an unknown CPU), the two facts kernels are shaped
// by (floats in a vector register, and how many such registers a tile may fill), and the features that
// code for the CPU may use: for a CPU that is named those of LLVM's table, which is not to be asked.
#include "codegen/module.h"
#include "../runtime/cli/cpu.h"
#include <llvm-c/Core.h>
#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <string.h>

static void initialise(void) {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser(); // reads cpuid and xgetbv, see dispatch.c
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
}

// Two passes of LLVM's that take a fifth of code generation and were found to change nothing in the
// speed of kernels (addresses leave the emitter reduced already): left out below -O3. LLVM's options
// belong to the process: to be called once.
void target_quick(void) {
    static const char *const word[] = {"cnnc", "-disable-lsr", "-disable-post-ra"};
    LLVMParseCommandLineOptions(sizeof word / sizeof *word, word, "");
}

typedef struct Cpu {
    const char *name;
    int vector, accumulators;
    const char *needs;
} Cpu;

// Tiles measured free of spills: AVX-512 24 of 32 registers, AVX2 12 of 16, SSE 8, NEON 16 of 32.
enum { SSE = 8, AVX2 = 12, AVX512 = 24, NEON = 16 };
#define ICELAKE                                                                                    \
    CPU_V4 " avx512bitalg avx512ifma avx512vbmi avx512vbmi2 avx512vnni avx512vpopcntdq gfni"
#define SAPPHIRE_RAPIDS ICELAKE " avx512bf16 avx512fp16 avxvnni"
static const Cpu x86[] = {
    {"x86-64", 4, SSE, ""},
    {"x86-64-v2", 4, SSE, CPU_V2},
    {"nehalem", 4, SSE, CPU_V2},
    {"westmere", 4, SSE, CPU_V2},
    {"sandybridge", 8, SSE, CPU_V2 " avx"},
    {"ivybridge", 8, SSE, CPU_V2 " avx f16c"},
    {"x86-64-v3", 8, AVX2, CPU_V3},
    {"haswell", 8, AVX2, CPU_V3},
    {"broadwell", 8, AVX2, CPU_V3},
    {"skylake", 8, AVX2, CPU_V3},
    {"alderlake", 8, AVX2, CPU_V3 " avxvnni gfni"},
    {"raptorlake", 8, AVX2, CPU_V3 " avxvnni gfni"},
    {"znver1", 8, AVX2, CPU_V3 " sse4a"},
    {"znver2", 8, AVX2, CPU_V3 " sse4a"},
    {"znver3", 8, AVX2, CPU_V3 " sse4a"},
    {"x86-64-v4", 16, AVX512, CPU_V4},
    {"skylake-avx512", 16, AVX512, CPU_V4},
    {"cascadelake", 16, AVX512, CPU_V4 " avx512vnni"},
    {"icelake-client", 16, AVX512, ICELAKE},
    {"icelake-server", 16, AVX512, ICELAKE},
    {"tigerlake", 16, AVX512, ICELAKE},
    {"sapphirerapids", 16, AVX512, SAPPHIRE_RAPIDS},
    {"emeraldrapids", 16, AVX512, SAPPHIRE_RAPIDS},
    {"graniterapids", 16, AVX512, SAPPHIRE_RAPIDS},
    {"znver4", 16, AVX512, ICELAKE " avx512bf16 sse4a"},
    {"znver5", 16, AVX512, ICELAKE " avx512bf16 avxvnni sse4a"},
    {NULL, 0, 0, NULL},
};
static const Cpu aarch64[] = {
    {"generic", 4, NEON, ""},     {"cortex-a53", 4, NEON, ""},  {"cortex-a55", 4, NEON, ""},
    {"cortex-a57", 4, NEON, ""},  {"cortex-a72", 4, NEON, ""},  {"cortex-a76", 4, NEON, ""},
    {"cortex-x1", 4, NEON, ""},   {"neoverse-n1", 4, NEON, ""}, {"neoverse-n2", 4, NEON, ""},
    {"neoverse-v1", 4, NEON, ""}, {"neoverse-v2", 4, NEON, ""}, {"apple-m1", 4, NEON, ""},
    {"apple-m2", 4, NEON, ""},    {NULL, 0, 0, NULL},
};
// All targets there are, as --print-targets lists them.
static const struct Family {
    const char *arch, *name;
    const Cpu *cpu;
} families[] = {
    {"x86_64", "x86_64-linux-gnu", x86},
    {"aarch64", "aarch64-linux-gnu", aarch64},
};
enum { NFAMILY = sizeof families / sizeof *families };

void target_print_targets(FILE *f) {
    for (int i = 0; i < NFAMILY; i++) fprintf(f, "%s\n", families[i].name);
}

void target_print_cpus(FILE *f) {
    fputs("native\n", f);
    for (int i = 0; i < NFAMILY; i++)
        for (const Cpu *c = families[i].cpu; c->name; c++)
            fprintf(f, "%-16s %s, vectors of %d floats\n", c->name, families[i].arch, c->vector);
}

// The family whose name this is: as listed, or with a vendor, which changes nothing.
static const struct Family *family_of(Arena *a, const char *triple) {
    static const char *const vendors[] = {"unknown", "pc", "redhat", "suse"};
    char *normal = LLVMNormalizeTargetTriple(triple);
    const struct Family *found = NULL;
    for (int i = 0; i < NFAMILY; i++)
        for (size_t v = 0; v < sizeof vendors / sizeof *vendors; v++)
            if (!strcmp(normal, arena_printf(a, "%s-%s-linux-gnu", families[i].arch, vendors[v])))
                found = &families[i];
    LLVMDisposeMessage(normal);
    return found;
}

// This machine's, for which cnnc was compiled. What is made for a Linux with glibc is right for one with
// another C library too.
static const struct Family *host_family(void) {
#if defined __linux__ && defined __x86_64__
    return &families[0];
#elif defined __linux__ && defined __aarch64__
    return &families[1];
#else
    return NULL;
#endif
}

bool target_is_host(const Target *t) {
    const struct Family *host = host_family();
    return host && !strcmp(t->triple, host->name);
}

// This machine: its name may be unknown to LLVM, its features are right, so the facts come from them.
static const Target *native(Arena *a, const Cpu *family, Target *t) {
    char *name = LLVMGetHostCPUName(), *features = LLVMGetHostCPUFeatures();
    t->cpu = arena_printf(a, "%s", name);
    t->features = arena_printf(a, "%s", features);
    LLVMDisposeMessage(name);
    LLVMDisposeMessage(features);
    t->needs = family == x86 ? cpu_used(arena_alloc(a, CPU_TEXT), t->features) : "";
    bool avx512 = strstr(t->features, "+avx512f") && strstr(t->features, "+avx512bw") &&
                  strstr(t->features, "+avx512dq") && strstr(t->features, "+avx512vl");
    bool avx2 = strstr(t->features, "+avx2") && strstr(t->features, "+fma");
    bool known = false;
    for (const Cpu *c = family; c->name; c++) known |= !strcmp(c->name, t->cpu);
    if (family == aarch64) {
        t->vector = 4;
        t->accumulators = NEON;
    } else {
        if (!known) t->cpu = avx512 ? "x86-64-v4" : avx2 ? "x86-64-v3" : "x86-64";
        t->vector = avx512 ? 16 : avx2 ? 8 : 4;
        t->accumulators = avx512 ? AVX512 : avx2 ? AVX2 : SSE;
    }
    return t;
}

const Target *target_find(Arena *a, const char *triple, const char *cpu, const char **error) {
    initialise();
    Target *t = ARENA_NEW(a, Target);
    const struct Family *host = host_family(), *family = triple ? family_of(a, triple) : host;
    if (!family) {
        *error = triple
                     ? arena_printf(a, "unknown target '%s' (--print-targets lists them)", triple)
                     : "this machine is no target: name one (--print-targets lists them)";
        return NULL;
    }
    t->triple = family->name;
    t->features = "";
    if (cpu && !strcmp(cpu, "native")) {
        if (family == host) return native(a, family->cpu, t);
        *error = arena_printf(a, "-mcpu=native is not for %s: name a CPU (--print-cpus lists them)",
                              family->name);
        return NULL;
    }
    for (const Cpu *c = family->cpu; c->name; c++) {
        if (cpu && strcmp(cpu, c->name) != 0) continue;
        t->cpu = c->name;
        t->needs = c->needs;
        t->vector = c->vector;
        t->accumulators = c->accumulators;
        return t;
    }
    *error =
        arena_printf(a, "unknown CPU '%s' for %s (--print-cpus lists them)", cpu, family->name);
    return NULL;
}
