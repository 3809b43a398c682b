// SPDX-License-Identifier: MIT
// Weights apart from their object are made of parameters on the machine that reads them, too:
//     int P_pack(const float *params, void *weights, void *room)
// What fold.c computes at compile time, in double, kernels of the plan compute here, in float; then each constant goes
// to its place, in 16 bits where it is kept so, rounded to the nearest, of two the even one.
#include "codegen/apart.h"
#include "codegen/names.h"
#include "formats/apart.h"
#include <string.h>

int64_t pack_room(const Level *level, int n) {
    int64_t most = 64;
    for (int i = 0; i < n; i++)
        if (level[i].plan->step_bytes > most) most = level[i].plan->step_bytes;
    return most;
}

typedef struct Packing { // under construction
    Module *m;
    Val params, weights, room; // the caller's blocks
    Val good; // variable: were all numbers finite?
    Val copy, round[NARROWS]; // functions; or NULL
    int ndone;
    int64_t *done; // places that are filled
} Packing;

// All code of packing lies in a section of its own, which a linker leaves out where nobody packs.
static void set_apart(const Module *m, Val fn) {
    LLVMSetSection(fn, arena_printf(m->arena, ".text.%s_pack", m->options.prefix));
}

static Val function(const Packing *q, const char *name, Type result, Type *param, int n,
                    bool internal) {
    Builder *ir = &q->m->ir;
    Val fn = ir_function(ir, name, result, param, n, internal, (Loc){1, 1, 1, 1});
    set_apart(q->m, fn);
    if (internal) ir_attribute(ir, fn, (int)LLVMAttributeFunctionIndex, "noinline", 0);
    return fn;
}

// ---- numbers to their places

// void copy(to, from, n): floats as they are.
static Val make_copy(const Packing *q) {
    Builder *ir = &q->m->ir;
    Type type[] = {ir->ptr, ir->ptr, ir->index};
    Val fn = function(q, "pack.copy", ir->none, type, 3, true);
    Loop l = ir_loop(ir, ir_int(ir, 0), LLVMGetParam(fn, 2), 1);
    Val bits = ir_scalar(ir, ir->i32, ir_at(ir, LLVMGetParam(fn, 1), ir->i32, l.i));
    ir_put(ir, ir_at(ir, LLVMGetParam(fn, 0), ir->i32, l.i), bits);
    ir_end(ir, &l);
    ir_return(ir);
    return fn;
}

// A float's bits without its sign, rounded to a format's, at the lower end; beyond the largest it is infinite's or more.
static Val rounded_half(Builder *ir, Val size) {
    enum { MOVE = 13, FRACTION = 23, BIAS = 127 - 15 };
    Val odd = ir_and(ir, ir_shr(ir, size, ir_whole(ir->i32, MOVE)), ir_whole(ir->i32, 1));
    Val up = ir_iadd(ir, ir_iadd(ir, size, odd), ir_whole(ir->i32, (1 << (MOVE - 1)) - 1));
    Val rebased = ir_isub(ir, up, ir_whole(ir->i32, (int64_t)BIAS << FRACTION));
    Val normal = ir_shr(ir, rebased, ir_whole(ir->i32, MOVE));
    // Beside a half, a float counts in steps of the least half.
    Val beside = ir_fadd(ir, ir_as(ir, size, ir->f32), ir_real(ir, 0.5));
    Val steps = ir_isub(ir, ir_as(ir, beside, ir->i32), ir_as(ir, ir_real(ir, 0.5), ir->i32));
    Val tiny = ir_iless(ir, size, ir_whole(ir->i32, (int64_t)(BIAS + 1) << FRACTION));
    return ir_select(ir, tiny, steps, normal);
}

static Val rounded_upper(Builder *ir, Val size) {
    Val odd = ir_and(ir, ir_shr(ir, size, ir_whole(ir->i32, 16)), ir_whole(ir->i32, 1));
    Val up = ir_iadd(ir, ir_iadd(ir, size, odd), ir_whole(ir->i32, 0x7FFF));
    return ir_shr(ir, up, ir_whole(ir->i32, 16));
}

// int round(to, from, n): floats in 16 bits; 1 where all of these are finite.
static Val make_round(const Packing *q, Narrow as) {
    Builder *ir = &q->m->ir;
    int64_t infinite = as == NARROW_F16 ? 0x7C00 : 0x7F80;
    Type type[] = {ir->ptr, ir->ptr, ir->index};
    const char *name = arena_printf(q->m->arena, "pack.%s", narrow_name[as]);
    Val fn = function(q, name, ir->i32, type, 3, true);
    Val most = ir_var(ir, ir->i32, ir_whole(ir->i32, 0));
    Loop l = ir_loop(ir, ir_int(ir, 0), LLVMGetParam(fn, 2), 1);
    Val bits = ir_scalar(ir, ir->i32, ir_at(ir, LLVMGetParam(fn, 1), ir->i32, l.i));
    Val size = ir_and(ir, bits, ir_whole(ir->i32, 0x7FFFFFFF));
    Val half = as == NARROW_F16 ? rounded_half(ir, size) : rounded_upper(ir, size);
    Val more = ir_at_least(ir, half, ir_get(ir, ir->i32, most));
    ir_set(ir, most, ir_select(ir, more, half, ir_get(ir, ir->i32, most)));
    Val sign = ir_and(ir, ir_shr(ir, bits, ir_whole(ir->i32, 16)), ir_whole(ir->i32, 0x8000));
    ir_put(ir, ir_at(ir, LLVMGetParam(fn, 0), ir->i16, l.i),
           ir_narrow(ir, ir_or(ir, half, sign), ir->i16));
    ir_end(ir, &l);
    Val wrong = ir_at_least(ir, ir_get(ir, ir->i32, most), ir_whole(ir->i32, infinite));
    ir_return_value(ir, ir_widen(ir, ir_xor(ir, wrong, ir_whole(ir->i1, 1)), ir->i32));
    return fn;
}

static bool is_done(const Packing *q, int64_t at) {
    for (int i = 0; i < q->ndone; i++)
        if (q->done[i] == at) return true;
    return false;
}

// One constant of a level; those of other levels that are the same lie at the same place.
static void put_constant(Packing *q, const Plan *p, int tensor, int64_t at) {
    Builder *ir = &q->m->ir;
    const Tensor *t = &p->step->tensor[tensor];
    if (is_done(q, at)) return;
    ARENA_PUSH(q->m->arena, q->done, q->ndone, at);
    Narrow as = plan_narrows(p, tensor);
    Val from = t->owner == O_MODEL ? q->params : q->room;
    Val arg[] = {ir_at(ir, q->weights, ir->i8, ir_int(ir, APART_HEAD + at)),
                 ir_at(ir, from, ir->i8, ir_int(ir, t->offset)), ir_int(ir, t->bytes / 4)};
    if (as == NARROW_NONE)
        ir_call(ir, q->copy, arg, 3);
    else
        ir_set(ir, q->good,
               ir_and(ir, ir_get(ir, ir->i32, q->good), ir_call(ir, q->round[as], arg, 3)));
}

// ---- all of them

static void make_functions(Packing *q, const Level *level, int n) {
    q->copy = make_copy(q);
    for (int i = 0; i < n; i++) {
        const Plan *p = level[i].plan;
        for (int k = 0; k < p->step->ntensor; k++) {
            Narrow as = plan_keeps(p, k) ? plan_narrows(p, k) : NARROW_NONE;
            if (as && !q->round[as]) q->round[as] = make_round(q, as);
        }
    }
}

// Kernels of all levels are made for the least CPU: who packs may have no other.
static Val **make_kernels(const Packing *q, const Level *level, int n) {
    Val **kernel = ARENA_ARRAY(q->m->arena, Val *, n);
    for (int i = 0; i < n; i++) {
        Kernels to = {.home = q->m, .made = map_new(q->m->arena)};
        kernel[i] = emit_folding(&to, level[i].plan, arena_printf(q->m->arena, "pack%d.", i));
        for (int k = 0; k < level[i].plan->nkernel; k++)
            if (kernel[i][k]) set_apart(q->m, kernel[i][k]);
    }
    return kernel;
}

// Into the room, which is the plan's block of what is computed once a step; rings of tensors are zeros.
static void fold(const Packing *q, const Plan *p, const Val *kernel) {
    Builder *ir = &q->m->ir;
    Bases b = {.params = q->params, .step = q->room};
    if (p->step_bytes) ir_zero(ir, q->room, ir_int(ir, p->step_bytes / 4));
    for (int i = 0; i < p->nphase; i++) {
        PhaseCode c = {.p = p, .phase = &p->phase[i], .kernel = kernel};
        if (!c.phase->by_leaf) emit_units(ir, &c, &b);
    }
}

void emit_pack(Module *m, const Level *level, int n, const Constants *c) {
    Builder *ir = &m->ir;
    Packing q = {.m = m};
    make_functions(&q, level, n);
    Val **kernel = make_kernels(&q, level, n);
    Type type[] = {ir->ptr, ir->ptr, ir->ptr};
    Val fn =
        function(&q, name_exported(m->arena, m->options.prefix, "pack"), ir->i32, type, 3, false);
    q.params = LLVMGetParam(fn, 0);
    q.weights = LLVMGetParam(fn, 1);
    q.room = LLVMGetParam(fn, 2);
    q.good = ir_var(ir, ir->i32, ir_whole(ir->i32, 1));
    apart_put_head(ir, q.weights, c);
    for (int i = 0; i < n; i++) {
        fold(&q, level[i].plan, kernel[i]);
        for (int k = 0; k < level[i].plan->step->ntensor; k++)
            if (plan_keeps(level[i].plan, k)) put_constant(&q, level[i].plan, k, c->at[i][k]);
    }
    ir_return_value(ir, ir_get(ir, ir->i32, q.good));
}
