// SPDX-License-Identifier: MIT
// The words of builder.h for values: constants, arithmetic, comparisons, conversions, shuffles. Each is a
// call or two of the LLVM C API.
#include "codegen/builder.h"
#include "support/limit.h"

// --- constants ---

static Val repeat(Val scalar, int width) {
    Val lane[MAX_LANES];
    width = WITHIN(width, MAX_LANES, "lanes of a vector");
    for (int i = 0; i < width; i++) lane[i] = scalar;
    return LLVMConstVector(lane, (unsigned)width);
}

Val ir_f32(Builder *ir, double x, int width) {
    return repeat(LLVMConstReal(ir->f32, (float)x), width);
}

Val ir_ints(Type element, int64_t x, int width) {
    return repeat(LLVMConstInt(element, (unsigned long long)x, 1), width);
}

Val ir_i32(Builder *ir, int64_t x, int width) {
    return ir_ints(ir->i32, x, width);
}

Val ir_real(Builder *ir, double x) {
    return LLVMConstReal(ir->f32, x);
}

Val ir_whole(Type t, int64_t x) {
    return LLVMConstInt(t, (unsigned long long)x, 1);
}

Val ir_constants(Type element, const int64_t *x, int n) {
    Val lane[MAX_LANES];
    n = WITHIN(n, MAX_LANES, "lanes of a vector");
    for (int i = 0; i < n; i++) lane[i] = ir_whole(element, x[i]);
    return LLVMConstVector(lane, (unsigned)n);
}

// --- floats ---

Val ir_fadd(Builder *ir, Val a, Val b) {
    return LLVMBuildFAdd(ir->b, a, b, "");
}

Val ir_fsub(Builder *ir, Val a, Val b) {
    return LLVMBuildFSub(ir->b, a, b, "");
}

Val ir_fmul(Builder *ir, Val a, Val b) {
    return LLVMBuildFMul(ir->b, a, b, "");
}

Val ir_fdiv(Builder *ir, Val a, Val b) {
    return LLVMBuildFDiv(ir->b, a, b, "");
}

// --- integers ---

Val ir_iadd(Builder *ir, Val a, Val b) {
    return LLVMBuildAdd(ir->b, a, b, "");
}

Val ir_isub(Builder *ir, Val a, Val b) {
    return LLVMBuildSub(ir->b, a, b, "");
}

Val ir_imul(Builder *ir, Val a, Val b) {
    return LLVMBuildMul(ir->b, a, b, "");
}

Val ir_ineg(Builder *ir, Val a) {
    return LLVMBuildNeg(ir->b, a, "");
}

Val ir_idiv(Builder *ir, Val a, Val b) {
    return LLVMBuildSDiv(ir->b, a, b, "");
}

Val ir_exact_div(Builder *ir, Val a, Val b) {
    return LLVMBuildExactSDiv(ir->b, a, b, "");
}

Val ir_udiv(Builder *ir, Val a, Val b) {
    return LLVMBuildUDiv(ir->b, a, b, "");
}

Val ir_urem(Builder *ir, Val a, Val b) {
    return LLVMBuildURem(ir->b, a, b, "");
}

Val ir_and(Builder *ir, Val a, Val b) {
    return LLVMBuildAnd(ir->b, a, b, "");
}

Val ir_or(Builder *ir, Val a, Val b) {
    return LLVMBuildOr(ir->b, a, b, "");
}

Val ir_xor(Builder *ir, Val a, Val b) {
    return LLVMBuildXor(ir->b, a, b, "");
}

Val ir_shl(Builder *ir, Val a, Val bits) {
    return LLVMBuildShl(ir->b, a, bits, "");
}

Val ir_shr(Builder *ir, Val a, Val bits) {
    return LLVMBuildLShr(ir->b, a, bits, "");
}

// --- comparisons ---

Val ir_equal(Builder *ir, Val a, Val b) {
    return LLVMBuildICmp(ir->b, LLVMIntEQ, a, b, "");
}

Val ir_iless(Builder *ir, Val a, Val b) {
    return LLVMBuildICmp(ir->b, LLVMIntSLT, a, b, "");
}

Val ir_at_least(Builder *ir, Val a, Val b) {
    return LLVMBuildICmp(ir->b, LLVMIntUGE, a, b, "");
}

Val ir_fdiffer(Builder *ir, Val a, Val b) {
    return LLVMBuildFCmp(ir->b, LLVMRealUNE, a, b, "");
}

Val ir_unordered(Builder *ir, Val a, Val b) {
    return LLVMBuildFCmp(ir->b, LLVMRealUNO, a, b, "");
}

// --- conversions ---

Val ir_narrow(Builder *ir, Val a, Type to) {
    return LLVMBuildTrunc(ir->b, a, to, "");
}

Val ir_widen(Builder *ir, Val a, Type to) {
    return LLVMBuildZExt(ir->b, a, to, "");
}

Val ir_widen_signed(Builder *ir, Val a, Type to) {
    return LLVMBuildSExt(ir->b, a, to, "");
}

Val ir_to_float(Builder *ir, Val a, Type to) {
    return LLVMBuildSIToFP(ir->b, a, to, "");
}

Val ir_to_int(Builder *ir, Val a, Type to) {
    return LLVMBuildFPToSI(ir->b, a, to, "");
}

Val ir_to_double(Builder *ir, Val a) {
    return LLVMBuildFPExt(ir->b, a, ir->f64, "");
}

Val ir_as(Builder *ir, Val a, Type to) {
    return LLVMBuildBitCast(ir->b, a, to, "");
}

// --- lanes ---

Val ir_lane(Builder *ir, Val v, int i) {
    return LLVMBuildExtractElement(ir->b, v, ir_whole(ir->i32, i), "");
}

Val ir_shuffle(Builder *ir, Val a, Val b, const int *from, int n) {
    int64_t lane[MAX_LANES];
    n = WITHIN(n, MAX_LANES, "lanes of a vector");
    for (int i = 0; i < n; i++) lane[i] = from[i];
    if (!b) b = LLVMGetPoison(LLVMTypeOf(a));
    return LLVMBuildShuffleVector(ir->b, a, b, ir_constants(ir->i32, lane, n), "");
}

Type ir_element(Val v) {
    return LLVMGetElementType(LLVMTypeOf(v));
}

Type ir_bits_type(Builder *ir, int bits) {
    return LLVMIntTypeInContext(ir->context, (unsigned)bits);
}
