// SPDX-License-Identifier: MIT
// The LLVM modules that a program is made of, called its parts. Code is made of several of them at a
// time, so a function goes where there is least, and those of one part are seen by the others.
#include "codegen/internal.h"
#include "codegen/names.h"
#include "codegen/phase.h"
#include "codegen/targets/targets.h"
#include "support/text.h"
#include <string.h>

static void start_debug(Module *m, const ModuleOptions *o) {
    Builder *ir = &m->ir;
    if (!o->debug) return;
    const char *name = text_last_part(o->source);
    Val version = LLVMConstInt(ir->i32, LLVMDebugMetadataVersion(), 0),
        dwarf = LLVMConstInt(ir->i32, 4, 0);
    LLVMAddModuleFlag(ir->module, LLVMModuleFlagBehaviorWarning, "Debug Info Version", 18,
                      LLVMValueAsMetadata(version));
    LLVMAddModuleFlag(ir->module, LLVMModuleFlagBehaviorWarning, "Dwarf Version", 13,
                      LLVMValueAsMetadata(dwarf));
    ir->debug = LLVMCreateDIBuilder(ir->module);
    ir->file = LLVMDIBuilderCreateFile(ir->debug, name, strlen(name), "", 0);
    const char *producer = arena_printf(m->arena, "cnnc %s", o->version);
    LLVMDIBuilderCreateCompileUnit(ir->debug, LLVMDWARFSourceLanguageC99, ir->file, producer,
                                   strlen(producer), o->opt_level > 0, "", 0, 0, "", 0,
                                   LLVMDWARFEmissionFull, 0, 0, 0, "", 0, "", 0);
}

void module_target(Module *m, const Target *t) {
    m->ir.vector = t->vector;
    m->ir.target = t;
}

static void set_machine(Module *m, const Target *t) {
    static const LLVMCodeGenOptLevel level[] = {LLVMCodeGenLevelNone, LLVMCodeGenLevelLess,
                                                LLVMCodeGenLevelLess, LLVMCodeGenLevelAggressive};
    LLVMTargetRef target;
    char *error = NULL;
    char *normal = LLVMNormalizeTargetTriple(t->triple); // else the system is taken for the vendor
    const char *triple = arena_printf(m->arena, "%s", normal);
    LLVMDisposeMessage(normal);
    if (LLVMGetTargetFromTriple(triple, &target, &error)) {
        module_trouble(m, error);
        LLVMDisposeMessage(error);
        return;
    }
    const Architecture *of = target_architecture(t);
    LLVMTargetMachineOptionsRef o = LLVMCreateTargetMachineOptions();
    LLVMTargetMachineOptionsSetCPU(o, t->model);
    LLVMTargetMachineOptionsSetFeatures(o, t->features);
    LLVMTargetMachineOptionsSetCodeGenOptLevel(o, level[m->options.opt_level]);
    LLVMTargetMachineOptionsSetRelocMode(o, of->relocation);
    if (of->abi) LLVMTargetMachineOptionsSetABI(o, of->abi);
    m->ir.machine = LLVMCreateTargetMachineWithOptions(target, triple, o);
    LLVMDisposeTargetMachineOptions(o);
    LLVMSetTarget(m->ir.module, triple);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(m->ir.machine);
    LLVMSetModuleDataLayout(m->ir.module, layout);
    m->ir.index = LLVMIntPtrTypeInContext(m->ir.context, layout);
    LLVMDisposeTargetData(layout);
}

Module *module_new(Arena *a, const ModuleOptions *o, const Target *t) {
    Module *m = ARENA_NEW(a, Module);
    m->arena = a;
    m->options = *o;
    m->target = t;
    Builder *ir = &m->ir;
    ir->arena = a;
    ir->context = LLVMContextCreate();
    LLVMContextSetDiagnosticHandler(ir->context, module_diagnostic, m);
    ir->module = LLVMModuleCreateWithNameInContext(o->source, ir->context);
    ir->b = LLVMCreateBuilderInContext(ir->context);
    ir->f32 = LLVMFloatTypeInContext(ir->context);
    ir->f64 = LLVMDoubleTypeInContext(ir->context);
    ir->i1 = LLVMInt1TypeInContext(ir->context);
    ir->i8 = LLVMInt8TypeInContext(ir->context);
    ir->i16 = LLVMInt16TypeInContext(ir->context);
    ir->i32 = LLVMInt32TypeInContext(ir->context);
    ir->i64 = LLVMInt64TypeInContext(ir->context);
    ir->ptr = LLVMPointerTypeInContext(ir->context, 0);
    ir->none = LLVMVoidTypeInContext(ir->context);
    ir->index = ir->i64;
    module_target(m, t);
    set_machine(m, t);
    start_debug(m, o);
    return m;
}

// Each part costs some time of its own: these many instructions come before another one is opened. From
// FEW_PARTS on they are larger; that leaves some for each CPU, and progress to be told.
enum { FEW_PARTS = 4, SMALL_PART = 1500, LARGE_PART = 4000 };

Builder *part_with_room(const Kernels *to) {
    Module *m = to->home, *least = m, *last = m;
    int n = 0;
    for (; m; last = m, m = m->next, n++)
        if (m->ir.size < least->ir.size) least = m;
    bool full = least->ir.size > (n < FEW_PARTS ? SMALL_PART : LARGE_PART);
    if (!full || n >= to->home->options.parts) return &least->ir;
    last->next = module_new(last->arena, &last->options, last->target);
    return &last->next->ir;
}

const char *part_name(const Kernels *to, const char *prefix, const char *name) {
    Arena *a = to->home->arena;
    const char *full = arena_printf(a, "%s%s", prefix, name_plain(a, name)), *unique = full;
    int again = 0;
    for (const Module *m = to->home; m;) {
        bool taken = LLVMGetNamedFunction(m->ir.module, name_internal(a, unique)) != NULL;
        if (taken) unique = arena_printf(a, "%s.%d", full, ++again);
        m = taken ? to->home : m->next;
    }
    return unique;
}

void part_show(const Kernels *to, Val fn) {
    if (to->home->options.parts == 1) return;
    LLVMSetLinkage(fn, LLVMExternalLinkage);
    LLVMSetVisibility(fn, LLVMHiddenVisibility);
}

static void part_free(Module *m) {
    if (m->buffer) LLVMDisposeMemoryBuffer(m->buffer);
    if (m->text) LLVMDisposeMessage(m->text);
    if (m->trouble) LLVMDisposeMessage(m->trouble);
    if (m->ir.debug) LLVMDisposeDIBuilder(m->ir.debug);
    LLVMDisposeBuilder(m->ir.b);
    LLVMDisposeModule(m->ir.module);
    if (m->ir.machine) LLVMDisposeTargetMachine(m->ir.machine);
    LLVMContextDispose(m->ir.context);
}

void module_free(Module *m) {
    for (; m; m = m->next) part_free(m);
}
