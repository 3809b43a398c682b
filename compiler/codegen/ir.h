// SPDX-License-Identifier: MIT
// The emitter's vocabulary over the LLVM C API: loops, addresses, vectors of floats with a constant
// tail mask, arithmetic. Kernels are written in these words; nothing outside codegen/ and kernels/ knows LLVM.
#ifndef CNNC_IR_H
#define CNNC_IR_H
#include "plan/plan.h"
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/TargetMachine.h>

typedef LLVMValueRef Val;
typedef LLVMTypeRef Type;

struct Ir {
    Arena *arena;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef b;
    LLVMTargetMachineRef machine;
    Type f32, f64, i1, i8, i16, i32, i64, ptr, none;
    const Target *target; // of the code that is filled in now
    int vector; // its floats in a register
    LLVMDIBuilderRef debug; // NULL with -g0
    LLVMMetadataRef file;
    int64_t size; // instructions in the functions that were filled
    // The function being filled.
    Val fn, entry_end; // entry_end: terminator of the entry block, allocas go before it
    Val *operand; // by tensor: pointer to sample 0, or NULL; see ir_operand
    Val lo, hi, n, run;
    Val leaf; // the leaf block: loss and metrics are added at its head
};

typedef struct Lanes { // a vector of `width` floats of which the first `active` exist
    int width, active;
} Lanes;

// --- functions ---
// Adds a function and starts filling it. internal: not visible outside the object, and named so
// (names.h).
Val ir_function(Ir *ir, const char *name, Type result, Type *param, int n, bool internal, Loc loc);
void ir_return(Ir *ir); // ends and closes it
void ir_return_value(Ir *ir, Val v);
Val ir_call(Ir *ir, Val fn, Val *arg, int n); // fn may be a kernel of another module
Val ir_library(Ir *ir, const char *name, Type result, Type *param, int n); // declares it once
void ir_attribute(Ir *ir, Val fn, int index, const char *name, uint64_t value);
void ir_text_attribute(Ir *ir, Val fn, const char *name, const char *value);

// --- integers and addresses ---
// Pointer to the tensor's sample 0. One that the kernel does not touch by the plan (kernel_touches) is an
// internal error: its memory may be another's by then.
Val ir_operand(const Ir *ir, int tensor);
Val ir_int(Ir *ir, int64_t x);
Val ir_add(Ir *ir, Val a, Val b); // of an address: never beyond 64 bits, which the optimiser uses
Val ir_addk(Ir *ir, Val a, int64_t k);
Val ir_mulk(Ir *ir, Val a, int64_t k);
Val ir_min(Ir *ir, Val a, Val b);
Val ir_max(Ir *ir, Val a, Val b);
Val ir_at(Ir *ir, Val base, Type element, Val index); // &base[index]
Val ir_again(Ir *ir, Val at); // the same address: no loop around keeps what is loaded from it
Val ir_field(Ir *ir, Val base, int64_t bytes, Type type); // loads the field at that offset

// --- loops ---
typedef struct Loop {
    Val i, left; // left: bits still to be walked
    LLVMBasicBlockRef head, exit;
    int64_t step;
} Loop;
Loop ir_loop(Ir *ir, Val lo, Val hi, int64_t step); // for (i = lo; i < hi; i += step)
void ir_end(Ir *ir, Loop *l);
// Walks the set bits of a 64-bit variable from the lowest: i is the bit's index.
Loop ir_each_bit(Ir *ir, Val bits);
void ir_end_bits(Ir *ir, Loop *l);
typedef struct If {
    LLVMBasicBlockRef exit;
} If;
If ir_if(Ir *ir, Val condition);
void ir_endif(Ir *ir, If *f);

// --- variables: promoted to registers by the optimiser ---
Val ir_var(Ir *ir, Type t, Val initial);
Val ir_get(Ir *ir, Type t, Val var);
void ir_set(Ir *ir, Val var, Val value);

// --- vectors ---
Type ir_vec(Ir *ir, Type element, int width);
Val ir_splat(Ir *ir, Val scalar, int width);
Val ir_f32(Ir *ir, double x, int width); // constant in every lane
Val ir_i32(Ir *ir, int64_t x, int width);
Val ir_ints(Type element, int64_t x, int width); // likewise, of integers of any width
Val ir_load(Ir *ir, Val at, Lanes l); // lanes that do not exist are 0
Val ir_gather(Ir *ir, Val at, int64_t stride, Lanes l); // floats `stride` apart
void ir_scatter(Ir *ir, Val at, int64_t stride, Val v, Lanes l);
void ir_store(Ir *ir, Val at, Val v, Lanes l);
Val ir_load_as(Ir *ir, Type element, Val at, Lanes l); // i8, i32
void ir_store_as(Ir *ir, Type element, Val at, Val v, Lanes l);
Val ir_scalar(Ir *ir, Type t, Val at);
Val ir_in_register(Ir *ir, Val x); // the same integer, but loaded on its own: no operand in memory
void ir_put(Ir *ir, Val at, Val v); // stores one scalar
void ir_put_packed(Ir *ir, Val at, Val v); // at an address of any alignment
Val ir_bits(Ir *ir, Val base, Val bit, int width); // <width x i1> starting at that bit
Val ir_fma(Ir *ir, Val a, Val b, Val c);
Val ir_select(Ir *ir, Val c, Val a, Val b);
Val ir_less(Ir *ir, Val a, Val b); // ordered: false on NaN
bool ir_permutes(Ir *ir, int width); // has the target an instruction for ir_permute?
Val ir_permute(Ir *ir, Val v, Val index); // lane i: v[index[i]], index by 32 bits
Val ir_sum(Ir *ir, Val v, int width); // over the lanes
Val ir_lanes_max(Ir *ir, Val v, int width);
Val ir_intrinsic(Ir *ir, const char *name, Type *overload, int no, Val *arg, int n);
void ir_zero(Ir *ir, Val at, Val floats); // clears a run of floats

// --- arithmetic of numbers and of vectors, element by element (codegen/values.c) ---
enum { MAX_LANES = 1024 }; // of a vector that is written down lane by lane
Val ir_real(Ir *ir, double x); // one float
Val ir_whole(Type t, int64_t x); // one integer
Val ir_constants(Type element, const int64_t *x, int n); // a vector of integers
Val ir_fadd(Ir *ir, Val a, Val b);
Val ir_fsub(Ir *ir, Val a, Val b);
Val ir_fmul(Ir *ir, Val a, Val b);
Val ir_fdiv(Ir *ir, Val a, Val b);
Val ir_fneg(Ir *ir, Val a);
Val ir_iadd(Ir *ir, Val a, Val b); // integers of any width; they wrap
Val ir_isub(Ir *ir, Val a, Val b);
Val ir_imul(Ir *ir, Val a, Val b);
Val ir_ineg(Ir *ir, Val a);
Val ir_idiv(Ir *ir, Val a, Val b); // towards 0
Val ir_exact_div(Ir *ir, Val a, Val b); // where nothing is left over
Val ir_udiv(Ir *ir, Val a, Val b); // of unsigned integers, as ir_urem
Val ir_urem(Ir *ir, Val a, Val b);
Val ir_and(Ir *ir, Val a, Val b);
Val ir_or(Ir *ir, Val a, Val b);
Val ir_xor(Ir *ir, Val a, Val b);
Val ir_shl(Ir *ir, Val a, Val bits);
Val ir_shr(Ir *ir, Val a, Val bits); // zeros come in
Val ir_equal(Ir *ir, Val a, Val b); // of integers, as the next two
Val ir_iless(Ir *ir, Val a, Val b);
Val ir_at_least(Ir *ir, Val a, Val b); // unsigned
Val ir_fdiffer(Ir *ir, Val a, Val b); // of floats: true on NaN
Val ir_unordered(Ir *ir, Val a, Val b); // is one of them NaN?
Val ir_narrow(Ir *ir, Val a, Type to); // an integer's low bits
Val ir_widen(Ir *ir, Val a, Type to); // by zeros
Val ir_widen_signed(Ir *ir, Val a, Type to);
Val ir_to_float(Ir *ir, Val a, Type to); // of a signed integer
Val ir_as(Ir *ir, Val a, Type to); // the same bits
Val ir_lane(Ir *ir, Val v, int i);
// Lane i is lane from[i] of a, or, from a's width on, of b, which may be NULL.
Val ir_shuffle(Ir *ir, Val a, Val b, const int *from, int n);
Type ir_element(Val v); // what a vector is made of
Type ir_bits_type(Ir *ir, int bits); // an integer of so many bits

// --- functions of vectors, without a library (codegen/math.c) ---
Val math_exp(Ir *ir, Val x, int width);
Val math_exp_minus(Ir *ir, Val a, Val b, int width);
Val math_expm1(Ir *ir, Val x, int width);
Val math_log(Ir *ir, Val x, int width);
Val math_log1p(Ir *ir, Val x, int width);
Val math_tanh(Ir *ir, Val x, int width);
Val math_gelu(Ir *ir, Val x, int width);
Val math_gelu_slope(Ir *ir, Val x, int width);
// in[k]: value of input k; bits[k]: its <width x i1>. run: for scalars.
Val emit_expr(Ir *ir, const Expr *e, const Val *in, const Val *bits, int width);
#endif
