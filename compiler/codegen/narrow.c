// SPDX-License-Identifier: MIT
// Constants of 16 bits, which kernels read as floats: addresses in them count elements of two bytes, and what is loaded
// is widened at once, exactly. So no kernel knows of them. Where no instruction widens a half, integers do: its bits
// in a float's places are that number but for the exponent's bias. A subnormal half is made with the least exponent,
// from which the leading bit that it has not is taken away again.
#include "codegen/builder.h"
#include "codegen/narrow.h"
#include "support/limit.h"

// The parameter of the kernel that an address comes from.
static Val root_of(Val at) {
    for (;;) {
        bool step = LLVMIsAGetElementPtrInst(at) || LLVMIsACallInst(at); // ir_at(), ir_again()
        if (!step) return at;
        at = LLVMGetOperand(at, 0);
    }
}

Narrow narrow_at(const Builder *ir, Val at) {
    Val root = ir->narrow ? root_of(at) : NULL;
    for (unsigned i = 0; root && i < LLVMCountParams(ir->fn); i++)
        if (LLVMGetParam(ir->fn, i) == root) return ir->narrow[i];
    return NARROW_NONE;
}

Type narrow_element(Builder *ir, Val base, Type element) {
    if (narrow_at(ir, base) == NARROW_NONE) return element;
    if (element != ir->f32)
        internal_error("a constant of 16 bits is read as something else than floats");
    return ir->i16;
}

static Type alike(Builder *ir, Val v, Type element) { // as many of them as v has
    Type t = LLVMTypeOf(v);
    if (LLVMGetTypeKind(t) != LLVMVectorTypeKind) return element;
    return ir_vec(ir, element, (int)LLVMGetVectorSize(t));
}

static Val number(Builder *ir, Val like, int64_t x) {
    Type t = LLVMTypeOf(like);
    if (LLVMGetTypeKind(t) != LLVMVectorTypeKind) return ir_whole(ir->i32, x);
    return ir_i32(ir, x, (int)LLVMGetVectorSize(t));
}

static Val widen_half(Builder *ir, Val half, Type floats) { // half: in 32 bits
    enum { MOVE = 13, FRACTION = 23, BIAS = 127 - 15 };
    Val sign = ir_shl(ir, ir_and(ir, half, number(ir, half, 0x8000)), number(ir, half, 16));
    Val bits = ir_shl(ir, ir_and(ir, half, number(ir, half, 0x7FFF)), number(ir, half, MOVE));
    Val normal = ir_iadd(ir, bits, number(ir, half, (int64_t)BIAS << FRACTION));
    Val least = number(ir, half, (int64_t)(BIAS + 1) << FRACTION);
    Val tiny = ir_fsub(ir, ir_as(ir, ir_iadd(ir, bits, least), floats), ir_as(ir, least, floats));
    Val is_tiny = ir_iless(ir, bits, number(ir, half, (int64_t)1 << FRACTION));
    Val size = ir_select(ir, is_tiny, ir_as(ir, tiny, LLVMTypeOf(half)), normal);
    return ir_as(ir, ir_or(ir, size, sign), floats);
}

Val narrow_widen(Builder *ir, Narrow of, Val bits) {
    Type floats = alike(ir, bits, ir->f32);
    if (of == NARROW_F16 && ir->target->halves) {
        Type halves = alike(ir, bits, LLVMHalfTypeInContext(ir->context));
        return LLVMBuildFPExt(ir->b, ir_as(ir, bits, halves), floats, "");
    }
    Val wide = ir_widen(ir, bits, alike(ir, bits, ir->i32));
    if (of == NARROW_F16) return widen_half(ir, wide, floats);
    return ir_as(ir, ir_shl(ir, wide, number(ir, wide, 16)), floats);
}
