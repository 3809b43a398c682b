// SPDX-License-Identifier: MIT
// See soft.h. Doubles stay doubles where they are kept, passed on and chosen; what computes with them takes and gives
// their bits.
#include "codegen/soft.h"
#include "codegen/core.h"
#include "support/limit.h"
#include <string.h>

static const uint64_t sign = UINT64_C(1) << 63;

bool soft_wanted(const Target *t) {
    return t->divides32;
}

bool soft_is(const char *name) {
    return !strncmp(name, "soft_", strlen("soft_"));
}

static bool is_double(const Builder *ir, Val v) {
    return LLVMTypeOf(v) == ir->f64;
}

// By its bits, where that is no integer yet.
static Val taken(Builder *ir, Val v) {
    if (is_double(ir, v)) return ir_as(ir, v, ir->i64);
    return LLVMTypeOf(v) == ir->f32 ? ir_as(ir, v, ir->i32) : v;
}

static Val call(Module *m, const char *name, Val *arg, int n, Type result) {
    Builder *ir = &m->ir;
    for (int i = 0; i < n; i++) arg[i] = taken(ir, arg[i]);
    Val v = ir_call(ir, core_function(m, name), arg, n);
    return LLVMTypeOf(v) == result ? v : ir_as(ir, v, result);
}

// Two operands, of a type: NULL: not one of these.
static const char *binary(LLVMOpcode op) {
    switch (op) {
    case LLVMFAdd: return "soft_add";
    case LLVMFSub: return "soft_sub";
    case LLVMFMul: return "soft_mul";
    case LLVMFDiv: return "soft_div";
    case LLVMUDiv: return "soft_udiv";
    case LLVMURem: return "soft_urem";
    case LLVMSDiv: return "soft_sdiv";
    case LLVMSRem: return "soft_srem";
    default: return NULL;
    }
}

// LLVM counts predicates by the orders that they hold for, as soft.h does.
static Val compared(Module *m, Val i, Val *x) {
    Builder *ir = &m->ir;
    Val order = call(m, "soft_order", x, 2, ir->i32);
    Val holds = ir_and(ir, order, ir_whole(ir->i32, LLVMGetFCmpPredicate(i)));
    return LLVMBuildICmp(ir->b, LLVMIntNE, holds, ir_whole(ir->i32, 0), "");
}

static Val of_integer(Module *m, Val x, bool is_signed) {
    Builder *ir = &m->ir;
    bool whole = LLVMTypeOf(x) == ir->i64;
    if (!whole) x = is_signed ? ir_widen_signed(ir, x, ir->i64) : ir_widen(ir, x, ir->i64);
    return call(m, is_signed || !whole ? "soft_of_int" : "soft_of_unsigned", &x, 1, ir->f64);
}

static Val to_integer(Module *m, Val x, Type to, bool is_signed) {
    Builder *ir = &m->ir;
    if (LLVMTypeOf(x) == ir->f32) x = call(m, "soft_of_float", &x, 1, ir->f64);
    bool whole = to == ir->i64;
    Val v = call(m, is_signed || !whole ? "soft_to_int" : "soft_to_unsigned", &x, 1, ir->i64);
    return whole ? v : ir_narrow(ir, v, to);
}

static Val with_sign(Builder *ir, Val x, bool kept) { // without its sign, or with the other one
    Val bits = taken(ir, x);
    Val v = kept ? ir_xor(ir, bits, ir_whole(ir->i64, (int64_t)sign))
                 : ir_and(ir, bits, ir_whole(ir->i64, (int64_t)~sign));
    return ir_as(ir, v, ir->f64);
}

static bool is_intrinsic(Val i, const char *name) {
    size_t n;
    Val fn = LLVMGetCalledValue(i);
    return LLVMIsAFunction(fn) && !strcmp(LLVMGetValueName2(fn, &n), name);
}

// What takes the instruction's place; NULL: it stays. x: its operands.
static Val of_doubles(Module *m, Val i, Val *x) {
    Builder *ir = &m->ir;
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    Type type = LLVMTypeOf(i);
    switch (op) {
    case LLVMFAdd:
    case LLVMFSub:
    case LLVMFMul:
    case LLVMFDiv: return is_double(ir, i) ? call(m, binary(op), x, 2, type) : NULL;
    case LLVMFNeg: return is_double(ir, i) ? with_sign(ir, *x, true) : NULL;
    case LLVMFCmp: return is_double(ir, *x) ? compared(m, i, x) : NULL;
    case LLVMFPExt: return is_double(ir, i) ? call(m, "soft_of_float", x, 1, type) : NULL;
    case LLVMFPTrunc: return is_double(ir, *x) ? call(m, "soft_to_float", x, 1, type) : NULL;
    case LLVMSIToFP:
    case LLVMUIToFP: return is_double(ir, i) ? of_integer(m, *x, op == LLVMSIToFP) : NULL;
    case LLVMFPToSI:
    case LLVMFPToUI: return is_double(ir, *x) ? to_integer(m, *x, type, op == LLVMFPToSI) : NULL;
    case LLVMCall:
        if (is_intrinsic(i, "llvm.fabs.f64")) return with_sign(ir, *x, false);
        return is_intrinsic(i, "llvm.sqrt.f64") ? call(m, "soft_sqrt", x, 1, type) : NULL;
    default: return NULL;
    }
}

static bool is_power_of_2(Val v) {
    if (!LLVMIsAConstantInt(v)) return false;
    uint64_t n = LLVMConstIntGetZExtValue(v);
    return n && !(n & (n - 1));
}

static Val of_integers(Module *m, Val i, Val *x) {
    Builder *ir = &m->ir;
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    Type type = LLVMTypeOf(i);
    switch (op) {
    case LLVMUDiv:
    case LLVMURem:
    case LLVMSDiv:
    case LLVMSRem:
        return type == ir->i64 && !is_power_of_2(x[1]) ? call(m, binary(op), x, 2, type) : NULL;
    case LLVMSIToFP:
    case LLVMUIToFP:
        if (LLVMTypeOf(*x) == ir->i64 && is_double(ir, i))
            return of_integer(m, *x, op == LLVMSIToFP);
        return NULL;
    case LLVMFPToSI:
    case LLVMFPToUI: return type == ir->i64 ? to_integer(m, *x, type, op == LLVMFPToSI) : NULL;
    default: return NULL;
    }
}

static void replace(Module *m, Val i) {
    Val x[2] = {0}, v;
    int n = LLVMGetNumOperands(i);
    for (int k = 0; k < n && k < 2; k++) x[k] = LLVMGetOperand(i, (unsigned)k);
    LLVMPositionBuilderBefore(m->ir.b, i);
    LLVMSetCurrentDebugLocation2(m->ir.b, LLVMInstructionGetDebugLoc(i));
    v = m->target->single ? of_doubles(m, i, x) : NULL;
    if (!v) v = of_integers(m, i, x);
    if (!v) return;
    LLVMReplaceAllUsesWith(i, v);
    LLVMInstructionEraseFromParent(i);
}

static const char *core_name(Val fn) {
    size_t n;
    const char *name = LLVMGetValueName2(fn, &n);
    bool is_core = !strncmp(name, CORE_PREFIX, strlen(CORE_PREFIX));
    return name + (is_core ? strlen(CORE_PREFIX) : 0);
}

void soften(Module *m) {
    for (Val f = LLVMGetFirstFunction(m->ir.module); f; f = LLVMGetNextFunction(f)) {
        if (soft_is(core_name(f))) {
            LLVMSetLinkage(f, LLVMInternalLinkage);
            continue;
        }
        for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
            for (Val i = LLVMGetFirstInstruction(b), next; i; i = next) {
                next = LLVMGetNextInstruction(i);
                replace(m, i);
            }
    }
}
