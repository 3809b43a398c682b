// SPDX-License-Identifier: MIT
// exp, log, tanh, erf and their kin on vectors of floats, from polynomials, so that generated code
// needs no mathematics library and every target gives the same to rounding. Coefficients of exp and
// log: S. Moshier's Cephes (single precision); erf: a rational approximation of Eigen's form; tanh: a
// rational one fitted for the least relative error, 6e-8, by reweighted least squares. Largest errors, as
// tests/math.c measures them against the true functions, in units of the last place: exp 1.1, expm1 2.5,
// log 0.8, log1p 2.5, tanh 6; erf 4.5e-7 absolute.
#include "emit/ir.h"
#include "../runtime/abi.h"

#define K(x) ir_f32(ir, (x), width)
#define ADD(x_, y_) LLVMBuildFAdd(ir->b, (x_), (y_), "")
#define SUB(x_, y_) LLVMBuildFSub(ir->b, (x_), (y_), "")
#define MUL(x_, y_) LLVMBuildFMul(ir->b, (x_), (y_), "")
#define DIV(x_, y_) LLVMBuildFDiv(ir->b, (x_), (y_), "")
#define FMA(a, b, c) ir_fma(ir, (a), (b), (c))
#define LESS(a, b) ir_less(ir, (a), (b))
#define PICK(c, a, b) ir_select(ir, (c), (a), (b))

static Val polynomial(Ir *ir, Val x, const double *c, int n, int width) {
    Val p = K(c[0]);
    for (int i = 1; i < n; i++) p = FMA(p, x, K(c[i]));
    return p;
}

static Val as_int(Ir *ir, Val v, int width) {
    return LLVMBuildBitCast(ir->b, v, ir_vec(ir, ir->i32, width), "");
}

static Val as_float(Ir *ir, Val v, int width) {
    return LLVMBuildBitCast(ir->b, v, ir_vec(ir, ir->f32, width), "");
}

static Val absolute(Ir *ir, Val x, int width) {
    return as_float(
        ir, LLVMBuildAnd(ir->b, as_int(ir, x, width), ir_i32(ir, 0x7fffffff, width), ""), width);
}

// e^x = 2^n e^r with |r| <= ln 2 / 2. 2^n is made in two halves so that results from the smallest to
// the largest finite float come out right; below and above it is 0 and infinity; NaN stays.
Val math_exp(Ir *ir, Val x, int width) {
    static const double c[] = {1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3,
                               4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1};
    Val lo = K(-104), hi = K(89), magic = K(12582912.0);
    Val z = PICK(LESS(x, lo), lo, x);
    z = PICK(LESS(hi, z), hi, z);
    Val t = FMA(z, K(1.44269504088896341), magic), n = SUB(t, magic);
    Val r = FMA(n, K(-0.693359375), z);
    r = FMA(n, K(2.12194440e-4), r);
    Val p = polynomial(ir, r, c, 6, width);
    Val y = ADD(FMA(p, MUL(r, r), r), K(1));
    Val k = LLVMBuildSub(ir->b, as_int(ir, t, width), ir_i32(ir, 0x4b400000, width), "");
    Val half = LLVMBuildAShr(ir->b, k, ir_i32(ir, 1, width), "");
    Val rest = LLVMBuildSub(ir->b, k, half, "");
    for (int i = 0; i < 2; i++) {
        Val e = LLVMBuildAdd(ir->b, i ? rest : half, ir_i32(ir, 127, width), "");
        y = MUL(y, as_float(ir, LLVMBuildShl(ir->b, e, ir_i32(ir, 23, width), ""), width));
    }
    return y;
}

// log x = e ln 2 + log m with m in [sqrt 1/2, sqrt 2). x <= 0 and NaN give what the libraries give.
Val math_log(Ir *ir, Val x, int width) {
    static const double c[] = {7.0376836292e-2,  -1.1514610310e-1, 1.1676998740e-1,
                               -1.2420140846e-1, 1.4249322787e-1,  -1.6668057665e-1,
                               2.0000714765e-1,  -2.4999993993e-1, 3.3333331174e-1};
    Val tiny = LESS(x, K(1.17549435e-38)); // denormals are scaled up first
    Val s = PICK(tiny, MUL(x, K(8388608)), x);
    Val bits = as_int(ir, s, width);
    Val off = LLVMBuildSub(ir->b, bits, ir_i32(ir, 0x3f3504f3, width), "");
    Val e = LLVMBuildAShr(ir->b, off, ir_i32(ir, 23, width), "");
    Val m = as_float(
        ir, LLVMBuildSub(ir->b, bits, LLVMBuildShl(ir->b, e, ir_i32(ir, 23, width), ""), ""),
        width);
    Val n = LLVMBuildSIToFP(ir->b, e, ir_vec(ir, ir->f32, width), "");
    n = SUB(n, PICK(tiny, K(23), K(0)));
    Val f = SUB(m, K(1)), z = MUL(f, f);
    Val y = MUL(MUL(polynomial(ir, f, c, 9, width), f), z);
    y = FMA(n, K(-2.12194440e-4), y);
    y = FMA(z, K(-0.5), y);
    y = FMA(n, K(0.693359375), ADD(f, y));
    y = PICK(LESS(x, K(0)), K(__builtin_nan("")), y);
    y = PICK(LLVMBuildFCmp(ir->b, LLVMRealOEQ, x, K(0), ""), K(-__builtin_inf()), y);
    Val finite = LESS(x, K(__builtin_inf())); // false for infinity and NaN: log x = x there
    return PICK(LLVMBuildOr(ir->b, finite, LESS(x, K(0)), ""), y, x);
}

// log(1 + x) = log(u) x / (u - 1) with u = 1 + x rounded: the error of rounding cancels.
Val math_log1p(Ir *ir, Val x, int width) {
    Val u = ADD(x, K(1)), d = SUB(u, K(1)), none = LLVMBuildFCmp(ir->b, LLVMRealOEQ, d, K(0), "");
    Val same = LLVMBuildFCmp(ir->b, LLVMRealOEQ, d, x, ""); // also infinity
    return PICK(none, x, MUL(math_log(ir, u, width), PICK(same, K(1), DIV(x, d))));
}

// e^x - 1 = (u - 1) x / log(u) with u = e^x rounded; -1 where u vanishes, u where it is large.
Val math_expm1(Ir *ir, Val x, int width) {
    Val u = math_exp(ir, x, width), d = SUB(u, K(1));
    Val same = LLVMBuildFCmp(ir->b, LLVMRealOEQ, d, K(0), "");
    Val edge = LLVMBuildFCmp(ir->b, LLVMRealOGT, absolute(ir, x, width), K(17), "");
    Val log = math_log(ir, u, width);
    Val y = MUL(d, DIV(x, PICK(LLVMBuildOr(ir->b, same, edge, ""), K(1), log)));
    return PICK(edge, d, PICK(same, x, y));
}

// Within [-limit, limit]; NaN stays.
static Val clamp(Ir *ir, Val x, double limit, int width) {
    Val low = PICK(LESS(x, K(-limit)), K(-limit), x);
    return PICK(LESS(K(limit), low), K(limit), low);
}

// x P(x^2) / Q(x^2), beyond 9.02 1 to rounding. One division and eight fused products: the exponential
// would cost three times as much. P(0) = Q(0) = 1 keeps small x as it is.
Val math_tanh(Ir *ir, Val x, int width) {
    static const double p[] = {1.8325691889e-11, -1.2817680065e-8, 9.2832451819e-6,
                               2.9228031427e-3,  1.2921266085e-1,  1};
    static const double q[] = {2.2836319278e-4, 2.3771923203e-2, 4.6254565644e-1, 1};
    Val c = clamp(ir, x, 9.02, width), z = MUL(c, c);
    Val y = DIV(MUL(c, polynomial(ir, z, p, 6, width)), polynomial(ir, z, q, 4, width));
    return clamp(ir, y, 1, width);
}

// x P(x^2) / Q(x^2) on [-4, 4], beyond which erf is 1 to rounding.
Val math_erf(Ir *ir, Val x, int width) {
    static const double p[] = {-2.72614225801306e-10, 2.77068142495902e-08,  -2.10102402082508e-06,
                               -5.69250639462346e-05, -7.34990630326855e-04, -2.95459980854025e-03,
                               -1.60960333262415e-02};
    static const double q[] = {-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03,
                               -7.37332916720468e-03, -1.42647390514189e-02};
    Val c = clamp(ir, x, 4, width), z = MUL(c, c);
    return DIV(MUL(c, polynomial(ir, z, p, 7, width)), polynomial(ir, z, q, 5, width));
}

// CnnRun.scalar[index] in every lane
static Val scalar_field(Ir *ir, int index, int width) {
    int64_t at = (int64_t)(offsetof(CnnRun, scalar) + sizeof(float) * (size_t)index);
    return ir_splat(ir, ir_field(ir, ir->run, at, ir->f32), width);
}

typedef Val Function(Ir *ir, Val x, int width);
static Val square_root(Ir *ir, Val x, int width) {
    Type t = ir_vec(ir, ir->f32, width);
    return ir_intrinsic(ir, "llvm.sqrt", &t, 1, &x, 1);
}
static Val negative(Ir *ir, Val x, int width) {
    return (void)width, LLVMBuildFNeg(ir->b, x, "");
}

// a b + c is fused wherever it stands, so that every target with FMA rounds alike.
static Val sum(Ir *ir, const Expr *e, const Val *in, const Val *bits, int width) {
    for (int i = 0; i < 2; i++) {
        const Expr *product = e->arg[i];
        if (product->op != E_MUL) continue;
        Val a = emit_expr(ir, product->arg[0], in, bits, width);
        Val b = emit_expr(ir, product->arg[1], in, bits, width);
        return FMA(a, b, emit_expr(ir, e->arg[1 - i], in, bits, width));
    }
    return ADD(emit_expr(ir, e->arg[0], in, bits, width),
               emit_expr(ir, e->arg[1], in, bits, width));
}

Val emit_expr(Ir *ir, const Expr *e, const Val *in, const Val *bits, int width) {
    static Function *const function[] = {
        [E_NEG] = negative,     [E_ABS] = absolute,     [E_SQRT] = square_root,
        [E_EXP] = math_exp,     [E_EXPM1] = math_expm1, [E_LOG] = math_log,
        [E_LOG1P] = math_log1p, [E_TANH] = math_tanh,   [E_ERF] = math_erf};
    if (e->op == E_ADD) return sum(ir, e, in, bits, width);
    Val v[4] = {0};
    for (int i = 0; i < 4 && e->arg[i]; i++) v[i] = emit_expr(ir, e->arg[i], in, bits, width);
    switch (e->op) {
    case E_CONST: return K(e->value);
    case E_IN: return in[e->index];
    case E_SCALAR: return scalar_field(ir, e->index, width);
    case E_SUB: return SUB(v[0], v[1]);
    case E_MUL: return MUL(v[0], v[1]);
    case E_DIV: return DIV(v[0], v[1]);
    case E_LESS: return PICK(LESS(v[0], v[1]), v[2], v[3]);
    case E_BIT: return PICK(bits[e->index], v[0], v[1]);
    default: return function[e->op](ir, v[0], width);
    }
}
