// SPDX-License-Identifier: MIT
// The two things that are made of plans: the object of a training program, whose only visible symbol
// is the descriptor cnn_model, and the standalone inference object.
#include "codegen/apart.h"
#include "codegen/dispatch.h"
#include "codegen/names.h"
#include "codegen/phase.h"
#include "support/limit.h"
#include <string.h>

static const PhasePlan *leaf_phase(const Plan *p) {
    for (int i = 0; i < p->nphase; i++)
        if (p->phase[i].by_leaf) return &p->phase[i];
    return NULL;
}

Val emit_inference(Kernels *to, PhaseCode c, const char *name, Val *prepare) {
    const Plan *p = c.p;
    if (leaf_phase(p) - p->phase > 1)
        internal_error("a program prepares its weights in more than one phase");
    c.name = arena_printf(p->arena, "%s.prepare", name);
    c.phase = &p->phase[0];
    if (!p->phase[0].by_leaf) *prepare = emit_phase(to, &c);
    c.name = name;
    c.phase = leaf_phase(p);
    return emit_phase(to, &c);
}

Val *emit_training(Kernels *to, PhaseCode c) {
    const Plan *p = c.p;
    Val *phase = ARENA_ARRAY(p->arena, Val, p->nphase);
    for (int i = 0; i < p->nphase; i++) {
        c.name = arena_printf(p->arena, "phase%d%s", i, c.timed ? ".timed" : "");
        c.phase = &p->phase[i];
        c.clear = c.phase->leaf_bytes;
        phase[i] = emit_phase(to, &c);
    }
    return phase;
}

Val *emit_sums(Builder *ir, const Plan *train) {
    Val *sum = ARENA_ARRAY(ir->arena, Val, train->nphase);
    for (int i = 0; i < train->nphase; i++)
        sum[i] = emit_sum(ir, train, &train->phase[i], arena_printf(ir->arena, "sum%d", i));
    return sum;
}

Module *module_program(Arena *a, const ModuleOptions *o, const Plan *train, const Plan *evaluate,
                       const Plan *predict, const ProgramText *text) {
    Module *m = module_new(a, o, &predict->target);
    Kernels to = {.home = m, .made = map_new(a)};
    ProgramCode code = {0};
    if (train) {
        PhaseCode c = {.p = train};
        c.kernel = emit_kernels(&to, train, "train.");
        code.phase = emit_training(&to, c);
        c.timed = true;
        code.timed_phase = emit_training(&to, c);
        code.sum = emit_sums(&m->ir, train);
    }
    if (evaluate) {
        PhaseCode c = {.p = evaluate, .clear = leaf_phase(evaluate)->leaf_doubles * 8};
        c.kernel = emit_kernels(&to, evaluate, "evaluate.");
        code.evaluate = emit_inference(&to, c, "evaluate", &code.prepare_evaluate);
    }
    PhaseCode c = {.p = predict, .kernel = emit_kernels(&to, predict, "predict.")};
    code.predict = emit_inference(&to, c, "predict", &code.prepare);
    c.timed = true;
    code.timed_predict = emit_inference(&to, c, "predict.timed", &code.timed_prepare);
    code.widen = emit_widen(&m->ir, "widen");
    enum { LEAST_CHAINS = 12 }; // more than any machine's multiply-adds under way at a time
    int tile = predict->target.accumulators;
    code.peak_chains = tile < LEAST_CHAINS ? LEAST_CHAINS : tile;
    code.peak = emit_peak(&m->ir, code.peak_chains, "peak");
    static const char *const stream[CNN_STREAMS] = {"stream.read", "stream.write", "stream.change"};
    for (int i = 0; i < CNN_STREAMS; i++) code.stream[i] = emit_stream(&m->ir, i, stream[i]);
    emit_descriptor(m, train, evaluate, predict, &code, text);
    return m;
}

// --- the inference object ---

int64_t object_workspace(const Level *level, int n) {
    int64_t most = 64;
    for (int i = 0; i < n; i++)
        if (level[i].plan->scratch_bytes > most) most = level[i].plan->scratch_bytes;
    return most;
}

const char *object_size_symbol(Arena *a, const ModuleOptions *o, const Level *level, int n) {
    const Step *s = level->plan->step;
    int64_t in = s->tensor[s->input].sample_stride, out = s->tensor[s->output].sample_stride;
    const char *sizes = arena_printf(a, "object_in%lld_out%lld_ws%lld", (long long)in,
                                     (long long)out, (long long)object_workspace(level, n));
    if (n > 1) sizes = arena_printf(a, "%s_levels%d", sizes, n);
    uint64_t identity;
    if (o->apart)
        sizes = arena_printf(a, "%s_weights%lld", sizes,
                             (long long)object_weights_bytes(a, level, n, &identity));
    return name_exported(a, o->prefix, sizes);
}

Rounded object_rounded(Arena *a, const Level *level, int n, const float *weights) {
    return constants_gather(a, level, n, weights).rounded;
}

Val constant_bytes(Builder *ir, const char *name, const void *bytes, size_t n, unsigned align) {
    Val init = LLVMConstStringInContext2(ir->context, bytes, n, 1);
    Val g = name_global(ir, LLVMTypeOf(init), name);
    LLVMSetInitializer(g, init);
    LLVMSetGlobalConstant(g, 1);
    LLVMSetAlignment(g, align);
    LLVMSetUnnamedAddress(g, LLVMGlobalUnnamedAddr);
    return g;
}

// P_predict or P_predict_batch of one level; suffix NULL: as others see it.
static Val predict_function(Module *m, EntryKind kind, const ModuleOptions *o, const Plan *p,
                            const Val *kernel, const char *suffix) {
    Builder *ir = &m->ir;
    bool batch = kind == ENTRY_BATCH;
    Val fn = entry_function(m, kind, o->prefix, suffix);
    unsigned last = LLVMCountParams(fn) - 1;
    Val constants = o->apart ? apart_constants(ir, LLVMGetParam(fn, last - 1)) : m->constants;
    Bases b = {.step = constants,
               .input = LLVMGetParam(fn, 0),
               .output = LLVMGetParam(fn, 1),
               .params = constants,
               .scratch = LLVMGetParam(fn, last),
               .first = ir_int(ir, 0),
               .index = ir_int(ir, 0)};
    emit_clear_rings(ir, p, b.scratch);
    PhaseCode c = {.p = p, .phase = leaf_phase(p), .kernel = kernel};
    emit_depth_first(ir, &c, &b, batch ? LLVMGetParam(fn, 2) : ir_int(ir, 1));
    ir_return(ir);
    return fn;
}

static Val info_function(Module *m, const ModuleOptions *o, const char *info, const char *suffix) {
    Builder *ir = &m->ir;
    Val text = constant_bytes(ir, "info", info, strlen(info) + 1, 1);
    Val fn = entry_function(m, ENTRY_INFO, o->prefix, suffix);
    ir_return_value(ir, text);
    return fn;
}

// Declared only: code is optimised as if their bytes were not known, so that a header, which is made
// without weights, tells of the same code (module_define_constants() follows).
static void declare_constants(Module *m, const Constants *c) {
    Builder *ir = &m->ir;
    m->constant_bytes = c->bytes;
    m->constants = name_global(ir, LLVMArrayType2(ir->i8, (uint64_t)c->length), "constants");
    LLVMSetLinkage(m->constants, LLVMExternalLinkage);
    LLVMSetVisibility(m->constants, LLVMHiddenVisibility);
    LLVMSetGlobalConstant(m->constants, 1);
    LLVMSetAlignment(m->constants, 64);
}

void module_define_constants(Module *m) {
    if (!m->constant_bytes) return;
    size_t length = LLVMGetArrayLength2(LLVMGlobalGetValueType(m->constants));
    Val bytes = LLVMConstStringInContext2(m->ir.context, m->constant_bytes, length, 1);
    LLVMSetInitializer(m->constants, bytes);
    LLVMSetLinkage(m->constants, LLVMInternalLinkage);
    LLVMSetVisibility(m->constants, LLVMDefaultVisibility);
    LLVMSetSection(m->constants, ".rodata.cnn");
}

Module *module_object(Arena *a, const ModuleOptions *o, const Level *level, int n,
                      const float *weights) {
    Module *m = module_new(a, o, &level->plan->target);
    m->member = arena_printf(a, "%s.o", o->prefix);
    Builder *ir = &m->ir;
    const char *symbol = object_size_symbol(a, o, level, n);
    Constants c = constants_gather(a, level, n, weights);
    if (o->apart) {
        emit_apart_check(m, &c);
        emit_pack(m, level, n, &c);
    }
    constants_settle(&c, level, n);
    if (!o->apart) declare_constants(m, &c);
    Val fn[DISPATCH_LEVELS][NENTRY];
    for (int i = 0; i < n; i++) {
        const Plan *p = level[i].plan;
        const char *suffix = n > 1 ? p->target.cpu : NULL;
        module_target(m, &p->target);
        Kernels to = {.home = m, .made = map_new(a)}; // those of one CPU do not serve another
        Val *kernel = emit_kernels(&to, p, suffix ? arena_printf(a, "%s.", suffix) : "");
        for (EntryKind k = ENTRY_PREDICT; k <= ENTRY_BATCH; k++)
            fn[i][k] = predict_function(m, k, o, p, kernel, suffix);
        fn[i][ENTRY_INFO] = info_function(m, o, level[i].info, suffix);
    }
    module_target(m, &level->plan->target);
    if (n > 1) emit_dispatch(m, o->prefix, fn);
    Val sizes = LLVMAddGlobal(ir->module, ir->i8, symbol);
    LLVMSetInitializer(sizes, LLVMConstInt(ir->i8, 1, 0));
    LLVMSetGlobalConstant(sizes, 1);
    return m;
}
