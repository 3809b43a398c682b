// SPDX-License-Identifier: MIT
// Verify, optimise, and write a module as object, library, assembly, LLVM text or bitcode: each part
// by one thread, the largest first, as many threads as there are CPUs.
#ifndef _GNU_SOURCE // LLVM's own flags may have it
#define _GNU_SOURCE // sched_getaffinity
#endif
#include "codegen/core.h"
#include "codegen/soft.h"
#include <llvm-c/Analysis.h>
#include <llvm-c/BitWriter.h>
#include <llvm-c/Object.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Every function carries "warn-stack-size"="0", so that code generation reports each frame: "stack
// frame size (N) exceeds limit (0) in function 'f'". That is how an object's stack use is known.
static const char *function_of(const char *report) { // and the quotation mark behind its name
    const char *name = strstr(report, "in function '");
    return name ? name + strlen("in function '") : "";
}

static bool stack_report(Module *m, const char *text) {
    long long bytes;
    const char *report = strstr(text, "stack frame size (");
    if (!report || sscanf(report, "stack frame size (%lld)", &bytes) != 1) return false;
    bool kernel = strstr(text, "cnn." TRAIN_KERNELS) || strstr(text, "cnn." PREDICT_KERNELS);
    int64_t *most = kernel || !m->has_core ? &m->largest_frame : &m->largest_caller;
    if (strstr(text, CORE_PREFIX))
        m->core_frames += bytes;
    else if (bytes > *most)
        *most = bytes;
    if (bytes > m->deepest_frame) {
        m->deepest_frame = bytes;
        snprintf(m->deepest, sizeof m->deepest, "%s", function_of(text));
    }
    return true;
}

// Of a function with vectors whose size is known when it runs only, frames are reported without them; what they take
// is told apart, a line each: "Offset: ..., Size: vscale x N" (target_options()).
static bool layout_report(Module *m, const char *text) {
    enum { MOST = TARGET_SCALABLE_BITS / 64 }; // of what LLVM calls vscale
    if (!strstr(text, "\nFunction: ")) return false;
    int64_t bytes = 0;
    static const char size[] = "Size: vscale x ";
    for (const char *at = text; (at = strstr(at, size)); at += strlen(size))
        bytes += MOST * strtoll(at + strlen(size), NULL, 10);
    if (strstr(text, CORE_PREFIX))
        m->core_frames += bytes;
    else if (bytes > m->largest_scalable)
        m->largest_scalable = bytes;
    return true;
}

void module_diagnostic(LLVMDiagnosticInfoRef info, void *module) {
    Module *m = module;
    char *text = LLVMGetDiagInfoDescription(info);
    if (!stack_report(m, text) && !layout_report(m, text) &&
        LLVMGetDiagInfoSeverity(info) == LLVMDSError)
        module_trouble(m, text);
    LLVMDisposeMessage(text);
}

void module_trouble(Module *m, const char *text) {
    if (!m->trouble) m->trouble = LLVMCreateMessage(text);
}

// An entry point and a kernel, with return addresses. Where steps are made: an entry point, a phase, a section of it,
// a kernel, and between them each function of core.h, none of which calls itself.
int64_t module_stack_bytes(const Module *m) {
    enum { CORE_DEPTH = 8 };
    int64_t frames = 2 * m->largest_frame, calls = 2, align = m->target->stack_align;
    if (m->has_core) {
        frames = m->largest_frame + 3 * m->largest_caller + m->core_frames;
        calls = 4 + CORE_DEPTH;
    }
    frames += (m->has_core ? 4 : 2) * m->largest_scalable;
    int64_t bytes = frames + calls * m->target->return_bytes;
    return (bytes + align - 1) / align * align;
}

const char *module_deepest(const Module *m) {
    return arena_printf(m->arena, "%.*s", (int)strcspn(m->deepest, "'"), m->deepest);
}

int64_t module_constant_bytes(const Module *m) {
    return m->constants ? (int64_t)LLVMGetArrayLength2(LLVMGlobalGetValueType(m->constants)) : 0;
}

static void run_passes(Module *m, const char *pass) {
    LLVMPassBuilderOptionsRef o = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetLoopVectorization(o, 0);
    LLVMPassBuilderOptionsSetSLPVectorization(o, 0);
    LLVMPassBuilderOptionsSetLoopUnrolling(o, 0);
    LLVMErrorRef failed = LLVMRunPasses(m->ir.module, pass, m->ir.machine, o);
    LLVMDisposePassBuilderOptions(o);
    if (!failed) return;
    char *message = LLVMGetErrorMessage(failed);
    module_trouble(m, message);
    LLVMDisposeErrorMessage(message);
}

static void optimise(Module *m) {
    if (m->ir.debug) LLVMDIBuilderFinalize(m->ir.debug);
    char *text = NULL;
    bool bad = LLVMVerifyModule(m->ir.module, LLVMReturnStatusAction, &text);
    if (bad) module_trouble(m, text);
    LLVMDisposeMessage(text);
    // Kernels leave the emitter in the shape they are to have: what remains is promoting variables,
    // folding addresses and moving what is constant out of loops. A third of default<O2>'s time, the
    // same speed of what comes out.
#define TIDY "instcombine<no-verify-fixpoint>"
    static const char *const passes[] = {"", "function(sroa,early-cse<memssa>,simplifycfg)",
                                         "function(sroa,early-cse<memssa>,simplifycfg," TIDY
                                         ",loop-mssa(loop-rotate,licm)," TIDY ",simplifycfg)",
                                         "default<O3>"};
    const char *pass = passes[m->options.opt_level];
    char pruned[512];
    if (m->has_core) {
        snprintf(pruned, sizeof pruned, "globaldce%s%s", *pass ? "," : "", pass);
        pass = pruned;
    }
    if (!m->trouble && *pass) run_passes(m, pass);
    if (m->trouble || !m->has_core || !soft_wanted(m->target)) return;
    soften(m);
    run_passes(m, "globaldce");
}

static void write_part(Module *m, OutputKind kind, Output *out) {
    if (kind == OUT_LLVM) {
        m->text = LLVMPrintModuleToString(m->ir.module);
        *out = (Output){m->text, strlen(m->text)};
        return;
    }
    char *text = NULL;
    if (kind == OUT_BITCODE) {
        m->buffer = LLVMWriteBitcodeToMemoryBuffer(m->ir.module);
    } else {
        LLVMCodeGenFileType type = kind == OUT_ASSEMBLY ? LLVMAssemblyFile : LLVMObjectFile;
        if (LLVMTargetMachineEmitToMemoryBuffer(m->ir.machine, m->ir.module, type, &text,
                                                &m->buffer)) {
            module_trouble(m, text);
            LLVMDisposeMessage(text);
        }
    }
    if (!m->trouble) *out = (Output){LLVMGetBufferStart(m->buffer), LLVMGetBufferSize(m->buffer)};
}

int64_t output_code_bytes(const Output *object) {
    char *text = NULL;
    int64_t bytes = 0;
    LLVMMemoryBufferRef buffer =
        LLVMCreateMemoryBufferWithMemoryRange(object->bytes, object->length, "object", 0);
    LLVMBinaryRef binary = LLVMCreateBinary(buffer, NULL, &text);
    LLVMSectionIteratorRef s = binary ? LLVMObjectFileCopySectionIterator(binary) : NULL;
    for (; s && !LLVMObjectFileIsSectionIteratorAtEnd(binary, s); LLVMMoveToNextSection(s)) {
        const char *name = LLVMGetSectionName(s);
        if (name && (!strncmp(name, ".text", 5) || !strncmp(name, ".rodata", 7) ||
                     !strncmp(name, ".srodata", 8) || !strncmp(name, ".ARM.ex", 7) ||
                     !strcmp(name, "CODE") || !strcmp(name, "DATA"))) // WebAssembly's
            bytes += (int64_t)LLVMGetSectionSize(s);
    }
    LLVMDisposeMessage(text);
    if (s) LLVMDisposeSectionIterator(s);
    if (binary) LLVMDisposeBinary(binary);
    LLVMDisposeMemoryBuffer(buffer);
    return bytes;
}

typedef struct Work { // parts that threads take from
    Module *part[MODULE_PARTS];
    Output *out;
    OutputKind kind;
    int n;
    atomic_int next;
    pthread_mutex_t lock; // of what follows
    const Progress *progress;
    int64_t done, size; // instructions
} Work;

static void report(Work *w, const Module *m) {
    pthread_mutex_lock(&w->lock);
    w->done += m->ir.size;
    if (w->progress) w->progress->report(w->progress->data, (double)w->done / (double)w->size);
    pthread_mutex_unlock(&w->lock);
}

static void *work(void *work) {
    Work *w = work;
    for (int i; (i = atomic_fetch_add(&w->next, 1)) < w->n;) {
        Module *m = w->part[i];
        optimise(m);
        module_define_constants(m);
        if (!m->trouble) write_part(m, w->kind, &w->out[i]);
        report(w, m);
    }
    return NULL;
}

static void put_largest_first(Work *w, Module *m) {
    for (; m; m = m->next) {
        int at = w->n++;
        for (; at > 0 && w->part[at - 1]->ir.size < m->ir.size; at--) w->part[at] = w->part[at - 1];
        w->part[at] = m;
        w->size += m->ir.size;
    }
}

static int cpus(void) { // those that this process may use
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

int module_write(Module *m, OutputKind kind, Output out[MODULE_PARTS], const Progress *progress,
                 const char **error) {
    Work w = {.out = out, .kind = kind, .lock = PTHREAD_MUTEX_INITIALIZER, .progress = progress};
    put_largest_first(&w, m);
    pthread_t helper[MODULE_PARTS];
    int nhelpers = 0;
    while (nhelpers + 1 < w.n && nhelpers + 1 < cpus() &&
           pthread_create(&helper[nhelpers], NULL, work, &w) == 0)
        nhelpers++;
    work(&w);
    for (int i = 0; i < nhelpers; i++) pthread_join(helper[i], NULL);
    *error = NULL;
    for (int i = 0; i < w.n && !*error; i++)
        if (w.part[i]->trouble) *error = arena_printf(m->arena, "%s", w.part[i]->trouble);
    if (kind == OUT_ARCHIVE && !*error) *out = module_archive(m, *out);
    return *error ? 0 : w.n;
}
