// SPDX-License-Identifier: MIT
// The two things that are made of plans: the object of a training program, whose only visible symbol
// is the descriptor cnn_model, and the standalone inference object.
#include "emit/internal.h"
#include "emit/phase.h"
#include <string.h>

static void start_debug(Module *m, const ModuleOptions *o) {
    Ir *ir = &m->ir;
    if (!o->debug) return;
    const char *slash = strrchr(o->source, '/');
    const char *name = slash ? slash + 1 : o->source;
    Val version = LLVMConstInt(ir->i32, LLVMDebugMetadataVersion(), 0),
        dwarf = LLVMConstInt(ir->i32, 4, 0);
    LLVMAddModuleFlag(ir->module, LLVMModuleFlagBehaviorWarning, "Debug Info Version", 18,
                      LLVMValueAsMetadata(version));
    LLVMAddModuleFlag(ir->module, LLVMModuleFlagBehaviorWarning, "Dwarf Version", 13,
                      LLVMValueAsMetadata(dwarf));
    ir->debug = LLVMCreateDIBuilder(ir->module);
    ir->file = LLVMDIBuilderCreateFile(ir->debug, name, strlen(name), ".", 1);
    const char *producer = arena_printf(m->arena, "cnnc %s", o->version);
    LLVMDIBuilderCreateCompileUnit(ir->debug, LLVMDWARFSourceLanguageC99, ir->file, producer,
                                   strlen(producer), o->opt_level > 0, "", 0, 0, "", 0,
                                   LLVMDWARFEmissionFull, 0, 0, 0, "", 0, "", 0);
}

static Module *module_new(Arena *a, const ModuleOptions *o, const Target *t) {
    Module *m = ARENA_NEW(a, Module);
    m->arena = a;
    m->opt_level = o->opt_level;
    Ir *ir = &m->ir;
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
    ir->vector = t->vector;
    ir->cpu = t->cpu;
    ir->features = t->features;
    module_machine(m, t);
    start_debug(m, o);
    return m;
}

static const PhasePlan *leaf_phase(const Plan *p) {
    for (int i = 0; i < p->nphase; i++)
        if (p->phase[i].by_leaf) return &p->phase[i];
    return NULL;
}

static Val infer_function(Module *m, const Plan *p, const Val *kernel, const char *name,
                          int64_t clear, bool timed, Val *prepare) {
    if (!p->phase[0].by_leaf)
        *prepare = emit_unit_function(&m->ir, p, &p->phase[0], kernel,
                                      arena_printf(m->arena, "%s.prepare", name), timed);
    return emit_leaf_function(&m->ir, p, leaf_phase(p), kernel, name, clear, timed);
}

static Val *train_functions(Module *m, const Plan *p, const Val *kernel, bool timed) {
    Val *phase = ARENA_ARRAY(m->arena, Val, p->nphase);
    for (int i = 0; i < p->nphase; i++) {
        const PhasePlan *plan = &p->phase[i];
        const char *name = arena_printf(m->arena, "phase%d%s", i, timed ? ".timed" : "");
        phase[i] = plan->by_leaf
                       ? emit_leaf_function(&m->ir, p, plan, kernel, name, p->leaf_bytes, timed)
                       : emit_unit_function(&m->ir, p, plan, kernel, name, timed);
    }
    return phase;
}

// Evaluation and prediction share what is computed from the weights: both plans put it alike.
static bool same_step(const Plan *a, const Plan *b) {
    const Step *s = a->step, *t = b->step;
    if (a->step_bytes != b->step_bytes) return false;
    for (int i = 0, j = 0;; i++, j++) {
        while (i < s->ntensor && s->tensor[i].owner != O_STEP) i++;
        while (j < t->ntensor && t->tensor[j].owner != O_STEP) j++;
        if (i == s->ntensor || j == t->ntensor) return i == s->ntensor && j == t->ntensor;
        if (strcmp(s->tensor[i].name, t->tensor[j].name) != 0) return false;
        if (s->tensor[i].offset != t->tensor[j].offset) return false;
    }
}

Module *module_program(Arena *a, const ModuleOptions *o, const Plan *train, const Plan *evaluate,
                       const Plan *predict, const ProgramText *text) {
    Module *m = module_new(a, o, &predict->target);
    ProgramCode code = {0};
    if (train) {
        Val *kernel = emit_kernels(&m->ir, train, "");
        code.phase = train_functions(m, train, kernel, false);
        code.timed_phase = train_functions(m, train, kernel, true);
        code.leaf_add = emit_leaf_add(&m->ir, train, "leaf_add");
    }
    if (evaluate) {
        if (!same_step(evaluate, predict))
            m->trouble = "evaluation and prediction differ in the step block";
        Val *kernel = emit_kernels(&m->ir, evaluate, "evaluate.");
        code.evaluate = infer_function(m, evaluate, kernel, "evaluate", evaluate->leaf_doubles * 8,
                                       false, &code.prepare);
    }
    Val again = NULL, *kernel = emit_kernels(&m->ir, predict, "predict.");
    code.predict = infer_function(m, predict, kernel, "predict", 0, false, &again);
    if (!evaluate) code.prepare = again;
    code.timed_predict =
        infer_function(m, predict, kernel, "predict.timed", 0, true, &code.timed_prepare);
    code.widen = emit_widen(&m->ir, "widen");
    enum { LEAST_CHAINS = 12 }; // more than any machine's multiply-adds under way at a time
    int tile = predict->target.accumulators;
    code.peak_chains = tile < LEAST_CHAINS ? LEAST_CHAINS : tile;
    code.peak = emit_peak(&m->ir, code.peak_chains, "peak");
    emit_descriptor(m, train, evaluate, predict, &code, text);
    return m;
}

// --- the inference object ---

int64_t object_workspace(const Plan *p) {
    return p->scratch_bytes > 0 ? p->scratch_bytes : 64;
}

const char *object_size_symbol(Arena *a, const Plan *p, const char *prefix) {
    const Step *s = p->step;
    int64_t in = s->tensor[s->input].sample_stride, out = s->tensor[s->output].sample_stride;
    return arena_printf(a, "%s_object_in%lld_out%lld_ws%lld", prefix, (long long)in, (long long)out,
                        (long long)object_workspace(p));
}

static Val constant_bytes(Ir *ir, const char *name, const void *bytes, size_t n, unsigned align) {
    Val init = LLVMConstStringInContext2(ir->context, bytes, n, 1);
    Val g = LLVMAddGlobal(ir->module, LLVMTypeOf(init), name);
    LLVMSetInitializer(g, init);
    LLVMSetGlobalConstant(g, 1);
    LLVMSetLinkage(g, LLVMInternalLinkage);
    LLVMSetAlignment(g, align);
    LLVMSetUnnamedAddress(g, LLVMGlobalUnnamedAddr);
    return g;
}

// void P_predict_batch(input, output, n, workspace); void P_predict(input, output, workspace)
static void entry_points(Module *m, const ModuleOptions *o, const Plan *p, const Val *kernel,
                         Val weights) {
    Ir *ir = &m->ir;
    for (int batch = 0; batch < 2; batch++) {
        Type t[4] = {ir->ptr, ir->ptr, batch ? ir->i64 : ir->ptr, ir->ptr};
        const char *name = arena_printf(m->arena, "%s_predict%s", o->prefix, batch ? "_batch" : "");
        Val fn = ir_function(ir, name, ir->none, t, 3 + batch, false, (Loc){1, 1, 1, 1});
        Val n = batch ? LLVMGetParam(fn, 2) : ir_int(ir, 1);
        Val step = ir_at(ir, weights, ir->i8, ir_int(ir, p->param_floats * 4));
        Bases b = {.step = step,
                   .input = LLVMGetParam(fn, 0),
                   .output = LLVMGetParam(fn, 1),
                   .params = weights,
                   .scratch = LLVMGetParam(fn, 2 + (unsigned)batch),
                   .first = ir_int(ir, 0)};
        emit_clear_rings(ir, p, b.scratch);
        emit_depth_first(ir, p, leaf_phase(p), kernel, &b, n);
        ir_return(ir);
    }
}

// const char *P_info(void), and a symbol that names the object's sizes.
static void info_and_sizes(Module *m, const ModuleOptions *o, const Plan *p, const char *info) {
    Ir *ir = &m->ir;
    Val text = constant_bytes(ir, "info", info, strlen(info) + 1, 1);
    const char *name = arena_printf(m->arena, "%s_info", o->prefix);
    ir_function(ir, name, ir->ptr, NULL, 0, false, (Loc){1, 1, 1, 1});
    LLVMBuildRet(ir->b, text);
    LLVMSetCurrentDebugLocation2(ir->b, NULL);
    const char *sizes = object_size_symbol(m->arena, p, o->prefix);
    Val g = LLVMAddGlobal(ir->module, ir->i8, sizes);
    LLVMSetInitializer(g, LLVMConstInt(ir->i8, 1, 0));
    LLVMSetGlobalConstant(g, 1);
}

Module *module_object(Arena *a, const ModuleOptions *o, const Plan *predict, const float *weights,
                      const char *info) {
    Module *m = module_new(a, o, &predict->target);
    size_t bytes = (size_t)(predict->param_floats * 4 + predict->step_bytes);
    char *all = arena_alloc(a, bytes ? bytes : 1); // the weights, and what is computed from them
    memcpy(all, weights, (size_t)predict->param_floats * 4);
    plan_fold(predict, weights, (float *)(void *)(all + predict->param_floats * 4));
    Val w = constant_bytes(&m->ir, "weights", all, bytes, 64);
    LLVMSetSection(w, ".rodata.cnn");
    Val *kernel = emit_kernels(&m->ir, predict, "");
    entry_points(m, o, predict, kernel, w);
    info_and_sizes(m, o, predict, info);
    return m;
}
