// SPDX-License-Identifier: MIT
// Verify, optimise, and write a module as object, assembly, LLVM text or bitcode.
#include "emit/internal.h"
#include <llvm-c/Analysis.h>
#include <llvm-c/BitWriter.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Every function carries "warn-stack-size"="0", so that code generation reports each frame: "stack
// frame size (N) exceeds limit (0) in function 'f'". That is how an object's stack use is known.
static bool stack_report(Module *m, const char *text) {
    long long bytes;
    const char *report = strstr(text, "stack frame size (");
    if (!report || sscanf(report, "stack frame size (%lld)", &bytes) != 1) return false;
    if (bytes > m->largest_frame) m->largest_frame = bytes;
    return true;
}

void module_diagnostic(LLVMDiagnosticInfoRef info, void *module) {
    Module *m = module;
    char *text = LLVMGetDiagInfoDescription(info);
    if (!stack_report(m, text) && LLVMGetDiagInfoSeverity(info) == LLVMDSError && !m->trouble)
        m->trouble = arena_printf(m->arena, "%s", text);
    LLVMDisposeMessage(text);
}

int64_t module_stack_bytes(const Module *m) { // an entry point and a kernel, with return addresses
    return (2 * (m->largest_frame + 8) + 63) / 64 * 64;
}

void module_machine(Module *m, const Target *t) {
    static const LLVMCodeGenOptLevel level[] = {LLVMCodeGenLevelNone, LLVMCodeGenLevelLess,
                                                LLVMCodeGenLevelLess, LLVMCodeGenLevelAggressive};
    LLVMTargetRef target;
    char *error = NULL;
    if (LLVMGetTargetFromTriple(t->triple, &target, &error)) {
        m->trouble = arena_printf(m->arena, "%s", error);
        LLVMDisposeMessage(error);
        return;
    }
    m->ir.machine =
        LLVMCreateTargetMachine(target, t->triple, t->cpu, t->features, level[m->opt_level],
                                LLVMRelocPIC, LLVMCodeModelDefault);
    LLVMSetTarget(m->ir.module, t->triple);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(m->ir.machine);
    LLVMSetModuleDataLayout(m->ir.module, layout);
    LLVMDisposeTargetData(layout);
}

bool module_optimise(Module *m, const char **error) {
    if (m->ir.debug) LLVMDIBuilderFinalize(m->ir.debug);
    char *text = NULL;
    bool bad = LLVMVerifyModule(m->ir.module, LLVMReturnStatusAction, &text);
    if (bad && !m->trouble) m->trouble = arena_printf(m->arena, "%s", text);
    LLVMDisposeMessage(text);
    // Kernels leave the emitter in the shape they are to have: what remains is promoting variables,
    // folding addresses and moving what is constant out of loops. A third of default<O2>'s time, the
    // same speed of what comes out.
#define TIDY "instcombine<no-verify-fixpoint>"
    static const char *const passes[] = {"", "function(sroa,early-cse<memssa>,simplifycfg)",
                                         "function(sroa,early-cse<memssa>,simplifycfg," TIDY
                                         ",loop-mssa(loop-rotate,licm)," TIDY ",simplifycfg)",
                                         "default<O3>"};
    if (!m->trouble && m->opt_level > 0) {
        LLVMPassBuilderOptionsRef o = LLVMCreatePassBuilderOptions();
        LLVMPassBuilderOptionsSetLoopVectorization(o, 0);
        LLVMPassBuilderOptionsSetSLPVectorization(o, 0);
        LLVMPassBuilderOptionsSetLoopUnrolling(o, 0);
        LLVMErrorRef failed = LLVMRunPasses(m->ir.module, passes[m->opt_level], m->ir.machine, o);
        LLVMDisposePassBuilderOptions(o);
        if (failed) {
            char *message = LLVMGetErrorMessage(failed);
            m->trouble = arena_printf(m->arena, "%s", message);
            LLVMDisposeErrorMessage(message);
        }
    }
    *error = m->trouble;
    return !m->trouble;
}

bool module_write(Module *m, OutputKind kind, const char **bytes, size_t *length,
                  const char **error) {
    if (kind == OUT_LLVM) {
        m->text = LLVMPrintModuleToString(m->ir.module);
        *bytes = m->text;
        *length = strlen(m->text);
        return true;
    }
    char *text = NULL;
    if (kind == OUT_BITCODE) {
        m->buffer = LLVMWriteBitcodeToMemoryBuffer(m->ir.module);
    } else {
        LLVMCodeGenFileType type = kind == OUT_ASSEMBLY ? LLVMAssemblyFile : LLVMObjectFile;
        if (LLVMTargetMachineEmitToMemoryBuffer(m->ir.machine, m->ir.module, type, &text,
                                                &m->buffer)) {
            m->trouble = arena_printf(m->arena, "%s", text);
            LLVMDisposeMessage(text);
        }
    }
    *error = m->trouble;
    if (m->trouble) return false;
    *bytes = LLVMGetBufferStart(m->buffer);
    *length = LLVMGetBufferSize(m->buffer);
    return true;
}

void module_free(Module *m) {
    if (m->buffer) LLVMDisposeMemoryBuffer(m->buffer);
    if (m->text) LLVMDisposeMessage(m->text);
    if (m->ir.debug) LLVMDisposeDIBuilder(m->ir.debug);
    LLVMDisposeBuilder(m->ir.b);
    LLVMDisposeModule(m->ir.module);
    if (m->ir.machine) LLVMDisposeTargetMachine(m->ir.machine);
    LLVMContextDispose(m->ir.context);
}
