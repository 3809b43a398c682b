// SPDX-License-Identifier: MIT
// The table of activations. Values are Keras 3's; each derivative is written in terms of what is
// cheapest to keep: y where it suffices (relu, sigmoid, tanh, elu), else x.
#include "layers/activation.h"
#include "step/step.h"
#include <string.h>

#define C(v) expr_const(s->arena, (v))
#define OP1(op, x) expr_op1(s->arena, (op), (x))
#define ADD(x, y) expr_op2(s->arena, E_ADD, (x), (y))
#define SUB(x, y) expr_op2(s->arena, E_SUB, (x), (y))
#define MUL(x, y) expr_op2(s->arena, E_MUL, (x), (y))
#define DIV(x, y) expr_op2(s->arena, E_DIV, (x), (y))
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
SLOPE_Y(elu_slope) {
    return LESS(y, C(0), ADD(y, C(1)), C(1));
}

#define SELU_SCALE 1.0507009873554805
#define SELU_ALPHA 1.6732632423543772
VALUE(selu) {
    return MUL(C(SELU_SCALE), LESS(x, C(0), MUL(C(SELU_ALPHA), OP1(E_EXPM1, x)), x));
}
SLOPE_Y(selu_slope) {
    return LESS(y, C(0), ADD(y, C(SELU_SCALE * SELU_ALPHA)), C(SELU_SCALE));
}

VALUE(sigmoid) {
    return DIV(C(1), ADD(C(1), OP1(E_EXP, OP1(E_NEG, x))));
}
SLOPE_Y(sigmoid_slope) {
    return MUL(y, SUB(C(1), y));
}

VALUE(tanh_) {
    return OP1(E_TANH, x);
}
SLOPE_Y(tanh_slope) {
    return SUB(C(1), MUL(y, y));
}

// log(1 + e^x) = max(x, 0) + log1p(e^-|x|)
VALUE(softplus) {
    return ADD(relu(s, x), OP1(E_LOG1P, OP1(E_EXP, OP1(E_NEG, OP1(E_ABS, x)))));
}

// x/2 (1 + erf(x / sqrt 2)); the slope adds x times the normal density.
VALUE(normal_cdf) {
    return MUL(C(0.5), ADD(C(1), OP1(E_ERF, MUL(x, C(0.7071067811865476)))));
}
VALUE(gelu) {
    return MUL(x, normal_cdf(s, x));
}
SLOPE_X(gelu_slope) {
    Expr *density = MUL(C(0.3989422804014327), OP1(E_EXP, MUL(C(-0.5), MUL(x, x))));
    return ADD(normal_cdf(s, x), MUL(x, density));
}

VALUE(silu) {
    return MUL(x, sigmoid(s, x));
}
SLOPE_X(silu_slope) {
    Expr *g = sigmoid(s, x);
    return MUL(g, ADD(C(1), MUL(x, SUB(C(1), g))));
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
    {"elu", true, DERIVATIVE_OF_Y, elu, elu_slope},
    {"selu", true, DERIVATIVE_OF_Y, selu, selu_slope},
    {"sigmoid", true, DERIVATIVE_OF_Y, sigmoid, sigmoid_slope},
    {"tanh", true, DERIVATIVE_OF_Y, tanh_, tanh_slope},
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
