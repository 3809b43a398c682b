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
    {"softmax", false, DERIVATIVE_NONE, NULL, NULL},
    {NULL, false, DERIVATIVE_NONE, NULL, NULL},
};

const Activation *activation_find(const char *name) {
    for (const Activation *a = activations; a->name; a++)
        if (!strcmp(a->name, name)) return a;
    return NULL;
}
