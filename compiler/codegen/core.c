// SPDX-License-Identifier: MIT
// See core.h. Clang has compiled these files for each architecture; an object's functions are for its CPU, so what
// says for which they were compiled is taken off.
#include "codegen/core.h"
#include "codegen/soft.h"
#include "codegen/targets/targets.h"
#include "support/limit.h"
#include <llvm-c/BitReader.h>
#include <llvm-c/Linker.h>
#include <string.h>

static bool is_for(const CoreCode *c, const Target *t) {
    const Architecture *of = target_architecture(t);
    return !strcmp(c->arch, of->core ? of->core : of->arch);
}

static void rename_core(Builder *ir, Val v) {
    size_t n;
    const char *name = LLVMGetValueName2(v, &n);
    name = arena_printf(ir->arena, CORE_PREFIX "%.*s", (int)n, name);
    LLVMSetValueName2(v, name, strlen(name));
}

static void link_code(Module *m, const CoreCode *c) {
    LLVMModuleRef code;
    LLVMMemoryBufferRef bytes =
        LLVMCreateMemoryBufferWithMemoryRange((const char *)c->bytes, c->length, "core", 0);
    bool bad = LLVMParseBitcodeInContext2(m->ir.context, bytes, &code);
    LLVMDisposeMemoryBuffer(bytes);
    if (bad) {
        module_trouble(m, "the runtime's code cannot be read");
        return;
    }
    for (Val g = LLVMGetFirstGlobal(code); g; g = LLVMGetNextGlobal(g)) rename_core(&m->ir, g);
    LLVMSetTarget(code, LLVMGetTarget(m->ir.module)); // the same, by another name
    LLVMSetModuleDataLayout(code, LLVMGetModuleDataLayout(m->ir.module));
    if (LLVMLinkModules2(m->ir.module, code)) module_trouble(m, "the runtime's code does not fit");
}

// What clears or copies memory by an intrinsic of that name may become a call of the C library's; under the other
// name it never does. The lengths here are constants all.
static void stay_inline(Builder *ir, Val call) {
    static const struct {
        const char *name, *own;
        int overloads;
    } same[] = {{"llvm.memset.p0", "llvm.memset.inline", 2},
                {"llvm.memcpy.p0", "llvm.memcpy.inline", 3}};
    size_t n;
    const char *name = LLVMGetValueName2(LLVMGetCalledValue(call), &n);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (strncmp(name, same[i].name, strlen(same[i].name)) != 0) continue;
        Val arg[4];
        for (unsigned k = 0; k < 4; k++) arg[k] = LLVMGetOperand(call, k);
        Type overload[3] = {ir->ptr, ir->ptr, LLVMTypeOf(arg[2])};
        overload[same[i].overloads - 1] = LLVMTypeOf(arg[2]);
        LLVMPositionBuilderBefore(ir->b, call);
        LLVMSetCurrentDebugLocation2(ir->b, NULL);
        ir_intrinsic(ir, same[i].own, overload, same[i].overloads, arg, 4);
        LLVMInstructionEraseFromParent(call);
        return;
    }
}

static void no_calls(Builder *ir, Val fn) {
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(fn); b; b = LLVMGetNextBasicBlock(b))
        for (Val i = LLVMGetFirstInstruction(b), next; i; i = next) {
            next = LLVMGetNextInstruction(i);
            if (LLVMIsACallInst(i)) stay_inline(ir, i);
        }
}

// As ir_function() makes them.
static void adopt(Builder *ir, Val fn) {
    static const char *const others[] = {"target-features", "tune-cpu", "frame-pointer",
                                         "min-legal-vector-width"};
    int whole = (int)LLVMAttributeFunctionIndex;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        LLVMRemoveStringAttributeAtIndex(fn, (unsigned)whole, others[i],
                                         (unsigned)strlen(others[i]));
    ir_attribute(ir, fn, whole, "noredzone", 0);
    ir_text_attribute(ir, fn, "warn-stack-size", "0");
    ir_text_attribute(ir, fn, "target-cpu", ir->target->model);
    if (*ir->target->features) ir_text_attribute(ir, fn, "target-features", ir->target->features);
    size_t n; // what may be called once code was optimised is kept until then
    bool kept = soft_wanted(ir->target) && soft_is(LLVMGetValueName2(fn, &n));
    rename_core(ir, fn);
    LLVMSetLinkage(fn, kept ? LLVMExternalLinkage : LLVMInternalLinkage);
}

void core_link(Module *m) {
    for (const CoreCode *c = core_code; c->arch && !m->trouble; c++)
        if (is_for(c, m->target)) link_code(m, c);
    for (Val f = LLVMGetFirstFunction(m->ir.module); f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f)) adopt(&m->ir, f), no_calls(&m->ir, f);
    m->has_core = true;
}

Val core_function(Module *m, const char *name) {
    Val fn = LLVMGetNamedFunction(m->ir.module, arena_printf(m->arena, CORE_PREFIX "%s", name));
    if (!fn) internal_error("the runtime has no function %s", name);
    return fn;
}
