// SPDX-License-Identifier: MIT
// The emitter's vocabulary over the LLVM C API: loops, addresses, vectors of floats with a constant
// tail mask, arithmetic. Kernels are written in these words; nothing outside codegen/ and kernels/ knows LLVM.
#ifndef CNNC_BUILDER_H
#define CNNC_BUILDER_H
#include "plan/plan.h"
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/TargetMachine.h>

typedef LLVMValueRef Val;
typedef LLVMTypeRef Type;

struct Builder {
    Arena *arena;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef b;
    LLVMTargetMachineRef machine;
    Type f32, f64, i1, i8, i16, i32, i64, ptr, none;
    Type index; // of counts and distances in memory: as wide as a pointer
    const Target *target; // of the code that is filled in now
    int vector; // its floats in a register
    LLVMDIBuilderRef debug; // NULL with -g0
    LLVMMetadataRef file;
    int64_t size; // instructions in the functions that were filled
    // The function being filled.
    Val fn, entry_end; // entry_end: terminator of the entry block, allocas go before it
    const Narrow *narrow; // by parameter: what it points at, where that is constants; or NULL
    Val *operand; // by tensor: pointer to sample 0, or NULL; see ir_operand
    Val lo, hi, n, run;
    Val leaf; // the leaf block: loss and metrics are added at its head
    Val part,
        parts; // of a kernel whose results a team cuts: the thread's number, of how many; or NULL
};

typedef struct Lanes { // a vector of `width` floats of which the first `active` exist
    int width, active;
} Lanes;

// --- functions ---
// Adds a function and starts filling it. internal: not visible outside the object, and named so
// (names.h).
Val ir_function(Builder *ir, const char *name, Type result, Type *param, int n, bool internal,
                Loc loc);
void ir_return(Builder *ir); // ends and closes it
void ir_return_value(Builder *ir, Val v);
Val ir_call(Builder *ir, Val fn, Val *arg, int n); // fn may be a kernel of another module
Val ir_library(Builder *ir, const char *name, Type result, Type *param, int n); // declares it once
void ir_attribute(Builder *ir, Val fn, int index, const char *name, uint64_t value);
void ir_text_attribute(Builder *ir, Val fn, const char *name, const char *value);

// --- integers and addresses ---
// Pointer to the tensor's sample 0. One that the kernel does not touch by the plan (kernel_touches) is an
// internal error: its memory may be another's by then.
Val ir_operand(const Builder *ir, int tensor);
Val ir_int(Builder *ir, int64_t x); // of Builder.index
Val ir_index(Builder *ir, Val x); // an integer of any width, signed, as an index
Val ir_add(Builder *ir, Val a,
           Val b); // of an address: never beyond an index, which the optimiser uses
Val ir_addk(Builder *ir, Val a, int64_t k);
Val ir_mulk(Builder *ir, Val a, int64_t k);
Val ir_min(Builder *ir, Val a, Val b);
Val ir_max(Builder *ir, Val a, Val b);
Val ir_at(Builder *ir, Val base, Type element, Val index); // &base[index]
Val ir_again(
    Builder *ir,
    Val at); // the same address, hidden from LLVM: it moves no load through it out of a loop
Val ir_field(Builder *ir, Val base, int64_t bytes, Type type); // loads the field at that offset
// Of [0, extent), in pieces of `step`, those that part number `part` of `parts` has: [lo, hi).
void ir_share(Builder *ir, Val part, Val parts, Val extent, int64_t step, Val *lo, Val *hi);
// The same for this thread of the kernel's team; all of it without one.
void ir_own_share(Builder *ir, int64_t extent, int64_t step, Val *lo, Val *hi);

// --- loops ---
typedef struct Loop {
    Val i, left, rest; // left: bits still to be walked; rest: of them, all but this one
    LLVMBasicBlockRef head, exit;
    int64_t step;
} Loop;
Loop ir_loop(Builder *ir, Val lo, Val hi, int64_t step); // for (i = lo; i < hi; i += step)
void ir_end(Builder *ir, Loop *l);
// Walks the set bits of an integer from the lowest: i is the bit's index.
Loop ir_each_bit(Builder *ir, Val bits);
Val ir_trailing_zeros(Builder *ir, Val bits); // of an integer that is not 0
void ir_end_bits(Builder *ir, Loop *l);
typedef struct If {
    LLVMBasicBlockRef exit; // NULL: in any case
} If;
If ir_if(Builder *ir, Val condition);
If ir_if_last(Builder *ir); // for the last thread of the kernel's team, if it has one
void ir_endif(Builder *ir, If *f);

// --- variables: promoted to registers by the optimiser ---
Val ir_var(Builder *ir, Type t, Val initial);
Val ir_get(Builder *ir, Type t, Val var);
void ir_set(Builder *ir, Val var, Val value);
Val ir_room(Builder *ir, Type t, int64_t n); // on the stack, for n of them

// --- vectors ---
Type ir_vec(Builder *ir, Type element, int width);
Val ir_splat(Builder *ir, Val scalar, int width);
Val ir_f32(Builder *ir, double x, int width); // constant in every lane
Val ir_i32(Builder *ir, int64_t x, int width);
Val ir_ints(Type element, int64_t x, int width); // likewise, of integers of any width
Val ir_load(Builder *ir, Val at, Lanes l); // lanes that do not exist are 0
Val ir_gather(Builder *ir, Val at, int64_t stride, Lanes l); // floats `stride` apart: of 1, ir_load
Val ir_gather_at(Builder *ir, Val base, Val index,
                 int width); // base[index], by 32 bits, in every lane
void ir_store(Builder *ir, Val at, Val v, Lanes l);
void ir_scatter(Builder *ir, Val at, int64_t stride, Val v, Lanes l); // of 1, ir_store
void ir_prefetch(Builder *ir, Val at); // into the second-level cache: a hint, at any address
void ir_prefetch_near(Builder *ir, Val at); // likewise, into the nearest one
void ir_prefetch_written(Builder *ir, Val at); // likewise, to be written
// Of a store there: fetches what is to be stored to soon, some way behind it, and which other CPUs may have read since.
// A store to such a line waits until they have given it up, and those behind it with it. streams: so many places are
// stored to in turn. Of a plan that one thread runs: nothing.
void ir_claim(Builder *ir, const Plan *p, Val at, int64_t streams);
void ir_claim_line(Builder *ir, const Plan *p, Val at); // this very line
Val ir_load_as(Builder *ir, Type element, Val at, Lanes l); // i8, i32
void ir_store_as(Builder *ir, Type element, Val at, Val v, Lanes l);
Val ir_scalar(Builder *ir, Type t, Val at);
Val ir_in_register(Builder *ir,
                   Val x); // the same integer, but loaded on its own: no operand in memory
Val ir_first(Builder *ir,
             Val x); // the same integer or address, there before anything is loaded that follows
void ir_put(Builder *ir, Val at, Val v); // stores one scalar
void ir_put_packed(Builder *ir, Val at, Val v); // at an address of any alignment
Val ir_bits(Builder *ir, Val base, Val bit, int width); // <width x i1> starting at that bit
Val ir_fma(Builder *ir, Val a, Val b, Val c);
Val ir_select(Builder *ir, Val c, Val a, Val b);
Val ir_less(Builder *ir, Val a, Val b); // ordered: false on NaN
bool ir_permutes(Builder *ir, int width); // has the target an instruction for ir_permute?
Val ir_permute(Builder *ir, Val v, Val index); // lane i: v[index[i]], index by 32 bits
Val ir_sum(Builder *ir, Val v, int width); // over the lanes
Val ir_lanes_max(Builder *ir, Val v, int width);
Val ir_intrinsic(Builder *ir, const char *name, Type *overload, int no, Val *arg, int n);
void ir_zero(Builder *ir, Val at, Val floats); // clears a run of floats

// --- arithmetic of numbers and of vectors, element by element (codegen/values.c) ---
enum { MAX_LANES = 1024 }; // of a vector that is written down lane by lane
Val ir_real(Builder *ir, double x); // one float
Val ir_whole(Type t, int64_t x); // one integer
Val ir_constants(Type element, const int64_t *x, int n); // a vector of integers
Val ir_numbers(Builder *ir, const double *x, int64_t n); // where they stand as floats
Val ir_fadd(Builder *ir, Val a, Val b);
Val ir_fsub(Builder *ir, Val a, Val b);
Val ir_fmul(Builder *ir, Val a, Val b);
Val ir_fdiv(Builder *ir, Val a, Val b);
Val ir_iadd(Builder *ir, Val a, Val b); // integers of any width; they wrap
Val ir_isub(Builder *ir, Val a, Val b);
Val ir_imul(Builder *ir, Val a, Val b);
Val ir_ineg(Builder *ir, Val a);
Val ir_idiv(Builder *ir, Val a, Val b); // towards 0
Val ir_exact_div(Builder *ir, Val a, Val b); // where nothing is left over
Val ir_udiv(Builder *ir, Val a, Val b); // of unsigned integers, as ir_urem
Val ir_urem(Builder *ir, Val a, Val b);
Val ir_and(Builder *ir, Val a, Val b);
Val ir_or(Builder *ir, Val a, Val b);
Val ir_xor(Builder *ir, Val a, Val b);
Val ir_shl(Builder *ir, Val a, Val bits);
Val ir_shr(Builder *ir, Val a, Val bits); // zeros come in
Val ir_equal(Builder *ir, Val a, Val b); // of integers, as the next two
Val ir_iless(Builder *ir, Val a, Val b);
Val ir_at_least(Builder *ir, Val a, Val b); // unsigned
Val ir_fdiffer(Builder *ir, Val a, Val b); // of floats: true on NaN
Val ir_unordered(Builder *ir, Val a, Val b); // is one of them NaN?
Val ir_narrow(Builder *ir, Val a, Type to); // an integer's low bits
Val ir_widen(Builder *ir, Val a, Type to); // by zeros
Val ir_widen_signed(Builder *ir, Val a, Type to);
Val ir_to_float(Builder *ir, Val a, Type to); // of a signed integer
Val ir_to_int(Builder *ir, Val a, Type to); // of a float, towards 0; it must fit
Val ir_to_double(Builder *ir, Val a); // of a float
Val ir_as(Builder *ir, Val a, Type to); // the same bits
Val ir_lane(Builder *ir, Val v, int i);
// Lane i is lane from[i] of a, or, from a's width on, of b, which may be NULL.
Val ir_shuffle(Builder *ir, Val a, Val b, const int *from, int n);
void ir_turn(Builder *ir, Val *row, int width); // as many vectors as lanes: rows become columns
Type ir_element(Val v); // what a vector is made of
Type ir_bits_type(Builder *ir, int bits); // an integer of so many bits

// --- functions of vectors, without a library (codegen/math.c) ---
Val math_exp(Builder *ir, Val x, int width);
Val math_exp_minus(Builder *ir, Val a, Val b, int width);
Val math_expm1(Builder *ir, Val x, int width);
Val math_log(Builder *ir, Val x, int width);
Val math_log1p(Builder *ir, Val x, int width);
Val math_tanh(Builder *ir, Val x, int width);
Val math_gelu(Builder *ir, Val x, int width);
Val math_gelu_slope(Builder *ir, Val x, int width);
// in[k]: value of input k; bits[k]: its <width x i1>. run: for scalars.
Val emit_expr(Builder *ir, const Expr *e, const Val *in, const Val *bits, int width);
#endif
