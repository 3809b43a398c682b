// SPDX-License-Identifier: MIT
// The words of builder.h for functions, addresses, loops and variables, each a few calls of the LLVM C API.
#include "codegen/builder.h"
#include "codegen/names.h"
#include "codegen/narrow.h"
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
    ir_text_attribute(ir, fn, "target-cpu", ir->target->model);
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

// A function of pointers and indices that another module defines, as this module sees it.
static Val declared(Builder *ir, Val fn) {
    size_t length;
    const char *name = LLVMGetValueName2(fn, &length);
    Val here = LLVMGetNamedFunction(ir->module, name);
    if (here) return here;
    unsigned n = LLVMCountParams(fn);
    Type *param = ARENA_ARRAY(ir->arena, Type, n + 1);
    for (unsigned i = 0; i < n; i++) {
        bool pointer = LLVMGetTypeKind(LLVMTypeOf(LLVMGetParam(fn, i))) == LLVMPointerTypeKind;
        param[i] = pointer ? ir->ptr : ir->index;
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
    return LLVMConstInt(ir->index, (unsigned long long)x, 1);
}

Val ir_index(Builder *ir, Val x) {
    return LLVMBuildIntCast2(ir->b, x, ir->index, 1, "");
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
    element = narrow_element(ir, base, element);
    return LLVMBuildInBoundsGEP2(ir->b, element, base, &index, 1, "");
}

Val ir_again(Builder *ir, Val at) {
    return ir_intrinsic(ir, "llvm.launder.invariant.group", &ir->ptr, 1, &at, 1);
}

Val ir_field(Builder *ir, Val base, int64_t bytes, Type type) {
    Val load = LLVMBuildLoad2(ir->b, type, ir_at(ir, base, ir->i8, ir_int(ir, bytes)), "");
    return load;
}

void ir_share(Builder *ir, Val part, Val parts, Val extent, int64_t step, Val *lo, Val *hi) {
    Val pieces = ir_idiv(ir, ir_addk(ir, extent, step - 1), ir_int(ir, step));
    for (int end = 0; end < 2; end++) {
        Val before = ir_imul(ir, pieces, ir_addk(ir, part, end));
        Val at = ir_mulk(ir, LLVMBuildUDiv(ir->b, before, parts, ""), step);
        *(end ? hi : lo) = step > 1 ? ir_min(ir, at, extent) : at;
    }
}

void ir_own_share(Builder *ir, int64_t extent, int64_t step, Val *lo, Val *hi) {
    *lo = ir_int(ir, 0);
    *hi = ir_int(ir, extent);
    if (ir->parts) ir_share(ir, ir->part, ir->parts, ir_int(ir, extent), step, lo, hi);
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
    l.i = LLVMBuildPhi(ir->b, ir->index, "i");
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
    Type t = LLVMTypeOf(bits);
    return ir_intrinsic(ir, "llvm.cttz", &t, 1, arg, 2);
}

Loop ir_each_bit(Builder *ir, Val bits) {
    Loop l = {0};
    LLVMBasicBlockRef before = LLVMGetInsertBlock(ir->b);
    l.head = LLVMAppendBasicBlockInContext(ir->context, ir->fn, "bits");
    LLVMBasicBlockRef body = LLVMAppendBasicBlockInContext(ir->context, ir->fn, "bit");
    l.exit = LLVMAppendBasicBlockInContext(ir->context, ir->fn, "exit");
    LLVMBuildBr(ir->b, l.head);
    LLVMPositionBuilderAtEnd(ir->b, l.head);
    l.left = LLVMBuildPhi(ir->b, LLVMTypeOf(bits), "left");
    LLVMAddIncoming(l.left, &bits, &before, 1);
    Val zero = ir_whole(LLVMTypeOf(bits), 0);
    LLVMBuildCondBr(ir->b, LLVMBuildICmp(ir->b, LLVMIntNE, l.left, zero, ""), body, l.exit);
    LLVMPositionBuilderAtEnd(ir->b, body);
    l.i = ir_index(ir, ir_trailing_zeros(ir, l.left));
    Val less = LLVMBuildAdd(ir->b, l.left, ir_whole(LLVMTypeOf(l.left), -1), "");
    l.rest = LLVMBuildAnd(ir->b, l.left, less, "");
    return l;
}

void ir_end_bits(Builder *ir, Loop *l) {
    LLVMBasicBlockRef latch = LLVMGetInsertBlock(ir->b);
    LLVMAddIncoming(l->left, &l->rest, &latch, 1);
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

If ir_if_last(Builder *ir) {
    if (!ir->parts) return (If){NULL};
    return ir_if(ir, ir_equal(ir, ir_addk(ir, ir->part, 1), ir->parts));
}

void ir_endif(Builder *ir, If *f) {
    if (!f->exit) return;
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
