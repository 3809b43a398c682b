// SPDX-License-Identifier: MIT
// Operators that are activations: of the layer before them, or layers of their own. See chain.h.
#include "exchange/chain.h"
#include <math.h>
#include <string.h>

typedef struct Named { // an operator without attributes
    const char *type, *name;
    bool positive; // what it makes
} Named;
static const Named named[] = {
    {"Relu", "relu", true},
    {"Sigmoid", "sigmoid", true},
    {"Tanh", "tanh", false},
    {"Softplus", "softplus", true},
    {"Softsign", "softsign", false},
    {"Exp", "exponential", true},
    {"HardSwish", "hard_silu", false},
    {"Mish", "mish", false},
};

static bool near(double x, double y) { // as far as float32 tells them apart
    return fabs(x - y) <= 1e-6 * fmax(fabs(x), fabs(y));
}

bool chain_activate(Chain *c, const char *name) {
    ChainLayer *l = chain_last(c);
    if (!l || !l->plain) l = chain_same(c, "Activation");
    l->plain = false;
    c->at.positive = false;
    chain_set(l, "activation", json_string(name));
    return true;
}

bool take_activation(Chain *c) {
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        if (strcmp(named[i].type, c->node->type) != 0) continue;
        chain_activate(c, named[i].name);
        c->at.positive = named[i].positive;
        return true;
    }
    return chain_fault(c, "cnnc has nothing for this operator");
}

bool take_leaky_relu(Chain *c) {
    double slope = chain_real(c, "alpha", 0.01);
    if (slope < 0)
        return chain_fault(c, "its slope %g is below 0, which Keras does not take", slope);
    if (near(slope, 0.2)) return chain_activate(c, "leaky_relu");
    chain_set(chain_same(c, "LeakyReLU"), "negative_slope", json_real(slope));
    return true;
}

bool take_elu(Chain *c) {
    double alpha = chain_real(c, "alpha", 1);
    if (alpha == 1) return chain_activate(c, "elu");
    chain_set(chain_same(c, "ELU"), "alpha", json_real(alpha));
    return true;
}

bool take_celu(Chain *c) {
    double alpha = chain_real(c, "alpha", 1);
    return alpha == 1 ? chain_activate(c, "celu")
                      : chain_fault(c, "its alpha is %g: Keras's celu has 1", alpha);
}

bool take_selu(Chain *c) {
    double alpha = chain_real(c, "alpha", 1.6732632), gamma = chain_real(c, "gamma", 1.0507010);
    if (near(alpha, 1.6732632) && near(gamma, 1.0507010)) return chain_activate(c, "selu");
    return chain_fault(c, "its alpha and gamma, %g and %g, are not those of Keras's selu", alpha,
                       gamma);
}

bool take_gelu(Chain *c) {
    const char *how = chain_text(c, "approximate", "none");
    if (strcmp(how, "none") == 0) return chain_activate(c, "gelu");
    return chain_fault(c, "it is approximated (\"%s\"), and cnnc's gelu is the exact one", how);
}

bool take_swish(Chain *c) {
    double alpha = chain_real(c, "alpha", 1);
    return alpha == 1 ? chain_activate(c, "silu")
                      : chain_fault(c, "its alpha is %g: Keras's silu has 1", alpha);
}

bool take_shrink(Chain *c) {
    double wide = chain_real(c, "lambd", 0.5), bias = chain_real(c, "bias", 0);
    if (wide == 0.5 && bias == 0.5) return chain_activate(c, "soft_shrink");
    if (wide == 0.5 && bias == 0) return chain_activate(c, "hard_shrink");
    return chain_fault(c, "its lambd and bias, %g and %g, are those of no activation of Keras's",
                       wide, bias);
}

// a x + b held in [0, 1], as Keras's: x / 6 + 1 / 2 held there.
bool take_hard_sigmoid(Chain *c) {
    double a = chain_real(c, "alpha", 0.2), b = chain_real(c, "beta", 0.5);
    if (near(a, 0.5) && b == 0.5) return chain_activate(c, "sparse_sigmoid");
    if (!near(a, 1.0 / 6) || b != 0.5) {
        ChainLayer *l = chain_same(c, "Rescaling");
        chain_set(l, "scale", json_real((double)(float)(6 * a)));
        chain_set(l, "offset", json_real((double)(float)(6 * b - 3)));
    }
    chain_activate(c, "hard_sigmoid");
    return c->at.positive = true;
}

static bool bound(Chain *c, const char *name, int i, double otherwise, double *to) {
    *to = chain_real(c, name, otherwise);
    if (!chain_has(c, i)) return true;
    const Known *k = chain_given(c, i);
    return k && (chain_scalar(k, to) || chain_fault(c, "its bounds are no single numbers"));
}

bool take_clip(Chain *c) {
    double lo, hi;
    if (!bound(c, "min", 1, -INFINITY, &lo) || !bound(c, "max", 2, INFINITY, &hi)) return false;
    bool open = hi > 3e38;
    if (lo == -1 && hi == 1) return chain_activate(c, "hard_tanh");
    if (lo != 0 || hi < 0)
        return chain_fault(
            c, "it holds values in [%g, %g]: Keras has this from 0 on, and from -1 to 1", lo, hi);
    if (open || hi == 6)
        chain_activate(c, open ? "relu" : "relu6");
    else
        chain_set(chain_same(c, "ReLU"), "max_value", json_real(hi));
    return c->at.positive = true;
}

// Keras has the slopes along the dimensions that it does not share.
bool take_prelu(Chain *c) {
    const Known *k = chain_given(c, 1);
    Spread s;
    if (!k || !k->real) return !k ? false : chain_fault(c, "its slopes are no numbers of float32");
    if (!chain_spread(c, k, &s)) return false;
    ChainLayer *l = chain_same(c, "PReLU");
    json_t *shared = json_array();
    for (int d = 0, at = 0; d < c->at.shape.rank; d++) {
        if (at < s.n && s.axis[at] == d)
            at++;
        else if (c->at.shape.dim[d] != 1)
            json_array_append_new(shared, json_integer(d + 1));
    }
    if (json_array_size(shared))
        chain_set(l, "shared_axes", shared);
    else
        json_decref(shared);
    chain_weight(l, "alpha", s.value, shape_count(&s.shape));
    return true;
}

// ---- over an axis

// Before opset 13 a softmax was over all dimensions from its axis on, which for the last is the same.
static bool softmax_axes(Chain *c, int64_t axis[MAX_RANK], int *n) {
    bool one = c->f->opset >= 13;
    int d;
    if (!chain_axis(c, chain_int(c, "axis", one ? -1 : 1), &d)) return false;
    *n = 0;
    for (int e = d; e < (one ? d + 1 : chain_rank(c)); e++) axis[(*n)++] = c->at.place[e] + 1;
    return true;
}

bool take_softmax(Chain *c) {
    int64_t axis[MAX_RANK];
    int n;
    if (!softmax_axes(c, axis, &n)) return false;
    if (n == 1 && axis[0] == c->at.shape.rank)
        chain_activate(c, "softmax");
    else
        chain_set_ints(chain_same(c, "Softmax"), "axis", axis, n);
    return c->at.positive = true;
}

bool take_log_softmax(Chain *c) {
    int64_t axis[MAX_RANK];
    int n;
    if (!softmax_axes(c, axis, &n)) return false;
    if (n == 1 && axis[0] == c->at.shape.rank) return chain_activate(c, "log_softmax");
    return chain_fault(
        c, "it is along another dimension than the channels', which Keras's log_softmax "
           "is along");
}
