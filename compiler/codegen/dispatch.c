// SPDX-License-Identifier: MIT
// One object for several CPUs: every entry point exists once a level, and the one that is called jumps
// to that of the best level the machine has. The first call asks the CPU and remembers the answer in
// 8 bytes, the object's only writable data. Nothing but this number is published, and calls that race
// find the same number: relaxed atomics do. No loader, library or relocation takes part.
#include "codegen/dispatch.h"
#include "codegen/names.h"
#include <string.h>

#define BIT(n) (1u << (n))

// What LLVM may use at a level, beyond the level before it: the bits of the psABI's levels, and in
// XCR0 the registers that the system saves, without which the CPU's instructions cannot be used.
static const struct Needs {
    const char *cpu;
    uint32_t leaf1_ecx, leaf7_ebx, extended_ecx, xcr0;
} levels[DISPATCH_LEVELS] = {
    {"x86-64", 0, 0, 0, 0},
    {"x86-64-v3",
     // SSE3, SSSE3, FMA, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT, OSXSAVE, AVX, F16C
     BIT(0) | BIT(9) | BIT(12) | BIT(13) | BIT(19) | BIT(20) | BIT(22) | BIT(23) | BIT(27) |
         BIT(28) | BIT(29),
     BIT(3) | BIT(5) | BIT(8), // BMI1, AVX2, BMI2
     BIT(0) | BIT(5), // LAHF, LZCNT
     BIT(1) | BIT(2)}, // xmm, ymm
    {"x86-64-v4", 0,
     BIT(16) | BIT(17) | BIT(28) | BIT(30) | BIT(31), // AVX512: F, DQ, CD, BW, VL
     0, BIT(5) | BIT(6) | BIT(7)}, // mask registers, upper halves of zmm, zmm16 to 31
};
enum { EAX, EBX, ECX, EDX };
static const uint32_t OSXSAVE = BIT(27); // leaf 1, ecx: there is an XCR0 to read

const char *dispatch_cpu(int level) {
    return levels[level].cpu;
}

// ---- asking the CPU ----

static Val assembly(Builder *ir, const char *text, const char *constraints, int nout, Val *arg,
                    int n) {
    Type out[4] = {ir->i32, ir->i32, ir->i32, ir->i32}, in[2] = {ir->i32, ir->i32};
    Type result = LLVMStructTypeInContext(ir->context, out, (unsigned)nout, 0);
    Type type = LLVMFunctionType(result, in, (unsigned)n, 0);
    Val code = LLVMGetInlineAsm(type, text, strlen(text), constraints, strlen(constraints), 1, 0,
                                LLVMInlineAsmDialectATT, 0);
    return LLVMBuildCall2(ir->b, type, code, arg, (unsigned)n, "");
}

static Val cpuid(Builder *ir, uint32_t leaf, int result) {
    Val arg[2] = {LLVMConstInt(ir->i32, leaf, 0), LLVMConstInt(ir->i32, 0, 0)};
    Val all = assembly(ir, "cpuid", "={ax},={bx},={cx},={dx},{ax},{cx}", 4, arg, 2);
    return LLVMBuildExtractValue(ir->b, all, (unsigned)result, "");
}

static Val xgetbv(Builder *ir) { // the lower half of XCR0
    Val zero = LLVMConstInt(ir->i32, 0, 0);
    Val both = assembly(ir, "xgetbv", "={ax},={dx},{cx}", 2, &zero, 1);
    return LLVMBuildExtractValue(ir->b, both, 0, "");
}

static Val has(Builder *ir, Val word, uint32_t bits) {
    Val mask = LLVMConstInt(ir->i32, bits, 0);
    return LLVMBuildICmp(ir->b, LLVMIntEQ, LLVMBuildAnd(ir->b, word, mask, ""), mask, "");
}

// index level(void): 1 for the first row of the table and so on; remembers it, too.
static Val find_level(Builder *ir, Val cache) {
    Val fn = ir_function(ir, "find_level", ir->index, NULL, 0, true, (Loc){1, 1, 1, 1});
    Val zero = LLVMConstInt(ir->i32, 0, 0), seven = LLVMConstInt(ir->i32, 7, 0);
    Val last_leaf = cpuid(ir, 0, EAX), leaf1 = cpuid(ir, 1, ECX), leaf7 = cpuid(ir, 7, EBX);
    Val extended = cpuid(ir, 0x80000001u, ECX), saved = ir_var(ir, ir->i32, zero);
    leaf7 = ir_select(ir, LLVMBuildICmp(ir->b, LLVMIntUGE, last_leaf, seven, ""), leaf7, zero);
    If readable = ir_if(ir, has(ir, leaf1, OSXSAVE));
    ir_set(ir, saved, xgetbv(ir));
    ir_endif(ir, &readable);
    Val xcr0 = ir_get(ir, ir->i32, saved), level = ir_int(ir, 0), all = LLVMConstInt(ir->i1, 1, 0);
    for (int i = 0; i < DISPATCH_LEVELS; i++) {
        all = LLVMBuildAnd(ir->b, all, has(ir, leaf1, levels[i].leaf1_ecx), "");
        all = LLVMBuildAnd(ir->b, all, has(ir, leaf7, levels[i].leaf7_ebx), "");
        all = LLVMBuildAnd(ir->b, all, has(ir, extended, levels[i].extended_ecx), "");
        all = LLVMBuildAnd(ir->b, all, has(ir, xcr0, levels[i].xcr0), "");
        level = ir_select(ir, all, ir_int(ir, i + 1), level);
    }
    Val store = LLVMBuildStore(ir->b, level, cache);
    LLVMSetOrdering(store, LLVMAtomicOrderingMonotonic);
    LLVMSetAlignment(store, 8);
    ir_return_value(ir, level);
    return fn;
}

// ---- entry points ----

enum { MOST_PARAMS = 5 };

Val entry_function(Module *m, EntryKind kind, const char *prefix, const char *level) {
    static const struct {
        const char *name;
        int nparam; // input, output, n of a batch, workspace; before that, weights where they are apart
    } entry[NENTRY] = {{"predict", 3}, {"predict_batch", 4}, {"info", 0}};
    Builder *ir = &m->ir;
    Type t[MOST_PARAMS] = {ir->ptr, ir->ptr, ir->ptr, ir->ptr, ir->ptr}, result = ir->none;
    int nparam = entry[kind].nparam + (m->options.apart && kind != ENTRY_INFO);
    if (kind == ENTRY_BATCH) t[2] = ir->index;
    if (kind == ENTRY_INFO) result = ir->ptr;
    const char *name = level ? arena_printf(m->arena, "%s.%s", entry[kind].name, level)
                             : name_exported(m->arena, prefix, entry[kind].name);
    Val fn = ir_function(ir, name, result, t, nparam, level, (Loc){1, 1, 1, 1});
    if (level) ir_attribute(ir, fn, (int)LLVMAttributeFunctionIndex, "noinline", 0);
    return fn;
}

// Goes to fn[number] of n, as a tail call: with the arguments and the stack as they are.
static void jump(Builder *ir, Val number, const Val *fn, int n) {
    Val to = fn[0], arg[MOST_PARAMS];
    for (int i = 1; i < n; i++)
        to = ir_select(ir, LLVMBuildICmp(ir->b, LLVMIntEQ, number, ir_int(ir, i), ""), fn[i], to);
    Type type = LLVMGlobalGetValueType(ir->fn);
    LLVMGetParams(ir->fn, arg);
    Val call = LLVMBuildCall2(ir->b, type, to, arg, LLVMCountParams(ir->fn), "");
    LLVMSetTailCallKind(call, LLVMTailCallKindMustTail);
    if (LLVMGetReturnType(type) == ir->none)
        ir_return(ir);
    else
        ir_return_value(ir, call);
}

void emit_dispatch(Module *m, const char *prefix, Val (*fn)[NENTRY]) {
    Builder *ir = &m->ir;
    Val cache = name_global(ir, ir->index, "level");
    LLVMSetInitializer(cache, ir_int(ir, 0));
    LLVMSetAlignment(cache, 8);
    Val find = find_level(ir, cache);
    for (EntryKind kind = 0; kind < NENTRY; kind++) {
        Val to[1 + DISPATCH_LEVELS]; // the first call, then by level
        for (int i = 0; i < DISPATCH_LEVELS; i++) to[1 + i] = fn[i][kind];
        to[0] = entry_function(m, kind, prefix, "first");
        Val number = ir_addk(ir, ir_call(ir, find, NULL, 0), -1);
        jump(ir, number, &to[1], DISPATCH_LEVELS);
        entry_function(m, kind, prefix, NULL);
        number = LLVMBuildLoad2(ir->b, ir->index, cache, "");
        LLVMSetOrdering(number, LLVMAtomicOrderingMonotonic);
        LLVMSetAlignment(number, 8);
        jump(ir, number, to, 1 + DISPATCH_LEVELS);
    }
}
