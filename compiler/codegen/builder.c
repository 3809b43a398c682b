// SPDX-License-Identifier: MIT
// The words of ir.h, each a few calls of the LLVM C API.
#include "codegen/builder.h"
#include "codegen/names.h"
#include "support/limit.h"
#include <stdlib.h>
#include <string.h>

// --- functions ---

void ir_attribute(Builder *ir, Val fn, int index, const char *name, uint64_t value) {
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    if (kind) // later versions drop some (nocapture): an attribute is only a hint
        LLVMAddAttributeAtIndex(fn, (LLVMAttributeIndex)index,
                                LLVMCreateEnumAttribute(ir->context, kind, value));
}

void ir_text_attribute(Builder *ir, Val fn, const char *name, const char *value) {
    LLVMAttributeRef a = LLVMCreateStringAttribute(ir->context, name, (unsigned)strlen(name), value,
                                                   (unsigned)strlen(value));
    LLVMAddAttributeAtIndex(fn, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, a);
}

// Debug information: a function is named after its layer and starts at the layer's line.
static void describe(Builder *ir, Val fn, const char *name, Loc loc) {
    if (!ir->debug) return;
    unsigned line = loc.line > 0 ? (unsigned)loc.line : 1,
             col = loc.col > 0 ? (unsigned)loc.col : 1;
    LLVMMetadataRef type = LLVMDIBuilderCreateSubroutineType(ir->debug, ir->file, NULL, 0, 0);
    LLVMMetadataRef sp =
        LLVMDIBuilderCreateFunction(ir->debug, ir->file, name, strlen(name), name, strlen(name),
                                    ir->file, line, type, 1, 1, line, LLVMDIFlagPrototyped, 1);
    LLVMSetSubprogram(fn, sp);
    LLVMSetCurrentDebugLocation2(
        ir->b, LLVMDIBuilderCreateDebugLocation(ir->context, line, col, sp, NULL));
}

Val ir_function(Builder *ir, const char *name, Type result, Type *param, int n, bool internal,
                Loc loc) {
    const char *symbol = internal ? name_internal(ir->arena, name) : name;
    Val fn = LLVMAddFunction(ir->module, symbol, LLVMFunctionType(result, param, (unsigned)n, 0));
    if (internal) LLVMSetLinkage(fn, LLVMInternalLinkage);
    int self = (int)LLVMAttributeFunctionIndex;
    ir_attribute(ir, fn, self, "nounwind", 0);
    ir_attribute(ir, fn, self, "noredzone", 0); // what a frame takes is what is reported of it
    ir_text_attribute(ir, fn, "no-builtins", "");
    ir_text_attribute(ir, fn, "warn-stack-size",
                      "0"); // each frame's size is reported, see object.c
    ir_text_attribute(ir, fn, "target-cpu", ir->target->cpu);
    if (*ir->target->features) ir_text_attribute(ir, fn, "target-features", ir->target->features);
    LLVMBasicBlockRef entry = LLVMAppendBasicBlockInContext(ir->context, fn, "entry");
    LLVMBasicBlockRef body = LLVMAppendBasicBlockInContext(ir->context, fn, "body");
    ir->fn = fn;
    LLVMSetCurrentDebugLocation2(ir->b, NULL);
    describe(ir, fn, name, loc);
    LLVMPositionBuilderAtEnd(ir->b, entry);
    ir->entry_end = LLVMBuildBr(ir->b, body);
    LLVMPositionBuilderAtEnd(ir->b, body);
    return fn;
}

void ir_return(Builder *ir) {
    LLVMBuildRetVoid(ir->b);
    LLVMSetCurrentDebugLocation2(ir->b, NULL);
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(ir->fn); b; b = LLVMGetNextBasicBlock(b))
        for (Val i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) ir->size++;
}

// A function of pointers and 64-bit integers that another module defines, as this module sees it.
static Val declared(Builder *ir, Val fn) {
    size_t length;
    const char *name = LLVMGetValueName2(fn, &length);
    Val here = LLVMGetNamedFunction(ir->module, name);
    if (here) return here;
    unsigned n = LLVMCountParams(fn);
    Type *param = ARENA_ARRAY(ir->arena, Type, n + 1);
    for (unsigned i = 0; i < n; i++) {
        bool pointer = LLVMGetTypeKind(LLVMTypeOf(LLVMGetParam(fn, i))) == LLVMPointerTypeKind;
        param[i] = pointer ? ir->ptr : ir->i64;
    }
    here = LLVMAddFunction(ir->module, name, LLVMFunctionType(ir->none, param, n, 0));
    LLVMSetVisibility(here, LLVMHiddenVisibility);
    ir_attribute(ir, here, (int)LLVMAttributeFunctionIndex, "nounwind", 0);
    return here;
}

void ir_return_value(Builder *ir, Val v) {
    LLVMBuildRet(ir->b, v);
    LLVMSetCurrentDebugLocation2(ir->b, NULL);
}

Val ir_call(Builder *ir, Val fn, Val *arg, int n) {
    if (LLVMGetGlobalParent(fn) != ir->module) fn = declared(ir, fn);
    return LLVMBuildCall2(ir->b, LLVMGlobalGetValueType(fn), fn, arg, (unsigned)n, "");
}

Val ir_library(Builder *ir, const char *name, Type result, Type *param, int n) {
    Val fn = LLVMGetNamedFunction(ir->module, name);
    if (fn) return fn;
    return LLVMAddFunction(ir->module, name, LLVMFunctionType(result, param, (unsigned)n, 0));
}

// --- integers and addresses ---

Val ir_operand(const Builder *ir, int tensor) {
    if (ir->operand[tensor]) return ir->operand[tensor];
    size_t length;
    internal_error("kernel '%s' wants tensor %d, which it does not touch by the plan",
                   LLVMGetValueName2(ir->fn, &length), tensor);
}

Val ir_int(Builder *ir, int64_t x) {
    return LLVMConstInt(ir->i64, (unsigned long long)x, 1);
}

Val ir_add(Builder *ir, Val a, Val b) {
    return LLVMBuildNSWAdd(ir->b, a, b, "");
}

Val ir_addk(Builder *ir, Val a, int64_t k) {
    return k ? ir_add(ir, a, ir_int(ir, k)) : a;
}

Val ir_mulk(Builder *ir, Val a, int64_t k) {
    return k == 1 ? a : LLVMBuildNSWMul(ir->b, a, ir_int(ir, k), "");
}

Val ir_min(Builder *ir, Val a, Val b) {
    return LLVMBuildSelect(ir->b, LLVMBuildICmp(ir->b, LLVMIntSLT, a, b, ""), a, b, "");
}

Val ir_max(Builder *ir, Val a, Val b) {
    return LLVMBuildSelect(ir->b, LLVMBuildICmp(ir->b, LLVMIntSGT, a, b, ""), a, b, "");
}

Val ir_at(Builder *ir, Val base, Type element, Val index) {
    return LLVMBuildInBoundsGEP2(ir->b, element, base, &index, 1, "");
}

Val ir_again(Builder *ir, Val at) {
    return ir_intrinsic(ir, "llvm.launder.invariant.group", &ir->ptr, 1, &at, 1);
}

Val ir_field(Builder *ir, Val base, int64_t bytes, Type type) {
    Val load = LLVMBuildLoad2(ir->b, type, ir_at(ir, base, ir->i8, ir_int(ir, bytes)), "");
    return load;
}

// --- loops ---

static void no_unrolling(Builder *ir, Val branch) {
    static const char text[] = "llvm.loop.unroll.disable";
    LLVMMetadataRef option = LLVMMDStringInContext2(ir->context, text, sizeof text - 1);
    LLVMMetadataRef node = LLVMMDNodeInContext2(ir->context, &option, 1);
    LLVMMetadataRef self = LLVMTemporaryMDNode(ir->context, NULL, 0), both[2] = {self, node};
    LLVMMetadataRef id = LLVMMDNodeInContext2(ir->context, both, 2);
    LLVMMetadataReplaceAllUsesWith(self, id);
    LLVMSetMetadata(branch, LLVMGetMDKindIDInContext(ir->context, "llvm.loop", 9),
                    LLVMMetadataAsValue(ir->context, id));
}

Loop ir_loop(Builder *ir, Val lo, Val hi, int64_t step) {
    Loop l = {.step = step};
    LLVMBasicBlockRef before = LLVMGetInsertBlock(ir->b);
    l.head = LLVMAppendBasicBlockInContext(ir->context, ir->fn, "loop");
    LLVMBasicBlockRef body = LLVMAppendBasicBlockInContext(ir->context, ir->fn, "body");
    l.exit = LLVMAppendBasicBlockInContext(ir->context, ir->fn, "exit");
    LLVMBuildBr(ir->b, l.head);
    LLVMPositionBuilderAtEnd(ir->b, l.head);
    l.i = LLVMBuildPhi(ir->b, ir->i64, "i");
    LLVMAddIncoming(l.i, &lo, &before, 1);
    LLVMBuildCondBr(ir->b, LLVMBuildICmp(ir->b, LLVMIntSLT, l.i, hi, ""), body, l.exit);
    LLVMPositionBuilderAtEnd(ir->b, body);
    return l;
}

void ir_end(Builder *ir, Loop *l) {
    Val next = ir_addk(ir, l->i, l->step);
    LLVMBasicBlockRef latch = LLVMGetInsertBlock(ir->b);
    LLVMAddIncoming(l->i, &next, &latch, 1);
    no_unrolling(ir, LLVMBuildBr(ir->b, l->head));
    LLVMPositionBuilderAtEnd(ir->b, l->exit);
}

Val ir_trailing_zeros(Builder *ir, Val bits) {
    Val arg[2] = {bits, LLVMConstInt(ir->i1, 1, 0)};
    return ir_intrinsic(ir, "llvm.cttz", &ir->i64, 1, arg, 2);
}

Loop ir_each_bit(Builder *ir, Val bits) {
    Loop l = {0};
    LLVMBasicBlockRef before = LLVMGetInsertBlock(ir->b);
    l.head = LLVMAppendBasicBlockInContext(ir->context, ir->fn, "bits");
    LLVMBasicBlockRef body = LLVMAppendBasicBlockInContext(ir->context, ir->fn, "bit");
    l.exit = LLVMAppendBasicBlockInContext(ir->context, ir->fn, "exit");
    LLVMBuildBr(ir->b, l.head);
    LLVMPositionBuilderAtEnd(ir->b, l.head);
    l.left = LLVMBuildPhi(ir->b, ir->i64, "left");
    LLVMAddIncoming(l.left, &bits, &before, 1);
    Val zero = ir_int(ir, 0);
    LLVMBuildCondBr(ir->b, LLVMBuildICmp(ir->b, LLVMIntNE, l.left, zero, ""), body, l.exit);
    LLVMPositionBuilderAtEnd(ir->b, body);
    l.i = ir_trailing_zeros(ir, l.left);
    return l;
}

void ir_end_bits(Builder *ir, Loop *l) {
    Val less = LLVMBuildAdd(ir->b, l->left, ir_int(ir, -1), "");
    Val next = LLVMBuildAnd(ir->b, l->left, less, "");
    LLVMBasicBlockRef latch = LLVMGetInsertBlock(ir->b);
    LLVMAddIncoming(l->left, &next, &latch, 1);
    no_unrolling(ir, LLVMBuildBr(ir->b, l->head));
    LLVMPositionBuilderAtEnd(ir->b, l->exit);
}

If ir_if(Builder *ir, Val condition) {
    LLVMBasicBlockRef then = LLVMAppendBasicBlockInContext(ir->context, ir->fn, "then");
    If f = {LLVMAppendBasicBlockInContext(ir->context, ir->fn, "join")};
    LLVMBuildCondBr(ir->b, condition, then, f.exit);
    LLVMPositionBuilderAtEnd(ir->b, then);
    return f;
}

void ir_endif(Builder *ir, If *f) {
    LLVMBuildBr(ir->b, f->exit);
    LLVMPositionBuilderAtEnd(ir->b, f->exit);
}

// --- variables ---

Val ir_var(Builder *ir, Type t, Val initial) {
    LLVMBasicBlockRef here = LLVMGetInsertBlock(ir->b);
    LLVMPositionBuilderBefore(ir->b, ir->entry_end);
    Val var = LLVMBuildAlloca(ir->b, t, "");
    LLVMPositionBuilderAtEnd(ir->b, here);
    if (initial) LLVMBuildStore(ir->b, initial, var);
    return var;
}

Val ir_room(Builder *ir, Type t, int64_t n) {
    return ir_var(ir, LLVMArrayType2(t, (uint64_t)n), NULL);
}

Val ir_get(Builder *ir, Type t, Val var) {
    return LLVMBuildLoad2(ir->b, t, var, "");
}

void ir_set(Builder *ir, Val var, Val value) {
    LLVMBuildStore(ir->b, value, var);
}

// --- vectors ---

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
    return ir_load_as(ir, ir->f32, at, l);
}

Val ir_gather(Builder *ir, Val at, int64_t stride, Lanes l) {
    Val v = ir_f32(ir, 0, l.width);
    for (int i = 0; i < l.active; i++) {
        Val x = ir_scalar(ir, ir->f32, ir_at(ir, at, ir->f32, ir_int(ir, i * stride)));
        v = LLVMBuildInsertElement(ir->b, v, x, LLVMConstInt(ir->i32, (unsigned)i, 0), "");
    }
    return v;
}

void ir_scatter(Builder *ir, Val at, int64_t stride, Val v, Lanes l) {
    for (int i = 0; i < l.active; i++) {
        Val x = LLVMBuildExtractElement(ir->b, v, LLVMConstInt(ir->i32, (unsigned)i, 0), "");
        ir_put(ir, ir_at(ir, at, ir->f32, ir_int(ir, i * stride)), x);
    }
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

Val ir_scalar(Builder *ir, Type t, Val at) {
    return LLVMBuildLoad2(ir->b, t, at, "");
}

Val ir_in_register(Builder *ir, Val x) { // by way of assembly without a text
    Type t = LLVMTypeOf(x), same = LLVMFunctionType(t, &t, 1, 0);
    static const char constraints[] = "=r,0";
    Val nothing = LLVMGetInlineAsm(same, "", 0, constraints, sizeof constraints - 1, 0, 0,
                                   LLVMInlineAsmDialectATT, 0);
    return LLVMBuildCall2(ir->b, same, nothing, &x, 1, "");
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

Val ir_sum(Builder *ir, Val v, int width) {
    Type t = ir_vec(ir, ir->f32, width);
    Val arg[2] = {LLVMConstReal(ir->f32, -0.0), v};
    Val sum = ir_intrinsic(ir, "llvm.vector.reduce.fadd", &t, 1, arg, 2);
    LLVMSetFastMathFlags(sum,
                         LLVMFastMathAllowReassoc); // as a tree; the tree is fixed by the target
    return sum;
}

Val ir_lanes_max(Builder *ir, Val v, int width) {
    Type t = ir_vec(ir, ir->f32, width);
    Val max = ir_intrinsic(ir, "llvm.vector.reduce.fmax", &t, 1, &v, 1);
    LLVMSetFastMathFlags(max, LLVMFastMathNoNaNs);
    return max;
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
