// SPDX-License-Identifier: MIT
// Targets: triple and CPU are found in the files of codegen/targets (LLVM only warns of an unknown CPU),
// and with them the description of the machine and the features that code for the CPU may use: for a CPU
// that is named those of LLVM's table, which is not to be asked.
#include "codegen/module.h"
#include "codegen/targets/targets.h"
#include <llvm-c/Core.h>
#include <llvm-c/Support.h>
#include <string.h>

// Two passes of LLVM's that take a fifth of code generation and were found to change nothing in the
// speed of kernels (addresses leave the emitter reduced already): left out below -O3.
void target_options(const Target *t, bool quick) {
    const char *word[4] = {"cnnc"};
    int n = 1;
    if (quick) word[n++] = "-disable-lsr";
    if (quick) word[n++] = "-disable-post-ra";
    if (t->scalable) word[n++] = "-pass-remarks-analysis=stack-frame-layout"; // see object.c
    if (n > 1) LLVMParseCommandLineOptions(n, word, "");
}

// All targets there are, as --print-targets lists them.
static const Architecture *const architectures[] = {
    &arch_x86_64,    &arch_aarch64,  &arch_riscv64, &arch_riscv32,
    &arch_thumbv7em, &arch_thumbv8m, &arch_wasm32,
};
enum { ARCHITECTURES = sizeof architectures / sizeof *architectures };

void target_print_targets(FILE *f) {
    for (int i = 0; i < ARCHITECTURES; i++) fprintf(f, "%s\n", architectures[i]->name);
}

void target_print_cpus(FILE *f) {
    fputs("native\n", f);
    for (int i = 0; i < ARCHITECTURES; i++)
        for (const Cpu *c = architectures[i]->cpu; c->name; c++)
            fprintf(f, "%-16s %s, vectors of %d floats\n", c->name, architectures[i]->arch,
                    c->like->vector);
}

void target_describe(Target *t, const Target *like) {
    const Target named = *t;
    *t = *like;
    t->triple = named.triple;
    t->cpu = named.cpu;
    if (!t->model) t->model = named.cpu;
    if (*named.features || !t->features) t->features = named.features;
    t->needs = named.needs;
}

const Architecture *target_architecture(const Target *t) {
    int i = 0;
    while (strcmp(t->triple, architectures[i]->name) != 0) i++;
    return architectures[i];
}

static const char *normal(Arena *a, const char *triple) {
    char *text = LLVMNormalizeTargetTriple(triple);
    const char *copy = arena_printf(a, "%s", text);
    LLVMDisposeMessage(text);
    return copy;
}

// The one whose name this is: as listed, or with a vendor, which changes nothing.
static const Architecture *named(Arena *a, const char *triple) {
    static const char *const vendors[] = {"unknown", "pc", "redhat", "suse", "none"};
    const char *wanted = normal(a, triple);
    for (int i = 0; i < ARCHITECTURES; i++) {
        const Architecture *of = architectures[i];
        if (!strcmp(wanted, normal(a, of->name))) return of;
        for (size_t v = 0; v < sizeof vendors / sizeof *vendors; v++)
            if (!strcmp(wanted,
                        normal(a, arena_printf(a, "%s-%s-%s", of->arch, vendors[v], of->system))))
                return of;
    }
    return NULL;
}

// This machine's, for which cnnc was compiled; or NULL. What is made for a Linux with glibc is right for
// one with another C library too.
static const Architecture *of_host(void) {
    for (int i = 0; i < ARCHITECTURES; i++)
        if (architectures[i]->host) return architectures[i];
    return NULL;
}

bool target_is_bare(const Target *t) {
    return target_architecture(t)->bare;
}

int64_t target_reach(const Target *t) {
    const Architecture *of = target_architecture(t);
    return of->reach ? of->reach : INT64_MAX;
}

bool target_is_host(const Target *t) {
    return target_architecture(t)->host;
}

// This machine: its name may be unknown to LLVM, its features are right, so the facts come from them.
static const Target *native(Arena *a, const Architecture *of, Target *t) {
    char *name = LLVMGetHostCPUName(), *features = LLVMGetHostCPUFeatures();
    t->cpu = arena_printf(a, "%s", name);
    t->features = arena_printf(a, "%s", features);
    LLVMDisposeMessage(name);
    LLVMDisposeMessage(features);
    const Cpu *row = of->cpu;
    while (row->name && strcmp(row->name, t->cpu) != 0) row++;
    of->native(a, row->like, t);
    return t;
}

const Target *target_find(Arena *a, const char *triple, const char *cpu, const char **error) {
    for (int i = 0; i < ARCHITECTURES; i++) architectures[i]->initialise();
    Target *t = ARENA_NEW(a, Target);
    const Architecture *of = triple ? named(a, triple) : of_host();
    if (!of) {
        *error = triple
                     ? arena_printf(a, "unknown target '%s' (--print-targets lists them)", triple)
                     : "this machine is no target: name one (--print-targets lists them)";
        return NULL;
    }
    t->triple = of->name;
    t->features = "";
    if (cpu && !strcmp(cpu, "native")) {
        if (of->host && of->native) return native(a, of, t);
        *error = arena_printf(a, "-mcpu=native is not for %s: name a CPU (--print-cpus lists them)",
                              of->name);
        return NULL;
    }
    for (const Cpu *c = of->cpu; c->name; c++) {
        if (cpu && strcmp(cpu, c->name) != 0) continue;
        t->cpu = c->name;
        t->needs = c->needs;
        target_describe(t, c->like);
        return t;
    }
    *error = arena_printf(a, "unknown CPU '%s' for %s (--print-cpus lists them)", cpu, of->name);
    return NULL;
}
