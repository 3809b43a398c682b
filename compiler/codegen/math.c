// SPDX-License-Identifier: MIT
// exp, log, tanh, gelu and their kin on vectors of floats, from polynomials, so that generated code
// needs no mathematics library and every target gives the same to rounding. Coefficients of exp and
// log: S. Moshier's Cephes (single precision); of gelu: fitted for the least relative error,
// 2e-8, by reweighted least squares. tests/math.c holds each to its limit against the
// true function, in units of the last place: exp 1.1, expm1 2, log 0.8, log1p 2.5, activations and
// slopes 4.
#include "codegen/builder.h"
#include "../runtime/abi.h"

#define K(x) ir_f32(ir, (x), width)
#define ADD(x_, y_) LLVMBuildFAdd(ir->b, (x_), (y_), "")
#define SUB(x_, y_) LLVMBuildFSub(ir->b, (x_), (y_), "")
#define MUL(x_, y_) LLVMBuildFMul(ir->b, (x_), (y_), "")
#define DIV(x_, y_) LLVMBuildFDiv(ir->b, (x_), (y_), "")
#define FMA(a, b, c) ir_fma(ir, (a), (b), (c))
#define LESS(a, b) ir_less(ir, (a), (b))
#define PICK(c, a, b) ir_select(ir, (c), (a), (b))

static Val polynomial(Builder *ir, Val x, const double *c, int n, int width) {
    Val p = K(c[0]);
    for (int i = 1; i < n; i++) p = FMA(p, x, K(c[i]));
    return p;
}

static Val as_int(Builder *ir, Val v, int width) {
    return LLVMBuildBitCast(ir->b, v, ir_vec(ir, ir->i32, width), "");
}

static Val as_float(Builder *ir, Val v, int width) {
    return LLVMBuildBitCast(ir->b, v, ir_vec(ir, ir->f32, width), "");
}

static Val absolute(Builder *ir, Val x, int width) {
    return as_float(
        ir, LLVMBuildAnd(ir->b, as_int(ir, x, width), ir_i32(ir, 0x7fffffff, width), ""), width);
}

static Val truncated(Builder *ir, Val x, int width) {
    return ir_to_float(ir, ir_to_int(ir, x, ir_vec(ir, ir->i32, width)),
                       ir_vec(ir, ir->f32, width));
}

// Within [low, high]; NaN stays.
static Val clamp(Builder *ir, Val x, double low, double high, int width) {
    Val z = PICK(LESS(x, K(low)), K(low), x);
    return PICK(LESS(K(high), z), K(high), z);
}

// e^x = 2^n (1 + p): p = e^r - 1 = r + r^2 tail, |r| <= ln 2 / 2.
typedef struct Power {
    Val r, tail, half, rest; // n = half + rest, so that 2^half and 2^rest are always floats
} Power;

// Of x + low, where low is below the last place of x, or NULL for 0.
static Power power(Builder *ir, Val x, Val low, int width) {
    static const double c[] = {1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3,
                               4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1};
    Val magic = K(12582912.0), t = FMA(x, K(1.44269504088896341), magic), n = SUB(t, magic);
    Val r = FMA(n, K(-0.693359375), x);
    if (low) r = ADD(r, low);
    r = FMA(n, K(2.12194440e-4), r);
    Val k = LLVMBuildSub(ir->b, as_int(ir, t, width), ir_i32(ir, 0x4b400000, width), "");
    Val half = LLVMBuildAShr(ir->b, k, ir_i32(ir, 1, width), "");
    return (Power){r, polynomial(ir, r, c, 6, width), half, LLVMBuildSub(ir->b, k, half, "")};
}

static Val two_to(Builder *ir, Val n, int width) {
    Val e = LLVMBuildAdd(ir->b, n, ir_i32(ir, 127, width), "");
    return as_float(ir, LLVMBuildShl(ir->b, e, ir_i32(ir, 23, width), ""), width);
}

// a e^x. The powers of two come last: neither vanishes nor overflows but what does as a whole.
static Val scaled(Builder *ir, Val a, Power e, int width) {
    Val p = FMA(e.tail, MUL(e.r, e.r), e.r), y = a ? FMA(a, p, a) : ADD(p, K(1));
    y = MUL(y, two_to(ir, e.half, width));
    return MUL(y, two_to(ir, e.rest, width));
}

// Results from the smallest to the largest finite float come out right; below and above them it is 0
// and infinity; NaN stays.
Val math_exp(Builder *ir, Val x, int width) {
    return scaled(ir, NULL, power(ir, clamp(ir, x, -104, 89, width), NULL, width), width);
}

// e^(a - b), as if the difference had not been rounded: what rounding took is added to the rest of the
// division by ln 2. It counts where e^(a - b) is not 0.
Val math_exp_minus(Builder *ir, Val a, Val b, int width) {
    Val d = SUB(a, b), from_b = SUB(a, d), from_a = ADD(d, from_b);
    Val low = ADD(SUB(a, from_a), SUB(from_b, b));
    low = PICK(LESS(d, K(-104)), K(0), low);
    return scaled(ir, NULL, power(ir, clamp(ir, d, -104, 89, width), low, width), width);
}

// a e^x, right also where e^x alone is no normal float. a is at most 2^20 or so where x is below -104.
static Val times_exp(Builder *ir, Val a, Val x, int width) {
    return scaled(ir, a, power(ir, clamp(ir, x, -104, 89, width), NULL, width), width);
}

// e^x - 1 = 2^n p + 2^n - 1, the last two exactly.
Val math_expm1(Builder *ir, Val x, int width) {
    Power e = power(ir, clamp(ir, x, -104, 89, width), NULL, width);
    Val p = FMA(e.tail, MUL(e.r, e.r), e.r), high = two_to(ir, e.half, width);
    Val one = two_to(ir, LLVMBuildNeg(ir->b, e.rest, ""), width); // 1, before 2^rest is put back
    return MUL(FMA(high, p, SUB(high, one)), two_to(ir, e.rest, width));
}

// log x = e ln 2 + log m with m in [sqrt 1/2, sqrt 2). x <= 0 and NaN give what the libraries give.
Val math_log(Builder *ir, Val x, int width) {
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
Val math_log1p(Builder *ir, Val x, int width) {
    Val u = ADD(x, K(1)), d = SUB(u, K(1)), none = LLVMBuildFCmp(ir->b, LLVMRealOEQ, d, K(0), "");
    Val same = LLVMBuildFCmp(ir->b, LLVMRealOEQ, d, x, ""); // also infinity
    return PICK(none, x, MUL(math_log(ir, u, width), PICK(same, K(1), DIV(x, d))));
}

// The size of v with the sign of x.
static Val with_sign(Builder *ir, Val v, Val x, int width) {
    Val sign = LLVMBuildAnd(ir->b, as_int(ir, x, width), ir_i32(ir, INT32_MIN, width), "");
    Val size = as_int(ir, absolute(ir, v, width), width);
    return as_float(ir, LLVMBuildOr(ir->b, size, sign, ""), width);
}

// |e| / (2 + e) with e = e^-2|x| - 1.
Val math_tanh(Builder *ir, Val x, int width) {
    Val e = math_expm1(ir, MUL(absolute(ir, x, width), K(-2)), width);
    return with_sign(ir, DIV(e, ADD(e, K(2))), x, width);
}

// a e^(-t^2 / 2) for t in [0, 15]. The square of t without its low 12 bits is exact; what that leaves
// out is added after the subtraction of n ln 2, so that no rounding of the square is left.
static Val times_bell(Builder *ir, Val a, Val t, int width) {
    Val bits = LLVMBuildAnd(ir->b, as_int(ir, t, width), ir_i32(ir, -0x1000, width), "");
    Val high = as_float(ir, bits, width), half = MUL(high, K(-0.5));
    Val low = MUL(MUL(SUB(t, high), K(-0.5)), ADD(t, high));
    return scaled(ir, a, power(ir, MUL(half, high), low, width), width);
}

// |x| up to 15, beyond which nothing of the bell is left, and w = |x| / (|x| + a): the polynomials of
// gelu are in w - 1/2, where their first terms are the largest by far and no digit is lost.
static Val bell_argument(Builder *ir, Val x, Val *w, int width) {
    Val t = clamp(ir, absolute(ir, x, width), 0, 15, width);
    *w = DIV(t, ADD(t, K(1.65625)));
    return t;
}

// x Phi(x), Phi of the normal distribution: max(x, 0) - t Phi(-t) with t = |x|, as no difference is
// then of two close figures. t Phi(-t) = e^(-t^2 / 2) w P(w - 1/2).
Val math_gelu(Builder *ir, Val x, int width) {
    static const double c[] = {0.203817427,  0.29211992,   0.0389480926, -0.231042325,
                               -0.249107137, -0.030054057, 0.225500599,  0.233789831,
                               -0.138534158, -0.483268976, 0.637621462};
    Val w, t = bell_argument(ir, x, &w, width);
    Val tail = MUL(w, polynomial(ir, SUB(w, K(0.5)), c, 11, width));
    return SUB(PICK(LESS(x, K(0)), K(0), x), times_bell(ir, tail, t, width));
}

// Phi(x) + x phi(x). With t = |x| it is g = Phi(-t) - t phi(t) on the left and 1 - g on the right;
// g = e^(-t^2 / 2) (t0 - t) P(w - 1/2), as it vanishes at t0 = 0.7517915, here in two parts.
Val math_gelu_slope(Builder *ir, Val x, int width) {
    static const double c[] = {0.0249054879,  0.0345055535,  0.000506404031, -0.0388582088,
                               -0.0415888466, 0.00749869645, 0.0778262839,   0.0571688898,
                               -0.283096075,  0.517722666};
    Val w, t = bell_argument(ir, x, &w, width);
    Val p = polynomial(ir, SUB(w, K(0.5)), c, 10, width);
    Val d = SUB(SUB(K(0.7517915368080139), t), K(1.211444945855772e-8));
    Val g = times_bell(ir, MUL(d, p), t, width);
    return PICK(LESS(x, K(0)), g, SUB(K(1), g));
}

// CnnRun.scalar[index] in every lane
static Val scalar_field(Builder *ir, int index, int width) {
    int64_t at = (int64_t)(offsetof(CnnRun, scalar) + sizeof(float) * (size_t)index);
    return ir_splat(ir, ir_field(ir, ir->run, at, ir->f32), width);
}

typedef Val Function(Builder *ir, Val x, int width);
static Val square_root(Builder *ir, Val x, int width) {
    Type t = ir_vec(ir, ir->f32, width);
    return ir_intrinsic(ir, "llvm.sqrt", &t, 1, &x, 1);
}
static Val negative(Builder *ir, Val x, int width) {
    return (void)width, LLVMBuildFNeg(ir->b, x, "");
}

// a b + c is fused wherever it stands, so that every target with FMA rounds alike.
static Val sum(Builder *ir, const Expr *e, const Val *in, const Val *bits, int width) {
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

Val emit_expr(Builder *ir, const Expr *e, const Val *in, const Val *bits, int width) {
    static Function *const function[] = {[E_NEG] = negative,
                                         [E_ABS] = absolute,
                                         [E_TRUNC] = truncated,
                                         [E_SQRT] = square_root,
                                         [E_EXP] = math_exp,
                                         [E_EXPM1] = math_expm1,
                                         [E_LOG] = math_log,
                                         [E_LOG1P] = math_log1p,
                                         [E_TANH] = math_tanh,
                                         [E_GELU] = math_gelu,
                                         [E_GELU_SLOPE] = math_gelu_slope};
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
    case E_TIMES_EXP: return times_exp(ir, v[0], v[1], width);
    case E_LESS: return PICK(LESS(v[0], v[1]), v[2], v[3]);
    case E_BIT: return PICK(bits[e->index], v[0], v[1]);
    default: return function[e->op](ir, v[0], width);
    }
}
