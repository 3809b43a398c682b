// SPDX-License-Identifier: MIT
// Kernels become functions of pointers; a phase over leaves calls them in order for a few samples at
// a time, depth-first, so that activations stay in the cache; a phase over units hands each kernel
// its range of the output.
#include "emit/internal.h"
#include "emit/phase.h"
#include "emit/nest.h"
#include "../runtime/abi.h"
#include <string.h>

enum { MAX_POINTERS = 32 };

typedef struct Pointers {
    int n, tensor[MAX_POINTERS];
} Pointers; // distinct memory a kernel touches

static void touch(const Step *s, Pointers *q, int tensor) {
    int base = tensor_base(s, tensor);
    for (int i = 0; i < q->n; i++)
        if (q->tensor[i] == base) return;
    q->tensor[q->n++] = base;
}

static Pointers pointers_of(const Plan *p, const Kernel *k) {
    const Step *s = p->step;
    Pointers q = {0};
    for (int i = 0; i < k->nest.nop; i++) touch(s, &q, k->nest.op[i].tensor);
    for (int i = 0; i < k->nnode; i++) {
        const Node *n = &s->node[k->node[i]];
        if (n->kind != P_LOSS) continue;
        for (int j = 0; j < n->nin; j++) touch(s, &q, n->in[j].tensor);
        for (int j = 0; j < n->nout; j++) touch(s, &q, n->out[j].tensor);
    }
    return q;
}

static Val emit_kernel(Ir *ir, const Plan *p, const Kernel *k, const char *name) {
    const Step *s = p->step;
    Pointers q = pointers_of(p, k);
    Type param[MAX_POINTERS + 5];
    for (int i = 0; i < q.n; i++) param[i] = ir->ptr;
    Type rest[5] = {ir->i64, ir->i64, ir->i64, ir->ptr, ir->ptr};
    for (int i = 0; i < 5; i++) param[q.n + i] = rest[i];
    Val fn = ir_function(ir, name, ir->none, param, q.n + 5, true, k->loc);
    ir_attribute(ir, fn, (int)LLVMAttributeFunctionIndex, "noinline", 0);
    ir->operand = ARENA_ARRAY(ir->arena, Val, s->ntensor);
    for (int i = 0; i < q.n; i++) {
        ir_attribute(ir, fn, 1 + i, "noalias", 0);
        ir_attribute(ir, fn, 1 + i, "nocapture", 0);
        for (int t = 0; t < s->ntensor; t++)
            if (tensor_base(s, t) == q.tensor[i]) ir->operand[t] = LLVMGetParam(fn, (unsigned)i);
    }
    ir->lo = LLVMGetParam(fn, (unsigned)q.n);
    ir->hi = LLVMGetParam(fn, (unsigned)q.n + 1);
    ir->n = LLVMGetParam(fn, (unsigned)q.n + 2);
    ir->run = LLVMGetParam(fn, (unsigned)q.n + 3);
    ir->leaf = LLVMGetParam(fn, (unsigned)q.n + 4);
    k->variant->emit(ir, p, k);
    ir_return(ir);
    return fn;
}

Val *emit_kernels(Kernels *to, const Plan *p, const char *prefix) {
    Arena *a = p->arena;
    Val *fn = ARENA_ARRAY(a, Val, p->nkernel);
    for (int k = 0; k < p->nkernel; k++) {
        const Kernel *kernel = &p->kernel[k];
        if (p->options.object && kernel->phase == 0) continue; // folded: never run
        const char *key = kernel_key(a, p, kernel);
        void **made = key ? map_slot(to->made, key) : NULL;
        if (made && *made) {
            fn[k] = *made;
            continue;
        }
        fn[k] = emit_kernel(part_with_room(to), p, kernel, part_name(to, prefix, kernel->name));
        part_show(to, fn[k]);
        if (made) *made = fn[k];
    }
    return fn;
}

static Val bytes(Ir *ir, Val base, Val offset) {
    return ir_at(ir, base, ir->i8, offset);
}

// The pointer a kernel gets for tensor t: to the sample at `at` within the leaf's samples.
static Val pointer(Ir *ir, const Plan *p, const Bases *b, int tensor, Val at) {
    const Tensor *t = &p->step->tensor[tensor];
    Val offset = ir_int(ir, t->offset);
    switch (t->owner) {
    case O_INPUT: return bytes(ir, b->input, ir_mulk(ir, at, t->sample_stride * 4));
    case O_LABEL: return bytes(ir, b->label, ir_mulk(ir, at, t->sample_stride * 4));
    case O_OUTPUT:
        return bytes(ir, b->output, ir_mulk(ir, ir_add(ir, b->first, at), t->sample_stride * 4));
    case O_BATCH:
        return bytes(ir, b->batch,
                     ir_add(ir, ir_mulk(ir, ir_add(ir, b->first, at), p->batch_stride), offset));
    case O_MODEL: return bytes(ir, b->params, offset);
    case O_OPT: return bytes(ir, b->opt, offset);
    case O_STEP: return bytes(ir, b->step, offset);
    case O_LEAF: return bytes(ir, b->leaf, offset);
    case O_SAMPLE: break;
    }
    return bytes(ir, b->scratch, offset);
}

static void call_kernel(Ir *ir, const Plan *p, const Kernel *k, Val fn, const Bases *b, Val at,
                        Val lo, Val hi, Val n) {
    Pointers q = pointers_of(p, k);
    Val arg[MAX_POINTERS + 5];
    for (int i = 0; i < q.n; i++) arg[i] = pointer(ir, p, b, q.tensor[i], at);
    Val none = LLVMConstNull(ir->ptr);
    Val rest[5] = {lo, hi, n, b->run ? b->run : none, b->leaf ? b->leaf : none};
    for (int i = 0; i < 5; i++) arg[q.n + i] = rest[i];
    ir_call(ir, fn, arg, q.n + 5);
}

static Val run_pointer(Ir *ir, Val run, size_t field) {
    return ir_field(ir, run, (int64_t)field, ir->ptr);
}

// Kernel number k has run; -1: the first is about to.
static void tick(Ir *ir, const Bases *b, int k) {
    if (!b->timed) return;
    Type param[2] = {ir->ptr, ir->i64};
    Val fn = run_pointer(ir, b->run, offsetof(CnnRun, tick));
    Val arg[2] = {run_pointer(ir, b->run, offsetof(CnnRun, clock)), ir_int(ir, k)};
    LLVMBuildCall2(ir->b, LLVMFunctionType(ir->none, param, 2, 0), fn, arg, 2, "");
}

void emit_depth_first(Ir *ir, const Plan *p, const PhasePlan *phase, const Val *kernel,
                      const Bases *b, Val n) {
    tick(ir, b, -1);
    Loop l = ir_loop(ir, ir_int(ir, 0), n, p->block);
    Val left = LLVMBuildSub(ir->b, n, l.i, "");
    Val samples = ir_min(ir, left, ir_int(ir, p->block)), index = ir_add(ir, b->first, l.i);
    for (int k = phase->first; k < phase->end; k++) {
        call_kernel(ir, p, &p->kernel[k], kernel[k], b, l.i, ir_int(ir, 0), samples, index);
        tick(ir, b, k);
    }
    ir_end(ir, &l);
}

void emit_clear_rings(Ir *ir, const Plan *p, Val scratch) {
    for (int i = 0; i < p->step->ntensor; i++) {
        const Tensor *t = &p->step->tensor[i];
        if (tensor_has_ring(t) && t->owner == O_SAMPLE && t->first >= 0)
            ir_zero(ir, bytes(ir, scratch, ir_int(ir, t->offset)),
                    ir_int(ir, t->sample_stride * p->block));
    }
}

// A timed function only calls kernels: to optimise it would take longer than it could win.
static Bases bases_of_run(Ir *ir, Val fn, bool timed) {
    static const char *const quick[] = {"noinline", "optnone"};
    for (int i = 0; timed && i < 2; i++)
        ir_attribute(ir, fn, (int)LLVMAttributeFunctionIndex, quick[i], 0);
    Val run = LLVMGetParam(fn, 0);
    return (Bases){.params = run_pointer(ir, run, offsetof(CnnRun, params)),
                   .opt = run_pointer(ir, run, offsetof(CnnRun, opt)),
                   .step = run_pointer(ir, run, offsetof(CnnRun, step)),
                   .batch = run_pointer(ir, run, offsetof(CnnRun, batch)),
                   .output = run_pointer(ir, run, offsetof(CnnRun, out)),
                   .run = run,
                   .timed = timed};
}

// A phase of very many kernels is cut in sections, functions of the same type: the time that code
// generation takes over one function grows faster than the function.
enum { SECTION = 64 }; // kernels

typedef struct Section {
    Val fn;
    int64_t units;
} Section;

typedef struct Sections {
    int n;
    Section *section;
} Sections;

static void call_leaf_sections(Ir *ir, const Plan *p, const Sections *s, const Bases *b, Val n) {
    Loop l = ir_loop(ir, ir_int(ir, 0), n, p->block);
    Val left = LLVMBuildSub(ir->b, n, l.i, "");
    Val samples = ir_min(ir, left, ir_int(ir, p->block)), index = ir_add(ir, b->first, l.i);
    Val at[2] = {b->input, b->label};
    const int tensor[2] = {p->step->input, p->step->label};
    for (int i = 0; i < 2; i++)
        if (tensor[i] >= 0)
            at[i] =
                bytes(ir, at[i], ir_mulk(ir, l.i, p->step->tensor[tensor[i]].sample_stride * 4));
    Val arg[7] = {b->run, index, samples, at[0], at[1], b->leaf, b->scratch};
    for (int i = 0; i < s->n; i++) ir_call(ir, s->section[i].fn, arg, 7);
    ir_end(ir, &l);
}

static void call_unit_sections(Ir *ir, const Sections *s) {
    Val fn = ir->fn, arg[4] = {LLVMGetParam(fn, 0), NULL, NULL, LLVMGetParam(fn, 3)};
    int64_t before = 0;
    for (int i = 0; i < s->n; i++) {
        for (unsigned e = 1; e < 3; e++) arg[e] = ir_addk(ir, LLVMGetParam(fn, e), -before);
        ir_call(ir, s->section[i].fn, arg, 4);
        before += s->section[i].units;
    }
}

static Val leaf_function(Ir *ir, const PhaseCode *c, const Sections *s) {
    Type t[7] = {ir->ptr, ir->i64, ir->i64, ir->ptr, ir->ptr, ir->ptr, ir->ptr};
    Val fn = ir_function(ir, c->name, ir->none, t, 7, true, (Loc){1, 1, 1, 1});
    Bases b = bases_of_run(ir, fn, c->timed);
    b.first = LLVMGetParam(fn, 1);
    b.input = LLVMGetParam(fn, 3);
    b.label = LLVMGetParam(fn, 4);
    b.leaf = LLVMGetParam(fn, 5);
    b.scratch = LLVMGetParam(fn, 6);
    if (c->clear) ir_zero(ir, b.leaf, ir_int(ir, c->clear / 4));
    if (s->n)
        call_leaf_sections(ir, c->p, s, &b, LLVMGetParam(fn, 2));
    else
        emit_depth_first(ir, c->p, c->phase, c->kernel, &b, LLVMGetParam(fn, 2));
    ir_return(ir);
    return fn;
}

// Runs kernel i on its share of the phase's units, of which `before` are those of kernels before it.
static void call_units(Ir *ir, const PhaseCode *c, int i, const Bases *b, Val n, int64_t before) {
    const Kernel *k = &c->p->kernel[i];
    Val end[2], zero = ir_int(ir, 0); // of the share, in elements of the kernel's range axis
    int64_t extent = k->nest.range ? k->nest.extent[k->nest.range] : 1;
    for (int e = 0; e < 2; e++) {
        Val at = ir_max(ir, ir_addk(ir, LLVMGetParam(ir->fn, 1 + (unsigned)e), -before), zero);
        at = ir_mulk(ir, ir_min(ir, at, ir_int(ir, k->units)), k->unit);
        end[e] = ir_min(ir, at, ir_int(ir, extent));
    }
    If some = ir_if(ir, LLVMBuildICmp(ir->b, LLVMIntSLT, end[0], end[1], ""));
    call_kernel(ir, c->p, k, c->kernel[i], b, zero, end[0], end[1], n);
    ir_endif(ir, &some);
    tick(ir, b, i);
}

static Val unit_function(Ir *ir, const PhaseCode *c, const Sections *s) {
    Type t[4] = {ir->ptr, ir->i64, ir->i64, ir->ptr};
    Val fn = ir_function(ir, c->name, ir->none, t, 4, true, (Loc){1, 1, 1, 1});
    Bases b = bases_of_run(ir, fn, c->timed);
    b.leaf = run_pointer(ir, b.run, offsetof(CnnRun, leaf));
    b.scratch = LLVMGetParam(fn, 3);
    b.first = ir_int(ir, 0);
    Val n = ir_field(ir, b.run, (int64_t)offsetof(CnnRun, n), ir->i64);
    int64_t before = 0;
    if (s->n)
        call_unit_sections(ir, s);
    else
        tick(ir, &b, -1);
    for (int i = c->phase->first; !s->n && i < c->phase->end; i++) {
        call_units(ir, c, i, &b, n, before);
        before += c->p->kernel[i].units;
    }
    ir_return(ir);
    return fn;
}

static Val phase_function(Ir *ir, const PhaseCode *c, const Sections *s) {
    return c->phase->by_leaf ? leaf_function(ir, c, s) : unit_function(ir, c, s);
}

Val emit_phase(Kernels *to, const PhaseCode *c) {
    int first = c->phase->first, end = c->phase->end;
    Sections all = {0}, none = {0};
    for (int at = first; end - first > SECTION && at < end; at += SECTION) {
        PhasePlan phase = {.by_leaf = c->phase->by_leaf, .first = at};
        for (phase.end = at; phase.end < end && phase.end < at + SECTION; phase.end++)
            phase.units += c->p->kernel[phase.end].units;
        PhaseCode section = *c;
        section.phase = &phase;
        section.name = part_name(to, c->name, ".section");
        section.clear = 0;
        Section made = {phase_function(part_with_room(to), &section, &none), phase.units};
        part_show(to, made.fn);
        ARENA_PUSH(c->p->arena, all.section, all.n, made);
    }
    return phase_function(&to->home->ir, c, &all);
}

static int64_t leaf_floats(const Plan *p) {
    return (p->leaf_bytes - (p->leaf_doubles * 8 + 63) / 64 * 64) / 4;
}

int64_t leaf_units(const Plan *p) {
    int64_t units = (leaf_floats(p) + LEAF_UNIT - 1) / LEAF_UNIT;
    return units > 0 ? units : 1;
}

// void leaf_add(into, from, first, end): doubles with unit 0, then LEAF_UNIT floats a unit.
Val emit_leaf_add(Ir *ir, const Plan *p, const char *name) {
    Type t[4] = {ir->ptr, ir->ptr, ir->i64, ir->i64};
    Val fn = ir_function(ir, name, ir->none, t, 4, true, (Loc){1, 1, 1, 1});
    Val into = LLVMGetParam(fn, 0), from = LLVMGetParam(fn, 1);
    Val first = LLVMGetParam(fn, 2), end = LLVMGetParam(fn, 3), zero = ir_int(ir, 0);
    If head = ir_if(ir, LLVMBuildICmp(ir->b, LLVMIntEQ, first, zero, ""));
    for (int i = 0; i < p->leaf_doubles; i++) {
        Val at = ir_at(ir, into, ir->f64, ir_int(ir, i));
        Val other = ir_scalar(ir, ir->f64, ir_at(ir, from, ir->f64, ir_int(ir, i)));
        ir_put(ir, at, LLVMBuildFAdd(ir->b, ir_scalar(ir, ir->f64, at), other, ""));
    }
    ir_endif(ir, &head);
    int64_t start = (p->leaf_doubles * 8 + 63) / 64 * 16;
    Val hi = ir_min(ir, ir_mulk(ir, end, LEAF_UNIT), ir_int(ir, leaf_floats(p)));
    Lanes l = {16, 16}; // every tensor of the leaf starts at a multiple of 64 bytes
    Loop v = ir_loop(ir, ir_mulk(ir, first, LEAF_UNIT), hi, l.width);
    Val i = ir_addk(ir, v.i, start), at = ir_at(ir, into, ir->f32, i);
    Val sum =
        LLVMBuildFAdd(ir->b, ir_load(ir, at, l), ir_load(ir, ir_at(ir, from, ir->f32, i), l), "");
    ir_store(ir, at, sum, l);
    ir_end(ir, &v);
    ir_return(ir);
    return fn;
}

// void widen(float *to, const uint8_t *from, i64 n): to[i] = from[i] / 255, rounded once.
Val emit_widen(Ir *ir, const char *name) {
    Type t[3] = {ir->ptr, ir->ptr, ir->i64};
    Val fn = ir_function(ir, name, ir->none, t, 3, true, (Loc){1, 1, 1, 1});
    for (int i = 0; i < 2; i++) ir_attribute(ir, fn, 1 + i, "noalias", 0);
    Val n = LLVMGetParam(fn, 2), at = ir_int(ir, 0);
    for (int part = 0; part < 2; part++) { // whole vectors, then one by one
        int width = part ? 1 : ir->vector;
        Val count = ir_mulk(ir, LLVMBuildSDiv(ir->b, n, ir_int(ir, width), ""), width);
        Loop l = ir_loop(ir, at, count, width);
        Lanes lanes = {width, width};
        Val bytes = ir_load_as(ir, ir->i8, ir_at(ir, LLVMGetParam(fn, 1), ir->i8, l.i), lanes);
        Val x = LLVMBuildUIToFP(ir->b, bytes, ir_vec(ir, ir->f32, width), "");
        x = LLVMBuildFDiv(ir->b, x, ir_f32(ir, 255, width), "");
        ir_store(ir, ir_at(ir, LLVMGetParam(fn, 0), ir->f32, l.i), x, lanes);
        ir_end(ir, &l);
        at = count;
    }
    ir_return(ir);
    return fn;
}
