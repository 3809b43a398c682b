// SPDX-License-Identifier: MIT
// Kernels become functions of pointers; a phase over leaves calls them in order for a few samples at
// a time, depth-first, so that activations stay in the cache; a phase over units hands each kernel
// its range of the output.
#include "codegen/internal.h"
#include "codegen/phase.h"
#include "kernels/generic/nest.h"
#include "report/describe.h"
#include "../runtime/abi.h"
#include <string.h>

enum { MAX_POINTERS = MAX_TOUCH, REST = 7 }; // of a kernel's arguments

typedef struct Pointers {
    int n, tensor[MAX_POINTERS];
} Pointers; // distinct memory a kernel touches

// Just what the memory map was made for and checked with: an emitter that wants more has no pointer.
static Pointers pointers_of(const Plan *p, const Kernel *k) {
    Touch to[MAX_TOUCH];
    Pointers q = {0};
    for (int i = 0, n = kernel_touches(p, k, to); i < n; i++) {
        int base = tensor_base(p->step, to[i].tensor), known = 0;
        while (known < q.n && q.tensor[known] != base) known++;
        if (known == q.n) q.tensor[q.n++] = base;
    }
    return q;
}

// Those behind the pointers: a team's part and parts are for who cuts results.
static int arguments_behind(const Kernel *k) {
    return k->cut >= TEAM_RESULTS ? REST : REST - 2;
}

static Val emit_kernel(Builder *ir, const Plan *p, const Kernel *k, const char *name) {
    const Step *s = p->step;
    Pointers q = pointers_of(p, k);
    Type param[MAX_POINTERS + REST];
    for (int i = 0; i < q.n; i++) param[i] = ir->ptr;
    Type rest[REST] = {ir->index, ir->index, ir->index, ir->ptr, ir->ptr, ir->index, ir->index};
    for (int i = 0; i < REST; i++) param[q.n + i] = rest[i];
    Val fn = ir_function(ir, name, ir->none, param, q.n + arguments_behind(k), true, k->loc);
    ir_attribute(ir, fn, (int)LLVMAttributeFunctionIndex, "noinline", 0);
    ir->operand = ARENA_ARRAY(ir->arena, Val, s->ntensor);
    Narrow narrow[MAX_POINTERS + REST] = {NARROW_NONE};
    for (int i = 0; i < q.n && kernel_by_leaf(p, k); i++) narrow[i] = plan_narrows(p, q.tensor[i]);
    ir->narrow = narrow;
    for (int i = 0; i < q.n; i++) {
        ir_attribute(ir, fn, 1 + i, "noalias", 0);
        ir_attribute(ir, fn, 1 + i, "nocapture", 0);
        for (int t = 0; t < s->ntensor; t++)
            if (tensor_base(s, t) == q.tensor[i]) ir->operand[t] = LLVMGetParam(fn, (unsigned)i);
    }
    Val *const to[REST] = {&ir->lo, &ir->hi, &ir->n, &ir->run, &ir->leaf, &ir->part, &ir->parts};
    for (int i = 0; i < REST; i++)
        *to[i] = i < arguments_behind(k) ? LLVMGetParam(fn, (unsigned)(q.n + i)) : NULL;
    k->variant->emit(ir, p, k);
    ir->narrow = NULL;
    ir_return(ir);
    return fn;
}

// Those over leaves, those of other phases, or both.
static Val *emit_those(Kernels *to, const Plan *p, const char *prefix, bool by_leaf, bool others) {
    Arena *a = p->arena;
    Val *fn = ARENA_ARRAY(a, Val, p->nkernel);
    for (int k = 0; k < p->nkernel; k++) {
        const Kernel *kernel = &p->kernel[k];
        if (kernel_by_leaf(p, kernel) ? !by_leaf : !others) continue;
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

Val *emit_kernels(Kernels *to, const Plan *p, const char *prefix) {
    return emit_those(to, p, prefix, true, !p->options.frozen);
}

Val *emit_folding(Kernels *to, const Plan *p, const char *prefix) {
    return emit_those(to, p, prefix, false, true);
}

static Val bytes(Builder *ir, Val base, Val offset) {
    return ir_at(ir, base, ir->i8, offset);
}

// A phase's part of a leaf block.
static Val own_sums(Builder *ir, const PhasePlan *ph, Val leaf) {
    return ph->leaf_at ? bytes(ir, leaf, ir_int(ir, ph->leaf_at)) : leaf;
}

typedef struct Samples { // that a kernel is called for
    Val at; // the first of them, counted from Bases.first
    Val behind; // how many of their group are before them
    Val n;
} Samples;

// The pointer a kernel gets for tensor t: to the first of these samples.
static Val pointer(Builder *ir, const Plan *p, const Bases *b, int tensor, int64_t block,
                   const Samples *s) {
    const Tensor *t = &p->step->tensor[tensor];
    Val offset = ir_int(ir, t->offset);
    switch (t->owner) {
    case O_INPUT: return bytes(ir, b->input, ir_mulk(ir, s->at, t->sample_stride * 4));
    case O_LABEL:
        return bytes(ir, b->label, ir_add(ir, ir_mulk(ir, s->at, t->sample_stride * 4), offset));
    case O_OUTPUT:
        return bytes(ir, b->output, ir_mulk(ir, ir_add(ir, b->first, s->at), t->sample_stride * 4));
    case O_BATCH:
        return bytes(ir, b->batch,
                     ir_add(ir, ir_mulk(ir, ir_add(ir, b->first, s->at), p->batch_stride), offset));
    case O_MODEL: return bytes(ir, b->params, offset);
    case O_OPT: return bytes(ir, b->opt, offset);
    case O_STEP: return bytes(ir, b->step, offset);
    case O_LEAF: return bytes(ir, b->leaf, offset);
    case O_SAMPLE: break;
    }
    if (t->held > block) offset = ir_add(ir, ir_mulk(ir, s->behind, t->bytes), offset);
    bool own = b->own && t->first == t->last; // no other kernel sees it
    return bytes(ir, own ? b->own : b->scratch, offset);
}

static void call_kernel(Builder *ir, const Plan *p, const Kernel *k, Val fn, const Bases *b,
                        const Samples *s, Val lo, Val hi, Val n) {
    Pointers q = pointers_of(p, k);
    Val arg[MAX_POINTERS + REST];
    for (int i = 0; i < q.n; i++) arg[i] = pointer(ir, p, b, q.tensor[i], k->block, s);
    Val none = LLVMConstNull(ir->ptr);
    Val leaf = b->leaf ? own_sums(ir, &p->phase[k->phase], b->leaf) : none;
    Val rest[REST] = {lo, hi, n, b->run ? b->run : none, leaf, b->part, b->parts};
    for (int i = 0; i < arguments_behind(k); i++) arg[q.n + i] = rest[i];
    ir_call(ir, fn, arg, q.n + arguments_behind(k));
}

static Val run_pointer(Builder *ir, Val run, size_t field) {
    return ir_field(ir, run, (int64_t)field, ir->ptr);
}

// Kernel number k has run; -1: the first is about to.
static void tick(Builder *ir, const Bases *b, int k) {
    if (!b->timed) return;
    Type param[2] = {ir->ptr, ir->index};
    Val fn = run_pointer(ir, b->run, offsetof(CnnRun, tick));
    Val arg[2] = {run_pointer(ir, b->run, offsetof(CnnRun, clock)), ir_int(ir, k)};
    LLVMBuildCall2(ir->b, LLVMFunctionType(ir->none, param, 2, 0), fn, arg, 2, "");
}

// A phase of very many kernels is cut in sections, functions that call some of them, over leaves those of
// a chain: the time that code generation takes over one function grows faster than the function.
enum { SECTION = 64 }; // kernels

typedef struct Section {
    Val fn;
    int first, end; // kernels
} Section;

typedef struct Sections { // none: kernels are called as they are
    int n;
    Section *section;
} Sections;

// Waits for the team behind a kernel.
static void meet(Builder *ir, const Bases *b) {
    if (!b->team) return;
    If several = ir_if(ir, ir_iless(ir, ir_int(ir, 1), b->parts));
    Val fn = ir_field(ir, b->team, (int64_t)offsetof(CnnTeam, meet), ir->ptr), team = b->team;
    LLVMBuildCall2(ir->b, LLVMFunctionType(ir->none, &ir->ptr, 1, 0), fn, &team, 1, "");
    ir_endif(ir, &several);
}

// This thread's share of kernel k on these samples, where a team runs them.
static void call_share(Builder *ir, const PhaseCode *c, int k, const Bases *b, const Samples *s) {
    const Kernel *kernel = &c->p->kernel[k];
    Val zero = ir_int(ir, 0), one = ir_int(ir, 1), lo = zero, hi = s->n, mine = NULL;
    Bases own = *b;
    if (b->team && kernel->cut == TEAM_ONE) mine = ir_equal(ir, b->part, zero);
    if (b->team && (kernel->cut == TEAM_SAMPLES || kernel->cut == TEAM_EITHER))
        ir_share(ir, b->part, b->parts, s->n, 1, &lo, &hi);
    if (b->team && kernel->cut == TEAM_EITHER) {
        Val few = ir_iless(ir, s->n, b->parts); // then results are cut
        lo = ir_select(ir, few, zero, lo);
        hi = ir_select(ir, few, s->n, hi);
        own.part = ir_select(ir, few, b->part, zero);
        own.parts = ir_select(ir, few, b->parts, one);
    }
    if (b->team && kernel->cut == TEAM_SAMPLES) mine = ir_iless(ir, lo, hi);
    If some = mine ? ir_if(ir, mine) : (If){NULL};
    call_kernel(ir, c->p, kernel, c->kernel[k], &own, s, lo, hi, ir_add(ir, b->index, s->at));
    ir_endif(ir, &some);
}

// Runs kernels [first, end), of one chain, on what it takes at a time.
static void run_kernels(Builder *ir, const PhaseCode *c, int first, int end, const Bases *b,
                        const Samples *s) {
    for (int k = first; k < end; k++) {
        call_share(ir, c, k, b, s);
        meet(ir, b);
        tick(ir, b, k);
    }
}

static void run_section(Builder *ir, const Plan *p, Val fn, const Bases *b, const Samples *s) {
    Val arg[10] = {b->run,
                   ir_add(ir, b->first, s->at),
                   ir_add(ir, b->index, s->at),
                   s->n,
                   b->input,
                   b->label,
                   b->leaf,
                   b->scratch,
                   b->team ? b->team : LLVMConstNull(ir->ptr),
                   s->behind};
    const int tensor[2] = {p->step->input, p->step->label};
    for (int i = 0; i < 2; i++)
        if (tensor[i] >= 0) arg[4 + i] = pointer(ir, p, b, tensor[i], 0, s);
    ir_call(ir, fn, arg, 10);
}

// `block` of these samples at a time.
static Samples some_samples(Builder *ir, const Samples *all, int64_t block, Loop *l) {
    *l = ir_loop(ir, ir_int(ir, 0), all->n, block);
    Val left = LLVMBuildSub(ir->b, all->n, l->i, "");
    return (Samples){.at = ir_add(ir, all->at, l->i),
                     .behind = ir_add(ir, all->behind, l->i),
                     .n = ir_min(ir, left, ir_int(ir, block))};
}

static void depth_first(Builder *ir, const PhaseCode *c, const Sections *sections, const Bases *b,
                        Val n) {
    const Plan *p = c->p;
    Val zero = ir_int(ir, 0);
    Loop group, part;
    Samples all = {zero, zero, n}, together = some_samples(ir, &all, p->block, &group);
    together.behind = zero;
    for (int at = c->phase->first, end; at < c->phase->end; at = end) {
        end = plan_chain_end(p, at, c->phase->end);
        int64_t block = p->kernel[at].block;
        bool parts = block < p->block;
        Samples s = parts ? some_samples(ir, &together, block, &part) : together;
        if (!sections->n) run_kernels(ir, c, at, end, b, &s);
        for (int i = 0; i < sections->n; i++)
            if (sections->section[i].first >= at && sections->section[i].first < end)
                run_section(ir, p, sections->section[i].fn, b, &s);
        if (parts) ir_end(ir, &part);
    }
    ir_end(ir, &group);
}

void emit_depth_first(Builder *ir, const PhaseCode *c, const Bases *b, Val n) {
    Sections none = {0};
    tick(ir, b, -1);
    depth_first(ir, c, &none, b, n);
}

void emit_clear_rings(Builder *ir, const Plan *p, Val scratch) {
    for (int i = 0; i < p->step->ntensor; i++) {
        const Tensor *t = &p->step->tensor[i];
        if (tensor_has_ring(t) && t->owner == O_SAMPLE && t->first >= 0)
            ir_zero(ir, bytes(ir, scratch, ir_int(ir, t->offset)),
                    ir_int(ir, t->sample_stride * t->held));
    }
}

// A timed function only calls kernels: to optimise it would take longer than it could win.
static Bases bases_of_run(Builder *ir, Val fn, bool timed) {
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

static void call_unit_sections(Builder *ir, const Sections *s) {
    Val arg[4];
    for (unsigned i = 0; i < 4; i++) arg[i] = LLVMGetParam(ir->fn, i);
    for (int i = 0; i < s->n; i++) ir_call(ir, s->section[i].fn, arg, 4);
}

static Val team_figure(Builder *ir, Val team, size_t field) {
    return ir_index(ir, ir_field(ir, team, (int64_t)field, ir->i64));
}

static void find_team(Builder *ir, Bases *b, Val team) {
    b->team = team;
    b->part = team_figure(ir, team, offsetof(CnnTeam, part));
    b->parts = team_figure(ir, team, offsetof(CnnTeam, parts));
    b->own = ir_field(ir, team, (int64_t)offsetof(CnnTeam, own), ir->ptr);
}

// Each of a team clears its share.
static void clear_sums(Builder *ir, const PhaseCode *c, const Bases *b) {
    Val sums = own_sums(ir, c->phase, b->leaf), lo = ir_int(ir, 0), hi = ir_int(ir, c->clear / 4);
    if (b->team) ir_share(ir, b->part, b->parts, hi, CNN_ALIGN / 4, &lo, &hi);
    ir_zero(ir, ir_at(ir, sums, ir->f32, lo), ir_isub(ir, hi, lo));
    meet(ir, b);
}

// A section's function has one argument more: how many samples of the group are before those it is for.
static Val leaf_function(Builder *ir, const PhaseCode *c, const Sections *s, bool section) {
    Type t[10] = {ir->ptr, ir->index, ir->index, ir->index, ir->ptr,
                  ir->ptr, ir->ptr,   ir->ptr,   ir->ptr,   ir->index};
    Val fn = ir_function(ir, c->name, ir->none, t, section ? 10 : 9, true, (Loc){1, 1, 1, 1});
    Bases b = bases_of_run(ir, fn, c->timed);
    b.first = LLVMGetParam(fn, 1);
    b.index = LLVMGetParam(fn, 2);
    Val n = LLVMGetParam(fn, 3);
    b.input = LLVMGetParam(fn, 4);
    b.label = LLVMGetParam(fn, 5);
    b.leaf = LLVMGetParam(fn, 6);
    b.scratch = LLVMGetParam(fn, 7);
    if (plan_has_teams(c->p)) find_team(ir, &b, LLVMGetParam(fn, 8));
    if (c->clear) clear_sums(ir, c, &b);
    if (section) {
        Samples given = {ir_int(ir, 0), LLVMGetParam(fn, 9), n};
        tick(ir, &b, -1);
        run_kernels(ir, c, c->phase->first, c->phase->end, &b, &given);
    } else if (s->n)
        depth_first(ir, c, s, &b, n);
    else
        emit_depth_first(ir, c, &b, n);
    ir_return(ir);
    return fn;
}

static int64_t range_of(const Kernel *k) {
    return k->nest.range ? k->nest.extent[k->nest.range] : 1;
}

// Units [first, end) of a phase are of each of its kernels the same part, so that threads that go on where they were in
// the phase before, and in the step before, find their part of a weight, its gradient and its state in their caches. Of
// a kernel of n units, behind `before` ones of others, those in front of the phase's unit u of U are
//
//     (u n + before) div U        0 for u = 0, n for u = U; `before` spreads kernels of a single unit
//
// Runs kernel i on its share.
static void call_units(Builder *ir, const PhaseCode *c, int i, const Bases *b, Val n,
                       int64_t before) {
    const Kernel *k = &c->p->kernel[i];
    Val end[2], zero = ir_int(ir, 0); // of the share, in elements of the kernel's range axis
    for (int e = 0; e < 2; e++) {
        Val at = ir_addk(ir, ir_mulk(ir, LLVMGetParam(ir->fn, 1 + (unsigned)e), k->units), before);
        at = ir_mulk(ir, ir_udiv(ir, at, ir_int(ir, c->phase->units)), k->unit);
        end[e] = ir_min(ir, at, ir_int(ir, range_of(k)));
    }
    If some = ir_if(ir, LLVMBuildICmp(ir->b, LLVMIntSLT, end[0], end[1], ""));
    Samples whole = {zero, zero, n};
    call_kernel(ir, c->p, k, c->kernel[i], b, &whole, end[0], end[1], n);
    ir_endif(ir, &some);
    tick(ir, b, i);
}

void emit_units(Builder *ir, const PhaseCode *c, const Bases *b) {
    Val zero = ir_int(ir, 0);
    Samples none = {zero, zero, zero};
    for (int i = c->phase->first; i < c->phase->end; i++) {
        const Kernel *k = &c->p->kernel[i];
        call_kernel(ir, c->p, k, c->kernel[i], b, &none, zero, ir_int(ir, range_of(k)), zero);
    }
}

static Val unit_function(Builder *ir, const PhaseCode *c, const Sections *s) {
    Type t[4] = {ir->ptr, ir->index, ir->index, ir->ptr};
    Val fn = ir_function(ir, c->name, ir->none, t, 4, true, (Loc){1, 1, 1, 1});
    Bases b = bases_of_run(ir, fn, c->timed);
    b.leaf = run_pointer(ir, b.run, offsetof(CnnRun, leaf));
    b.scratch = LLVMGetParam(fn, 3);
    b.first = ir_int(ir, 0);
    Val n = ir_index(ir, ir_field(ir, b.run, (int64_t)offsetof(CnnRun, n), ir->i64));
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

static Section emit_section(Kernels *to, const PhaseCode *c, int first) {
    bool leaves = c->phase->by_leaf;
    int end = leaves ? plan_chain_end(c->p, first, c->phase->end) : c->phase->end;
    if (end > first + SECTION) end = first + SECTION;
    PhasePlan phase = {.by_leaf = leaves, .first = first, .end = end, .units = c->phase->units};
    PhaseCode section = *c;
    section.phase = &phase;
    section.name = part_name(to, c->name, ".section");
    section.clear = 0;
    Builder *ir = part_with_room(to);
    Sections none = {0};
    Val fn = leaves ? leaf_function(ir, &section, &none, true) : unit_function(ir, &section, &none);
    part_show(to, fn);
    return (Section){fn, first, end};
}

Val emit_phase(Kernels *to, const PhaseCode *c) {
    const PhasePlan *ph = c->phase;
    Sections all = {0};
    for (int at = ph->first; ph->end - ph->first > SECTION && at < ph->end;) {
        Section made = emit_section(to, c, at);
        ARENA_PUSH(c->p->arena, all.section, all.n, made);
        at = made.end;
    }
    Builder *ir = &to->home->ir;
    return ph->by_leaf ? leaf_function(ir, c, &all, false) : unit_function(ir, c, &all);
}
