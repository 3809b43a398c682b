// SPDX-License-Identifier: MIT
// The vector functions of the emitter and the table of activations against libm in double, over all
// magnitudes: emitted as every kernel is, for the CPU named on the command line, loaded, and called.
//     math CPU [STEP]      every STEP-th float, with NaN, infinities, zeros and the edges of ranges
#include "emit/module.h"
#include "emit/ir.h"
#include <float.h>
#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Orc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 1 << 12 };
typedef void Loaded(const float *in, float *out, int64_t n);
typedef double Truth(double x);

// --- what it should be ---

static double linear(double x) {
    return x;
}
static double one(double x) {
    return isnan(x) ? x : 1;
}
static double step(double x) {
    return x > 0;
}
static double relu(double x) {
    return x < 0 ? 0 : x;
}
static double relu6(double x) {
    return x > 6 ? 6 : relu(x);
}
static double relu6_slope(double x) {
    return x > 0 && x < 6;
}
static double leaky(double x) {
    return x < 0 ? 0.2 * x : x;
}
static double leaky_slope(double x) {
    return x > 0 ? 1 : 0.2;
}
static double elu(double x) {
    return x < 0 ? expm1(x) : x;
}
static double elu_slope(double x) {
    return x < 0 ? exp(x) : 1;
}
static double selu(double x) {
    return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * expm1(x) : x);
}
static double selu_slope(double x) {
    return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * exp(x) : 1);
}
static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}
static double sigmoid_slope(double x) {
    return sigmoid(x) * sigmoid(-x);
}
static double tanh_slope(double x) {
    return 1 / (cosh(x) * cosh(x));
}
static double softplus(double x) {
    return relu(x) + log1p(exp(-fabs(x)));
}
static double normal(double x) {
    return erfc(-x * sqrt(0.5)) / 2;
}
static double gelu(double x) {
    return x * normal(x);
}
static double gelu_slope(double x) {
    return normal(x) + x * exp(-x * x / 2) / sqrt(8 * atan(1));
}
static double silu(double x) {
    return x * sigmoid(x);
}
static double silu_slope(double x) {
    return sigmoid(x) * (1 + x * sigmoid(-x));
}
static double hard(double x) {
    return relu6(x + 3) / 6;
}
static double hard_slope(double x) {
    return x > -3 && x < 3 ? 1. / 6 : 0;
}

typedef struct Subject { // limit: in units of the last place, or absolute up to 1, relative beyond
    const char *name;
    Val (*emit)(Ir *ir, Val x, int width); // NULL: an activation
    Truth *truth, *slope;
    double limit;
    bool absolute;
} Subject;

#define ACTIVATION 1.2e-6
static const Subject subjects[] = {
    {"exp", math_exp, exp, NULL, 1.1},
    {"expm1", math_expm1, expm1, NULL, 2.5},
    {"log", math_log, log, NULL, 0.8},
    {"log1p", math_log1p, log1p, NULL, 2.5},
    {"tanh", math_tanh, tanh, NULL, 6},
    {"erf", math_erf, erf, NULL, 4.5e-7, true},
    {"linear", NULL, linear, one, ACTIVATION, true},
    {"relu", NULL, relu, step, ACTIVATION, true},
    {"relu6", NULL, relu6, relu6_slope, ACTIVATION, true},
    {"leaky_relu", NULL, leaky, leaky_slope, ACTIVATION, true},
    {"elu", NULL, elu, elu_slope, ACTIVATION, true},
    {"selu", NULL, selu, selu_slope, ACTIVATION, true},
    {"sigmoid", NULL, sigmoid, sigmoid_slope, ACTIVATION, true},
    {"tanh", NULL, tanh, tanh_slope, ACTIVATION, true},
    {"softplus", NULL, softplus, sigmoid, ACTIVATION, true},
    {"gelu", NULL, gelu, gelu_slope, ACTIVATION, true},
    {"silu", NULL, silu, silu_slope, ACTIVATION, true},
    {"hard_sigmoid", NULL, hard, hard_slope, ACTIVATION, true},
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

// --- emitting, for one CPU ---

static Arena *arena;
static int failures;

static void ir_start(Ir *ir, const Target *t) {
    LLVMTargetRef target;
    char *error = NULL;
    if (LLVMGetTargetFromTriple(t->triple, &target, &error)) {
        fprintf(stderr, "math: %s\n", error);
        exit(EXIT_FAILURE);
    }
    LLVMContextRef c = LLVMContextCreate();
    *ir = (Ir){.arena = arena,
               .context = c,
               .module = LLVMModuleCreateWithNameInContext("math", c),
               .b = LLVMCreateBuilderInContext(c),
               .f32 = LLVMFloatTypeInContext(c),
               .i1 = LLVMInt1TypeInContext(c),
               .i8 = LLVMInt8TypeInContext(c),
               .i32 = LLVMInt32TypeInContext(c),
               .i64 = LLVMInt64TypeInContext(c),
               .ptr = LLVMPointerTypeInContext(c, 0),
               .none = LLVMVoidTypeInContext(c),
               .vector = t->vector,
               .cpu = t->cpu,
               .features = t->features};
    ir->machine =
        LLVMCreateTargetMachine(target, t->triple, t->cpu, t->features, LLVMCodeGenLevelDefault,
                                LLVMRelocPIC, LLVMCodeModelDefault);
    LLVMSetTarget(ir->module, t->triple);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(ir->machine);
    LLVMSetModuleDataLayout(ir->module, layout);
    LLVMDisposeTargetData(layout);
}

// void NAME(in, out, n): out[i] = f(in[i]); n is a multiple of the vector.
static void function(Ir *ir, const char *name, const Subject *s, const Expr *e) {
    Type t[3] = {ir->ptr, ir->ptr, ir->i64};
    Val fn = ir_function(ir, name, ir->none, t, 3, false, (Loc){0});
    Lanes l = {ir->vector, ir->vector};
    Loop i = ir_loop(ir, ir_int(ir, 0), LLVMGetParam(fn, 2), l.width);
    Val x = ir_load(ir, ir_at(ir, LLVMGetParam(fn, 0), ir->f32, i.i), l);
    Val y = e ? emit_expr(ir, e, &x, NULL, l.width) : s->emit(ir, x, l.width);
    ir_store(ir, ir_at(ir, LLVMGetParam(fn, 1), ir->f32, i.i), y, l);
    ir_end(ir, &i);
    ir_return(ir);
}

static void functions(Ir *ir) {
    Step step_ = {.arena = arena};
    for (int i = 0; i < SUBJECTS; i++) {
        const Subject *s = &subjects[i];
        const Activation *a = s->emit ? NULL : activation_find(s->name);
        Expr *x = expr_in(arena, 0), *value = a ? a->value(&step_, x) : NULL;
        function(ir, arena_printf(arena, "value%d", i), s, value);
        if (!a) continue;
        Expr *slope = a->slope(&step_, a->derivative == DERIVATIVE_OF_Y ? value : x);
        function(ir, arena_printf(arena, "slope%d", i), s, slope);
    }
}

static void must(LLVMErrorRef error) {
    if (!error) return;
    fprintf(stderr, "math: %s\n", LLVMGetErrorMessage(error));
    exit(EXIT_FAILURE);
}

static LLVMOrcLLJITRef load(Ir *ir) {
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

static Loaded *loaded(LLVMOrcLLJITRef jit, const char *name) {
    LLVMOrcExecutorAddress at;
    must(LLVMOrcLLJITLookup(jit, &at, name));
    return (Loaded *)(uintptr_t)at;
}

// --- measuring ---

typedef struct Worst {
    double error;
    float at, seen;
} Worst;

static double error_of(const Subject *s, bool slope, double truth, float seen) {
    if (isnan(truth) || isnan(seen)) return isnan(truth) == isnan(seen) ? 0 : INFINITY;
    if (isinf((float)truth) || isinf(seen)) return (float)truth == seen ? 0 : INFINITY;
    double d = fabs(seen - truth), size = fabs(truth);
    if (s->absolute || slope) return d / fmax(1, size);
    return d / ldexp(1, size < FLT_MIN ? -149 : ilogb(size) - 23);
}

static void measure(const Subject *s, bool slope, Loaded *f, const float *x, int n, Worst *worst) {
    static float y[BATCH];
    f(x, y, BATCH);
    for (int i = 0; i < n; i++) {
        if (slope && !isfinite(x[i])) continue; // what the slope is there is nobody's promise
        double truth = (slope ? s->slope : s->truth)(x[i]), e = error_of(s, slope, truth, y[i]);
        if (e > worst->error || (e == INFINITY && worst->error != INFINITY))
            *worst = (Worst){e, x[i], y[i]};
    }
}

static const float edges[] = {0.f,       -0.f,    1.f,      -1.f,          NAN,        INFINITY,
                              -INFINITY, FLT_MIN, -FLT_MIN, 0x1p-149f,     -0x1p-149f, FLT_MAX,
                              -FLT_MAX,  9.02f,   4.f,      -4.f,          17.f,       -17.f,
                              88.72283f, 88.73f,  89.f,     -87.3365f,     -87.34f,    -103.97f,
                              -104.f,    -110.f,  1e-40f,   0x1.6a09e6p-1f};

static void sweep(const Subject *s, bool slope, Loaded *f, uint32_t by) {
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
    double limit = slope ? ACTIVATION : s->limit;
    bool bad = !(worst.error <= limit);
    failures += bad;
    printf("%-12s %-6s %.3g %s at %a (%g): %a%s\n", s->name, slope ? "slope" : "", worst.error,
           s->absolute || slope ? "" : "ulp", worst.at, worst.at, worst.seen,
           bad ? "  EXCEEDED" : "");
}

int main(int argc, char **argv) {
    const char *error = NULL;
    arena = arena_new();
    const Target *t = argc > 1 ? target_find(arena, NULL, argv[1], &error) : NULL;
    long by = argc > 2 ? strtol(argv[2], NULL, 10) : 1009;
    if (!t || by < 1) {
        fprintf(stderr, "usage: math CPU [STEP]   (%s)\n", error ? error : "which CPU?");
        return 2;
    }
    Ir ir;
    ir_start(&ir, t);
    functions(&ir);
    LLVMOrcLLJITRef jit = load(&ir);
    for (int i = 0; i < SUBJECTS; i++) {
        sweep(&subjects[i], false, loaded(jit, arena_printf(arena, "value%d", i)), (uint32_t)by);
        if (subjects[i].slope)
            sweep(&subjects[i], true, loaded(jit, arena_printf(arena, "slope%d", i)), (uint32_t)by);
    }
    must(LLVMOrcDisposeLLJIT(jit));
    LLVMDisposeBuilder(ir.b);
    LLVMDisposeModule(ir.module);
    LLVMDisposeTargetMachine(ir.machine);
    LLVMContextDispose(ir.context);
    arena_free(arena);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
