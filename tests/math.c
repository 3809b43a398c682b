// SPDX-License-Identifier: MIT
// The vector functions of the emitter and the table of activations, with their slopes, against libm in
// long double, over all magnitudes: emitted as every kernel is, for the CPU named on the command line,
// loaded, and called. In whole vectors and one by one, and as -O0 generates code.
//     math CPU [STEP]      every STEP-th float, with NaN, infinities, zeros and the edges of ranges
// Errors are in units of the last place of the true value. Below the smallest normal float, where
// threads flush to zero, an activation only has to be as near as that: to 1.2e-38.
#include "codegen/module.h"
#include "codegen/builder.h"
#include <float.h>
#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Orc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 1 << 12 };
typedef void RowFunction(const float *in, float *out, int64_t n);
typedef long double Truth(long double x);

// --- what it should be ---

static long double linear(long double x) {
    return x;
}
static long double one(long double x) {
    return isnan(x) ? x : 1;
}
static long double step(long double x) {
    return x > 0;
}
static long double relu(long double x) {
    return x < 0 ? 0 : x;
}
static long double relu6(long double x) {
    return x > 6 ? 6 : relu(x);
}
static long double relu6_slope(long double x) {
    return x > 0 && x < 6;
}
static long double leaky(long double x) {
    return x < 0 ? 0.2L * x : x;
}
static long double leaky_slope(long double x) {
    return x > 0 ? 1 : 0.2L;
}
static long double elu(long double x) {
    return x < 0 ? expm1l(x) : x;
}
static long double elu_slope(long double x) {
    return x < 0 ? expl(x) : 1;
}
static long double selu(long double x) {
    return 1.0507009873554805L * (x < 0 ? 1.6732632423543772L * expm1l(x) : x);
}
static long double selu_slope(long double x) {
    return 1.0507009873554805L * (x < 0 ? 1.6732632423543772L * expl(x) : 1);
}
static long double sigmoid(long double x) {
    return 1 / (1 + expl(-x));
}
static long double sigmoid_slope(long double x) {
    return sigmoid(x) * sigmoid(-x);
}
static long double tanh_slope(long double x) {
    return 4 * sigmoid_slope(2 * x);
}
static long double softplus(long double x) {
    return relu(x) + log1pl(expl(-fabsl(x)));
}
static long double normal(long double x) {
    return erfcl(-x * sqrtl(0.5L)) / 2;
}
static long double gelu(long double x) {
    return x == -INFINITY ? 0 : x * normal(x);
}
static long double gelu_slope(long double x) {
    return normal(x) + x * expl(-x * x / 2) / sqrtl(8 * atanl(1));
}
static long double silu(long double x) {
    return x == -INFINITY ? 0 : x * sigmoid(x);
}
static long double silu_slope(long double x) {
    return sigmoid(x) * (1 + x * sigmoid(-x));
}
static long double hard(long double x) {
    return relu6(x + 3) / 6;
}
static long double hard_slope(long double x) {
    return x > -3 && x < 3 ? 1.L / 6 : 0;
}

static long double softsign(long double x) {
    return x / (1 + fabsl(x));
}
static long double softsign_slope(long double x) {
    return powl(1 + fabsl(x), -2);
}
static long double log_sigmoid(long double x) {
    return -softplus(-x);
}
static long double log_sigmoid_slope(long double x) {
    return sigmoid(-x);
}
static long double mish(long double x) {
    return x == -INFINITY ? 0 : x * tanhl(softplus(x));
}
static long double
mish_slope(long double x) { // the first terms of each sign lose no digits of a float
    if (isinf(x)) return x > 0;
    long double t = tanhl(softplus(x));
    return t + x * sigmoid(x) * (1 - t) * (1 + t);
}
static long double hard_silu(long double x) {
    return x == -INFINITY ? NAN : x * hard(x);
}
static long double hard_silu_slope(long double x) {
    return x > -3 ? x < 3 ? (2 * x + 3) / 6 : 1 : 0;
}
static long double hard_tanh(long double x) {
    return x < -1 ? -1 : x > 1 ? 1 : x;
}
static long double hard_tanh_slope(long double x) {
    return !(x < -1 || x > 1);
}
static long double soft_shrink(long double x) {
    return x > 0.5L ? x - 0.5L : x < -0.5L ? x + 0.5L : 0;
}
static long double hard_shrink(long double x) {
    return fabsl(x) > 0.5L ? x : 0;
}
static long double shrink_slope(long double x) {
    return fabsl(x) > 0.5L;
}
static long double tanh_shrink(long double x) { // by its series where terms would cancel
    long double q = x * x;
    if (fabsl(x) > 0.1L) return x - tanhl(x);
    return x * q *
           (1 / 3.L -
            q * (2 / 15.L - q * (17 / 315.L - q * (62 / 2835.L - q * (1382 / 155925.L)))));
}
static long double tanh_shrink_slope(long double x) {
    return tanhl(x) * tanhl(x);
}
static long double squareplus(long double x) {
    long double r = sqrtl(x * x + 4);
    return x < 0 ? 2 / (r - x) : (x + r) / 2;
}
static long double squareplus_slope(long double x) {
    long double r = sqrtl(x * x + 4);
    return isinf(x) ? NAN : x < 0 ? 2 / (r * (r - x)) : (r + x) / (2 * r);
}
static long double sparse_plus(long double x) {
    return x > -1 ? x < 1 ? (x + 1) * (x + 1) / 4 : x : x < 0 ? 0 : x;
}
static long double sparse_sigmoid(long double x) {
    return x > -1 ? x < 1 ? (x + 1) / 2 : 1 : 0;
}
static long double sparse_sigmoid_slope(long double x) {
    return x > -1 && x < 1 ? 0.5L : 0;
}

typedef struct Subject {
    const char *name;
    Val (*emit)(Builder *ir, Val x, int width); // NULL: an activation
    Truth *truth, *slope;
    double limit; // in units of the last place
} Subject;

#define ACTIVATION 4
#define OF_SEVERAL 6 // whose slope is made of functions that each have an error
static const Subject subjects[] = {
    {"exp", math_exp, expl, NULL, 1.1},
    {"expm1", math_expm1, expm1l, NULL, 2},
    {"log", math_log, logl, NULL, 0.8},
    {"log1p", math_log1p, log1pl, NULL, 2.5},
    {"linear", NULL, linear, one, ACTIVATION},
    {"relu", NULL, relu, step, ACTIVATION},
    {"relu6", NULL, relu6, relu6_slope, ACTIVATION},
    {"leaky_relu", NULL, leaky, leaky_slope, ACTIVATION},
    {"elu", NULL, elu, elu_slope, ACTIVATION},
    {"selu", NULL, selu, selu_slope, ACTIVATION},
    {"sigmoid", NULL, sigmoid, sigmoid_slope, ACTIVATION},
    {"tanh", NULL, tanhl, tanh_slope, ACTIVATION},
    {"softplus", NULL, softplus, sigmoid, ACTIVATION},
    {"gelu", NULL, gelu, gelu_slope, ACTIVATION},
    {"silu", NULL, silu, silu_slope, ACTIVATION},
    {"hard_sigmoid", NULL, hard, hard_slope, ACTIVATION},
    {"exponential", NULL, expl, expl, ACTIVATION},
    {"softsign", NULL, softsign, softsign_slope, ACTIVATION},
    {"log_sigmoid", NULL, log_sigmoid, log_sigmoid_slope, ACTIVATION},
    {"mish", NULL, mish, mish_slope, OF_SEVERAL},
    {"hard_silu", NULL, hard_silu, hard_silu_slope, ACTIVATION},
    {"hard_tanh", NULL, hard_tanh, hard_tanh_slope, ACTIVATION},
    {"celu", NULL, elu, elu_slope, ACTIVATION},
    {"soft_shrink", NULL, soft_shrink, shrink_slope, ACTIVATION},
    {"hard_shrink", NULL, hard_shrink, shrink_slope, ACTIVATION},
    {"tanh_shrink", NULL, tanh_shrink, tanh_shrink_slope, OF_SEVERAL},
    {"squareplus", NULL, squareplus, squareplus_slope, OF_SEVERAL},
    {"sparse_plus", NULL, sparse_plus, sparse_sigmoid, ACTIVATION},
    {"sparse_sigmoid", NULL, sparse_sigmoid, sparse_sigmoid_slope, ACTIVATION},
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

// --- emitting, for one CPU ---

static Arena *arena;
static int failures;

static void ir_start(Builder *ir, const Target *t, LLVMCodeGenOptLevel level) {
    LLVMTargetRef target;
    char *error = NULL;
    if (LLVMGetTargetFromTriple(t->triple, &target, &error)) {
        fprintf(stderr, "math: %s\n", error);
        exit(EXIT_FAILURE);
    }
    LLVMContextRef c = LLVMContextCreate();
    *ir = (Builder){.arena = arena,
                    .context = c,
                    .module = LLVMModuleCreateWithNameInContext("math", c),
                    .b = LLVMCreateBuilderInContext(c),
                    .f32 = LLVMFloatTypeInContext(c),
                    .i1 = LLVMInt1TypeInContext(c),
                    .i8 = LLVMInt8TypeInContext(c),
                    .i32 = LLVMInt32TypeInContext(c),
                    .i64 = LLVMInt64TypeInContext(c),
                    .index = LLVMInt64TypeInContext(c),
                    .ptr = LLVMPointerTypeInContext(c, 0),
                    .none = LLVMVoidTypeInContext(c),
                    .target = t,
                    .vector = t->vector};
    ir->machine = LLVMCreateTargetMachine(target, t->triple, t->cpu, t->features, level,
                                          LLVMRelocPIC, LLVMCodeModelDefault);
    LLVMSetTarget(ir->module, t->triple);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(ir->machine);
    LLVMSetModuleDataLayout(ir->module, layout);
    LLVMDisposeTargetData(layout);
}

// void NAME(in, out, n): out[i] = f(in[i]); n is a multiple of the width.
static void function(Builder *ir, const char *name, const Subject *s, const Expr *e, int width) {
    Type t[3] = {ir->ptr, ir->ptr, ir->index};
    Val fn = ir_function(ir, name, ir->none, t, 3, false, (Loc){0});
    Lanes l = {width, width};
    Loop i = ir_loop(ir, ir_int(ir, 0), LLVMGetParam(fn, 2), l.width);
    Val x = ir_load(ir, ir_at(ir, LLVMGetParam(fn, 0), ir->f32, i.i), l);
    Val y = e ? emit_expr(ir, e, &x, NULL, l.width) : s->emit(ir, x, l.width);
    ir_store(ir, ir_at(ir, LLVMGetParam(fn, 1), ir->f32, i.i), y, l);
    ir_end(ir, &i);
    ir_return(ir);
}

static void functions(Builder *ir, int width) {
    Step step_ = {.arena = arena};
    for (int i = 0; i < SUBJECTS; i++) {
        const Subject *s = &subjects[i];
        const Activation *a = s->emit ? NULL : activation_find(s->name);
        Expr *x = expr_in(arena, 0), *value = a ? a->value(&step_, x) : NULL;
        function(ir, arena_printf(arena, "value%d", i), s, value, width);
        if (!a) continue;
        Expr *slope = a->slope(&step_, a->derivative == DERIVATIVE_OF_Y ? value : x);
        function(ir, arena_printf(arena, "slope%d", i), s, slope, width);
    }
}

static void must(LLVMErrorRef error) {
    if (!error) return;
    fprintf(stderr, "math: %s\n", LLVMGetErrorMessage(error));
    exit(EXIT_FAILURE);
}

static LLVMOrcLLJITRef load(Builder *ir) {
    LLVMMemoryBufferRef object;
    LLVMOrcLLJITRef jit;
    char *error = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(ir->machine, ir->module, LLVMObjectFile, &error,
                                            &object)) {
        fprintf(stderr, "math: %s\n", error);
        exit(EXIT_FAILURE);
    }
    must(LLVMOrcCreateLLJIT(&jit, NULL));
    must(LLVMOrcLLJITAddObjectFile(jit, LLVMOrcLLJITGetMainJITDylib(jit), object));
    return jit;
}

static RowFunction *loaded(LLVMOrcLLJITRef jit, const char *name) {
    LLVMOrcExecutorAddress at;
    must(LLVMOrcLLJITLookup(jit, &at, name));
    return (RowFunction *)(uintptr_t)at;
}

// --- measuring ---

typedef struct Worst {
    double error;
    float at, seen;
} Worst;

static double error_of(const Subject *s, long double truth, float seen) {
    if (isnan(truth) || isnan(seen)) return isnan(truth) == isnan(seen) ? 0 : INFINITY;
    if (isinf((float)truth) || isinf(seen)) return (float)truth == seen ? 0 : INFINITY;
    double d = (double)fabsl(seen - truth), size = (double)fabsl(truth);
    if (!s->emit && size < FLT_MIN && d <= FLT_MIN) return 0;
    return d / ldexp(1, size < FLT_MIN ? -149 : ilogb(size) - 23);
}

static void measure(const Subject *s, bool slope, RowFunction *f, const float *x, int n,
                    Worst *worst) {
    static float y[BATCH];
    f(x, y, BATCH);
    for (int i = 0; i < n; i++) {
        if (slope && !isfinite(x[i])) continue; // what the slope is there is nobody's promise
        double e = error_of(s, (slope ? s->slope : s->truth)(x[i]), y[i]);
        if (e > worst->error || (e == INFINITY && worst->error != INFINITY))
            *worst = (Worst){e, x[i], y[i]};
    }
}

static const float edges[] = {0.f,       -0.f,    1.f,      -1.f,          NAN,        INFINITY,
                              -INFINITY, FLT_MIN, -FLT_MIN, 0x1p-149f,     -0x1p-149f, FLT_MAX,
                              -FLT_MAX,  9.02f,   4.f,      -4.f,          17.f,       -17.f,
                              88.72283f, 88.73f,  89.f,     -87.3365f,     -87.34f,    -103.97f,
                              -104.f,    -110.f,  1e-40f,   0x1.6a09e6p-1f};

static void sweep(const Subject *s, bool slope, RowFunction *f, uint32_t by) {
    static float x[BATCH];
    Worst worst = {0};
    int n = sizeof edges / sizeof *edges;
    memcpy(x, edges, sizeof edges);
    measure(s, slope, f, x, n, &worst);
    for (uint64_t bits = 0; bits < (uint64_t)1 << 32;) {
        for (n = 0; n < BATCH && bits < (uint64_t)1 << 32; n++, bits += by)
            memcpy(&x[n], &(uint32_t){(uint32_t)bits}, sizeof *x);
        measure(s, slope, f, x, n, &worst);
    }
    bool bad = !(worst.error <= s->limit);
    failures += bad;
    printf("%-12s %-6s %.3g ulp at %a (%g): %a%s\n", s->name, slope ? "slope" : "", worst.error,
           worst.at, worst.at, worst.seen, bad ? "  EXCEEDED" : "");
}

static void no_message(LLVMDiagnosticInfoRef info,
                       void *state) { // the sizes of stacks, which kernels report
    (void)info, (void)state;
}

// All of them for one CPU, so many lanes at a time.
static void check(const Target *t, LLVMCodeGenOptLevel level, int width, uint32_t by) {
    Builder ir;
    ir_start(&ir, t, level);
    LLVMContextSetDiagnosticHandler(ir.context, no_message, NULL);
    if (!width) width = ir.vector;
    functions(&ir, width);
    LLVMOrcLLJITRef jit = load(&ir);
    printf("%d at a time%s\n", width, level == LLVMCodeGenLevelNone ? ", -O0" : "");
    for (int i = 0; i < SUBJECTS; i++) {
        sweep(&subjects[i], false, loaded(jit, arena_printf(arena, "value%d", i)), by);
        if (subjects[i].slope)
            sweep(&subjects[i], true, loaded(jit, arena_printf(arena, "slope%d", i)), by);
    }
    must(LLVMOrcDisposeLLJIT(jit));
    LLVMDisposeBuilder(ir.b);
    LLVMDisposeModule(ir.module);
    LLVMDisposeTargetMachine(ir.machine);
    LLVMContextDispose(ir.context);
}

int main(int argc, char **argv) {
    const char *error = NULL;
    arena = arena_new();
    const Target *t = argc > 1 ? target_find(arena, NULL, argv[1], &error) : NULL;
    long by = argc > 2 ? strtol(argv[2], NULL, 10) : 4001;
    if (!t || by < 1) {
        fprintf(stderr, "usage: math CPU [STEP]   (%s)\n", error ? error : "which CPU?");
        return 2;
    }
    check(t, LLVMCodeGenLevelDefault, 0, (uint32_t)by);
    check(t, LLVMCodeGenLevelDefault, 1, (uint32_t)by * 16 + 1);
    check(t, LLVMCodeGenLevelNone, 0, (uint32_t)by * 16 + 1);
    arena_free(arena);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
