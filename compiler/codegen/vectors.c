// SPDX-License-Identifier: MIT
// The words of builder.h for vectors and memory, each a few calls of the LLVM C API. Lanes of a tail that do
// not exist are neither read nor written.
#include "codegen/narrow.h"
#include "support/limit.h"
#include <stdlib.h>
#include <string.h>

Type ir_vec(Builder *ir, Type element, int width) {
    (void)ir;
    return LLVMVectorType(element, (unsigned)width);
}

Val ir_splat(Builder *ir, Val scalar, int width) {
    Type v = ir_vec(ir, LLVMTypeOf(scalar), width);
    Val one =
        LLVMBuildInsertElement(ir->b, LLVMGetPoison(v), scalar, LLVMConstInt(ir->i32, 0, 0), "");
    return LLVMBuildShuffleVector(ir->b, one, LLVMGetPoison(v),
                                  LLVMConstNull(ir_vec(ir, ir->i32, width)), "");
}

static Val tail_mask(Builder *ir, Lanes l) {
    int64_t lane[MAX_LANES];
    for (int i = 0; i < l.width; i++) lane[i] = i < l.active;
    return ir_constants(ir->i1, lane, l.width);
}

Val ir_intrinsic(Builder *ir, const char *name, Type *overload, int no, Val *arg, int n) {
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    Val fn = LLVMGetIntrinsicDeclaration(ir->module, id, overload, (size_t)no);
    return LLVMBuildCall2(ir->b, LLVMIntrinsicGetType(ir->context, id, overload, (size_t)no), fn,
                          arg, (unsigned)n, "");
}

static unsigned bytes_of(Builder *ir, Type element) {
    return element == ir->i8 ? 1 : element == ir->i16 ? 2 : 4;
}

Val ir_load_as(Builder *ir, Type element, Val at, Lanes l) {
    Type v = ir_vec(ir, element, l.width), overload[2] = {v, ir->ptr};
    unsigned align = bytes_of(ir, element);
    if (l.active == l.width) {
        Val load = LLVMBuildLoad2(ir->b, v, at, "");
        LLVMSetAlignment(load, align);
        return load;
    }
    Val arg[4] = {at, LLVMConstInt(ir->i32, align, 0), tail_mask(ir, l), LLVMConstNull(v)};
    return ir_intrinsic(ir, "llvm.masked.load", overload, 2, arg, 4);
}

Val ir_load(Builder *ir, Val at, Lanes l) {
    Narrow of = narrow_at(ir, at);
    if (of) return narrow_widen(ir, of, ir_load_as(ir, ir->i16, at, l));
    return ir_load_as(ir, ir->f32, at, l);
}

Val ir_gather(Builder *ir, Val at, int64_t stride, Lanes l) {
    if (stride == 1) return ir_load(ir, at, l);
    Val v = ir_f32(ir, 0, l.width);
    for (int i = 0; i < l.active; i++) {
        Val x = ir_scalar(ir, ir->f32, ir_at(ir, at, ir->f32, ir_int(ir, i * stride)));
        v = LLVMBuildInsertElement(ir->b, v, x, LLVMConstInt(ir->i32, (unsigned)i, 0), "");
    }
    return v;
}

Val ir_gather_at(Builder *ir, Val base, Val index, int width) {
    Narrow of = narrow_at(ir, base);
    Type element = of ? ir->i16 : ir->f32;
    Type v = ir_vec(ir, element, width), at = ir_vec(ir, ir->ptr, width), overload[2] = {v, at};
    Val from = LLVMBuildGEP2(ir->b, element, base, &index, 1, "");
    Val arg[4] = {from, ir_whole(ir->i32, bytes_of(ir, element)),
                  tail_mask(ir, (Lanes){width, width}), LLVMConstNull(v)};
    Val gathered = ir_intrinsic(ir, "llvm.masked.gather", overload, 2, arg, 4);
    return of ? narrow_widen(ir, of, gathered) : gathered;
}

void ir_store_as(Builder *ir, Type element, Val at, Val v, Lanes l) {
    unsigned align = bytes_of(ir, element);
    if (l.active == l.width) {
        LLVMSetAlignment(LLVMBuildStore(ir->b, v, at), align);
        return;
    }
    Type overload[2] = {ir_vec(ir, element, l.width), ir->ptr};
    Val arg[4] = {v, at, LLVMConstInt(ir->i32, align, 0), tail_mask(ir, l)};
    ir_intrinsic(ir, "llvm.masked.store", overload, 2, arg, 4);
}

void ir_store(Builder *ir, Val at, Val v, Lanes l) {
    ir_store_as(ir, ir->f32, at, v, l);
}

void ir_scatter(Builder *ir, Val at, int64_t stride, Val v, Lanes l) {
    if (stride == 1) {
        ir_store(ir, at, v, l);
        return;
    }
    for (int i = 0; i < l.active; i++) {
        Val x = LLVMBuildExtractElement(ir->b, v, LLVMConstInt(ir->i32, (unsigned)i, 0), "");
        ir_put(ir, ir_at(ir, at, ir->f32, ir_int(ir, i * stride)), x);
    }
}

enum { READ, WRITE };

static void prefetch(Builder *ir, Val at, int way, int locality) {
    enum { DATA = 1 };
    Val arg[4] = {at, ir_whole(ir->i32, way), ir_whole(ir->i32, locality), ir_whole(ir->i32, DATA)};
    ir_intrinsic(ir, "llvm.prefetch", &ir->ptr, 1, arg, 4);
}

void ir_prefetch(Builder *ir, Val at) {
    prefetch(ir, at, READ, 2);
}

void ir_prefetch_near(Builder *ir, Val at) {
    prefetch(ir, at, READ, 3);
}

void ir_prefetch_written(Builder *ir, Val at) {
    prefetch(ir, at, WRITE, 3);
}

void ir_claim(Builder *ir, const Plan *p, Val at, int64_t streams) {
    enum { AHEAD = 1024, STREAMS = 4 }; // few enough for the nearest cache
    int64_t ahead = streams > STREAMS ? AHEAD / 4 : AHEAD;
    ir_claim_line(ir, p, ir_at(ir, at, ir->i8, ir_int(ir, ahead)));
}

void ir_claim_line(Builder *ir, const Plan *p, Val at) {
    if (plan_has_teams(p)) ir_prefetch_written(ir, at); // else one thread runs it
}

Val ir_scalar(Builder *ir, Type t, Val at) {
    Narrow of = narrow_at(ir, at);
    if (of) return narrow_widen(ir, of, LLVMBuildLoad2(ir->b, ir->i16, at, ""));
    return LLVMBuildLoad2(ir->b, t, at, "");
}

static Val through_nothing(Builder *ir, Val x, bool stays) { // by way of assembly without a text
    Type t = LLVMTypeOf(x), same = LLVMFunctionType(t, &t, 1, 0);
    static const char constraints[] = "=r,0";
    Val nothing = LLVMGetInlineAsm(same, "", 0, constraints, sizeof constraints - 1, stays, 0,
                                   LLVMInlineAsmDialectATT, 0);
    return LLVMBuildCall2(ir->b, same, nothing, &x, 1, "");
}

Val ir_in_register(Builder *ir, Val x) {
    return through_nothing(ir, x, false);
}

Val ir_first(Builder *ir, Val x) {
    return through_nothing(ir, x, true);
}

void ir_put(Builder *ir, Val at, Val v) {
    LLVMBuildStore(ir->b, v, at);
}

void ir_put_packed(Builder *ir, Val at, Val v) {
    LLVMSetAlignment(LLVMBuildStore(ir->b, v, at), 1);
}

Val ir_bits(Builder *ir, Val base, Val bit, int width) {
    Val byte = LLVMBuildLShr(ir->b, bit, ir_int(ir, 3), "");
    Val word = LLVMBuildLoad2(ir->b, ir->i32, ir_at(ir, base, ir->i8, byte), "");
    LLVMSetAlignment(word, 1);
    Val shift = LLVMBuildTrunc(ir->b, LLVMBuildAnd(ir->b, bit, ir_int(ir, 7), ""), ir->i32, "");
    Type narrow = LLVMIntTypeInContext(ir->context, (unsigned)width);
    Val bits = LLVMBuildTrunc(ir->b, LLVMBuildLShr(ir->b, word, shift, ""), narrow, "");
    return LLVMBuildBitCast(ir->b, bits, ir_vec(ir, ir->i1, width), "");
}

Val ir_fma(Builder *ir, Val a, Val b, Val c) { // fused where the target can, never a call
    Type t = LLVMTypeOf(a);
    Val arg[3] = {a, b, c};
    return ir_intrinsic(ir, "llvm.fmuladd", &t, 1, arg, 3);
}

Val ir_select(Builder *ir, Val c, Val a, Val b) {
    return LLVMBuildSelect(ir->b, c, a, b, "");
}

Val ir_less(Builder *ir, Val a, Val b) {
    return LLVMBuildFCmp(ir->b, LLVMRealOLT, a, b, "");
}

bool ir_permutes(Builder *ir, int width) {
    return ir->target->permute && width == ir->vector;
}

Val ir_permute(Builder *ir, Val v, Val index) {
    Val arg[2] = {v, index};
    return ir_intrinsic(ir, ir->target->permute, NULL, 0, arg, 2);
}

// As a tree: the lanes of the upper half are added to those of the lower one, until one is left. Spelled out, so that
// every target adds in this order.
Val ir_sum(Builder *ir, Val v, int width) {
    int lane[MAX_LANES];
    for (int i = 0; i < width; i++) lane[i] = i;
    for (int half = width / 2; half > 0; half /= 2)
        v = ir_fadd(ir, ir_shuffle(ir, v, NULL, lane, half),
                    ir_shuffle(ir, v, NULL, lane + half, half));
    return ir_lane(ir, v, 0);
}

Val ir_lanes_max(Builder *ir, Val v, int width) {
    Type t = ir_vec(ir, ir->f32, width);
    Val max = ir_intrinsic(ir, "llvm.vector.reduce.fmax", &t, 1, &v, 1);
    LLVMSetFastMathFlags(max, LLVMFastMathNoNaNs);
    return max;
}

// In each round blocks of half the size change places across the diagonal.
void ir_turn(Builder *ir, Val *row, int width) {
    int low[MAX_LANES], high[MAX_LANES];
    for (int far = width / 2; far >= 1; far /= 2) {
        for (int l = 0; l < width; l++) {
            low[l] = l & far ? width + l - far : l;
            high[l] = l & far ? width + l : l + far;
        }
        for (int i = 0; i < width; i++) {
            if (i & far) continue;
            Val a = row[i], b = row[i + far];
            row[i] = ir_shuffle(ir, a, b, low, width);
            row[i + far] = ir_shuffle(ir, a, b, high, width);
        }
    }
}

void ir_zero(Builder *ir, Val at, Val floats) {
    Lanes l = {ir->vector, ir->vector}, one = {1, 1};
    Val whole = ir_mulk(ir, LLVMBuildSDiv(ir->b, floats, ir_int(ir, l.width), ""), l.width);
    Loop v = ir_loop(ir, ir_int(ir, 0), whole, l.width);
    ir_store(ir, ir_at(ir, at, ir->f32, v.i), ir_f32(ir, 0, l.width), l);
    ir_end(ir, &v);
    Loop rest = ir_loop(ir, whole, floats, 1);
    ir_store(ir, ir_at(ir, at, ir->f32, rest.i), ir_f32(ir, 0, 1), one);
    ir_end(ir, &rest);
}
