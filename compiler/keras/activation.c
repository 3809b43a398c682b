// SPDX-License-Identifier: MIT
// The table of activations. Values are Keras 3's; each derivative is written in terms of y where that
// suffices (relu), else of x: 1 - y keeps no digit where y is 1 to rounding. Where terms of opposite
// sign would come close to each other, the formula has none.
#include "keras/activation.h"
#include "step/step.h"
#include <string.h>

#define C(v) expr_const(s->arena, (v))
#define OP1(op, x) expr_op1(s->arena, (op), (x))
#define ADD(x, y) expr_op2(s->arena, E_ADD, (x), (y))
#define SUB(x, y) expr_op2(s->arena, E_SUB, (x), (y))
#define MUL(x, y) expr_op2(s->arena, E_MUL, (x), (y))
#define DIV(x, y) expr_op2(s->arena, E_DIV, (x), (y))
#define TIMES_EXP(x, y) expr_op2(s->arena, E_TIMES_EXP, (x), (y))
#define LESS(x, y, yes, no) expr_less(s->arena, (x), (y), (yes), (no))
#define VALUE(name) static Expr *name(Step *s, Expr *x)
#define SLOPE_X(name) static Expr *name(Step *s, Expr *x)
#define SLOPE_Y(name) static Expr *name(Step *s, Expr *y)

VALUE(linear) {
    return (void)s, x;
}
SLOPE_Y(linear_slope) {
    return (void)y, C(1);
}

// Every clip keeps NaN: x < 0 ? 0 : x.
VALUE(relu) {
    return LESS(x, C(0), C(0), x);
}
SLOPE_Y(relu_slope) {
    return LESS(C(0), y, C(1), C(0));
}

VALUE(relu6) {
    return LESS(C(6), x, C(6), relu(s, x));
}
SLOPE_X(relu6_slope) {
    return LESS(C(0), x, LESS(x, C(6), C(1), C(0)), C(0));
}

VALUE(leaky_relu) {
    return LESS(x, C(0), MUL(C(0.2), x), x);
} // Keras's activation: slope 0.2
SLOPE_Y(leaky_relu_slope) {
    return LESS(C(0), y, C(1), C(0.2));
}

VALUE(elu) {
    return LESS(x, C(0), OP1(E_EXPM1, x), x);
}
SLOPE_X(elu_slope) {
    return LESS(x, C(0), OP1(E_EXP, x), C(1));
}

#define SELU_SCALE 1.0507009873554805
#define SELU_ALPHA 1.6732632423543772
VALUE(selu) {
    return MUL(C(SELU_SCALE), LESS(x, C(0), MUL(C(SELU_ALPHA), OP1(E_EXPM1, x)), x));
}
SLOPE_X(selu_slope) {
    return LESS(x, C(0), TIMES_EXP(C(SELU_SCALE * SELU_ALPHA), x), C(SELU_SCALE));
}

VALUE(sigmoid) {
    return DIV(C(1), ADD(C(1), OP1(E_EXP, OP1(E_NEG, x))));
}
// With e = e^-|x|: e / (1 + e)^2
VALUE(minus_size) {
    return OP1(E_NEG, OP1(E_ABS, x));
}
static Expr *one_plus_squared(Step *s, Expr *e) { // (1 + e)^2, rounded once where e is small
    return ADD(C(1), ADD(MUL(C(2), e), MUL(e, e)));
}
SLOPE_X(sigmoid_slope) {
    Expr *e = OP1(E_EXP, minus_size(s, x));
    return DIV(e, one_plus_squared(s, e));
}

VALUE(tanh_) {
    return OP1(E_TANH, x);
}
SLOPE_X(tanh_slope) { // four times sigmoid's at 2 x
    Expr *u = MUL(C(2), minus_size(s, x));
    return DIV(TIMES_EXP(C(4), u), one_plus_squared(s, OP1(E_EXP, u)));
}

// log(1 + e^x) = max(x, 0) + log1p(e^-|x|)
VALUE(softplus) {
    return ADD(relu(s, x), OP1(E_LOG1P, OP1(E_EXP, minus_size(s, x))));
}

VALUE(gelu) {
    return OP1(E_GELU, x);
}
SLOPE_X(gelu_slope) {
    return OP1(E_GELU_SLOPE, x);
}

// x sigmoid(x). With t = |x|, e = e^-t: x / (1 + e) on the right, -t e / (1 + e) on the left. t is cut
// where silu is 0 to rounding, so that t e is never infinity times 0.
VALUE(minus_size_to_110) {
    Expr *u = minus_size(s, x);
    return LESS(u, C(-110), C(-110), u);
}
VALUE(silu) {
    Expr *u = minus_size_to_110(s, x);
    return DIV(LESS(x, C(0), TIMES_EXP(u, u), x), ADD(C(1), OP1(E_EXP, u)));
}
// (1 + e (1 + t)) / (1 + e)^2 on the right, e (1 + e - t) / (1 + e)^2 on the left, which vanishes at
// t0 = 1 + e^-t0. With d = t - t0, 1 + e - t is (t0 - 1) (e^-d - 1) - d: both terms have one sign. Away
// from t0 the plain form is the nearer one.
SLOPE_X(silu_slope) {
    static const double t0 = 1.278464542761073795;
    Expr *u = minus_size_to_110(s, x), *e = OP1(E_EXP, u);
    Expr *minus_d = ADD(ADD(u, C((float)t0)), C(t0 - (double)(float)t0));
    Expr *near = ADD(MUL(C(t0 - 1), OP1(E_EXPM1, minus_d)), minus_d), *far = ADD(ADD(C(1), u), e);
    Expr *left = LESS(C(-2), u, LESS(u, C(-1), near, far), far);
    Expr *right = ADD(C(1), MUL(e, SUB(C(1), u)));
    return DIV(LESS(x, C(0), TIMES_EXP(left, u), right), one_plus_squared(s, e));
}

// relu6(x + 3) / 6
VALUE(hard_sigmoid) {
    return DIV(relu6(s, ADD(x, C(3))), C(6));
}
SLOPE_X(hard_sigmoid_slope) {
    return LESS(C(-3), x, LESS(x, C(3), C(1.0 / 6), C(0)), C(0));
}

VALUE(exponential) {
    return OP1(E_EXP, x);
}
SLOPE_Y(itself) {
    return (void)s, y;
}

VALUE(softsign) {
    return DIV(x, ADD(C(1), OP1(E_ABS, x)));
}
SLOPE_X(softsign_slope) {
    Expr *d = ADD(C(1), OP1(E_ABS, x));
    return DIV(C(1), MUL(d, d));
}

VALUE(log_sigmoid) {
    return OP1(E_NEG, softplus(s, OP1(E_NEG, x)));
}
SLOPE_X(log_sigmoid_slope) {
    return sigmoid(s, OP1(E_NEG, x));
}

// x tanh(softplus(x)). With e = e^x that is x e (e + 2) / (e (e + 2) + 2), on the left; with u = e^-x
// x (1 + 2u) / (1 + 2u + 2u^2), on the right. x is cut where mish is 0 to rounding.
VALUE(mish) {
    Expr *u = minus_size_to_110(s, x), *e = OP1(E_EXP, u), *twice = MUL(C(2), e);
    Expr *left = DIV(MUL(TIMES_EXP(u, u), ADD(e, C(2))), ADD(MUL(e, ADD(e, C(2))), C(2)));
    Expr *right = ADD(C(1), twice);
    return LESS(x, C(0), left, MUL(x, DIV(right, ADD(right, MUL(twice, e)))));
}
// e w / (e^2 + 2e + 2)^2 with w = 4 (x + 1) + 4 e^2 + e^3 + e (4x + 6), which vanishes at t. With d = x - t,
// w = 4d + 4 e^2t (e^2d - 1) + e^3t (e^3d - 1) + e^t ((4t + 6) (e^d - 1) + 4d e^d): all of one sign. Away
// from t, and on the right, where all is divided by e^4, the plain forms are the nearer ones.
static Expr *mish_near(Step *s, Expr *x) {
    static const double t = -1.192431214515495212, e1 = 0.303482535281552893;
    static const double e2 = 0.0921016492290444511, e3 = 0.0279512420091701365;
    Expr *d = ADD(SUB(x, C((float)t)), C((float)t - t));
    Expr *more = MUL(C(e3), OP1(E_EXPM1, MUL(C(3), d)));
    more = ADD(more, MUL(C(4 * e2), OP1(E_EXPM1, MUL(C(2), d))));
    Expr *last = ADD(MUL(C(4 * t + 6), OP1(E_EXPM1, d)), MUL(MUL(C(4), d), OP1(E_EXP, d)));
    return ADD(ADD(MUL(C(4), d), more), MUL(C(e1), last));
}
SLOPE_X(mish_slope) {
    Expr *v = minus_size_to_110(s, x), *e = OP1(E_EXP, v), *square = MUL(e, e);
    Expr *bend = ADD(MUL(C(4), v), C(6)), *line = ADD(MUL(C(4), v), C(4));
    Expr *far = ADD(ADD(line, MUL(e, bend)), MUL(square, ADD(C(4), e)));
    Expr *w = LESS(C(-1.75), v, LESS(v, C(-0.7), mish_near(s, v), far), far);
    Expr *d = ADD(ADD(square, MUL(C(2), e)), C(2));
    Expr *left = DIV(TIMES_EXP(w, v), MUL(d, d));
    Expr *plus = SUB(C(6), MUL(C(4), v)), *four = SUB(C(4), MUL(C(4), v)); // x = -v
    Expr *right = ADD(C(1), MUL(e, ADD(C(4), MUL(e, ADD(plus, MUL(e, four))))));
    Expr *down = ADD(ADD(C(1), MUL(C(2), e)), MUL(C(2), square));
    return LESS(x, C(0), left, DIV(right, MUL(down, down)));
}

// relu6(x + 3) x / 6
VALUE(hard_silu) {
    return MUL(x, hard_sigmoid(s, x));
}
SLOPE_X(hard_silu_slope) {
    Expr *inside = DIV(ADD(MUL(C(2), x), C(3)), C(6));
    return LESS(C(-3), x, LESS(x, C(3), inside, C(1)), C(0));
}

VALUE(hard_tanh) {
    return LESS(x, C(-1), C(-1), LESS(C(1), x, C(1), x));
}
SLOPE_X(hard_tanh_slope) {
    return LESS(x, C(-1), C(0), LESS(C(1), x, C(0), C(1)));
}

VALUE(soft_shrink) {
    return LESS(C(0.5), x, SUB(x, C(0.5)), LESS(x, C(-0.5), ADD(x, C(0.5)), C(0)));
}
VALUE(hard_shrink) {
    return LESS(C(0.5), OP1(E_ABS, x), x, C(0));
}
SLOPE_X(shrink_slope) {
    return LESS(C(0.5), OP1(E_ABS, x), C(1), C(0));
}

// x - tanh(x). With tanh's continued fraction x / (1 + q), q = x^2 / (3 + x^2 / (5 + ...)), that is
// x q / (1 + q), which has no difference; where tanh is not near x, it is taken as it stands.
VALUE(tanh_shrink) {
    Expr *square = MUL(x, x), *q = C(17);
    for (int odd = 15; odd > 1; odd -= 2) q = ADD(C(odd), DIV(square, q));
    q = DIV(square, q);
    Expr *near = MUL(x, DIV(q, ADD(C(1), q)));
    return LESS(OP1(E_ABS, x), C(1.5), near, SUB(x, OP1(E_TANH, x)));
}
SLOPE_X(tanh_shrink_slope) {
    Expr *y = OP1(E_TANH, x);
    return MUL(y, y);
}

// (x + r) / 2 with r = sqrt(x^2 + 4), on the left 2 / (r - x); r is |x| where that is large
VALUE(square_root) {
    Expr *size = OP1(E_ABS, x);
    return LESS(C(1e9), size, size, OP1(E_SQRT, ADD(MUL(x, x), C(4))));
}
VALUE(squareplus) {
    Expr *r = square_root(s, x);
    return LESS(x, C(0), DIV(C(2), SUB(r, x)), ADD(MUL(C(0.5), x), MUL(C(0.5), r)));
}
SLOPE_X(squareplus_slope) {
    Expr *r = square_root(s, x), *left = DIV(DIV(C(2), r), SUB(r, x));
    return LESS(x, C(0), left, ADD(C(0.5), MUL(C(0.5), DIV(x, r))));
}

VALUE(sparse_plus) {
    Expr *up = ADD(x, C(1)), *bend = MUL(C(0.25), MUL(up, up));
    return LESS(C(-1), x, LESS(x, C(1), bend, x), LESS(x, C(0), C(0), x));
}
VALUE(sparse_sigmoid) { // also sparse_plus's slope
    return LESS(C(-1), x, LESS(x, C(1), MUL(C(0.5), ADD(x, C(1))), C(1)), C(0));
}
SLOPE_X(sparse_sigmoid_slope) {
    return LESS(C(-1), x, LESS(x, C(1), C(0.5), C(0)), C(0));
}

const Activation activations[] = {
    {"linear", true, DERIVATIVE_OF_Y, linear, linear_slope},
    {"relu", true, DERIVATIVE_OF_Y, relu, relu_slope},
    {"relu6", true, DERIVATIVE_OF_X, relu6, relu6_slope},
    {"leaky_relu", true, DERIVATIVE_OF_Y, leaky_relu, leaky_relu_slope},
    {"elu", true, DERIVATIVE_OF_X, elu, elu_slope},
    {"selu", true, DERIVATIVE_OF_X, selu, selu_slope},
    {"sigmoid", true, DERIVATIVE_OF_X, sigmoid, sigmoid_slope},
    {"tanh", true, DERIVATIVE_OF_X, tanh_, tanh_slope},
    {"softplus", true, DERIVATIVE_OF_X, softplus, sigmoid},
    {"gelu", false, DERIVATIVE_OF_X, gelu, gelu_slope},
    {"silu", false, DERIVATIVE_OF_X, silu, silu_slope},
    {"swish", false, DERIVATIVE_OF_X, silu, silu_slope},
    {"hard_sigmoid", true, DERIVATIVE_OF_X, hard_sigmoid, hard_sigmoid_slope},
    {"exponential", true, DERIVATIVE_OF_Y, exponential, itself},
    {"softsign", true, DERIVATIVE_OF_X, softsign, softsign_slope},
    {"log_sigmoid", true, DERIVATIVE_OF_X, log_sigmoid, log_sigmoid_slope},
    {"mish", false, DERIVATIVE_OF_X, mish, mish_slope},
    {"hard_silu", false, DERIVATIVE_OF_X, hard_silu, hard_silu_slope},
    {"hard_swish", false, DERIVATIVE_OF_X, hard_silu, hard_silu_slope},
    {"hard_tanh", true, DERIVATIVE_OF_X, hard_tanh, hard_tanh_slope},
    {"celu", true, DERIVATIVE_OF_X, elu, elu_slope},
    {"soft_shrink", true, DERIVATIVE_OF_X, soft_shrink, shrink_slope},
    {"hard_shrink", true, DERIVATIVE_OF_X, hard_shrink, shrink_slope},
    {"tanh_shrink", true, DERIVATIVE_OF_X, tanh_shrink, tanh_shrink_slope},
    {"squareplus", true, DERIVATIVE_OF_X, squareplus, squareplus_slope},
    {"sparse_plus", true, DERIVATIVE_OF_X, sparse_plus, sparse_sigmoid},
    {"sparse_sigmoid", true, DERIVATIVE_OF_X, sparse_sigmoid, sparse_sigmoid_slope},
    {"softmax", false, DERIVATIVE_NONE, NULL, NULL, R_SOFTMAX},
    {"log_softmax", false, DERIVATIVE_NONE, NULL, NULL, R_LOG_SOFTMAX},
    {0},
};

const Activation *activation_find(const char *name) {
    for (const Activation *a = activations; a->name; a++)
        if (!strcmp(a->name, name)) return a;
    return NULL;
}
