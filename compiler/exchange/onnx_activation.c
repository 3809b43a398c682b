// SPDX-License-Identifier: MIT
// Activations as nodes of ONNX, of opset 17. Constants are Keras's. See onnx.h.
#include "exchange/onnx.h"
#include <string.h>

typedef struct OnnxActivation {
    const char *name;
    const char *type; // an operator that is all of it, with
    const char *attribute[2]; // up to two attributes,
    double value[2];
    const char *(*put)(Graph *g, const char *x); // or what makes it
} OnnxActivation;

static const char *clip(Graph *g, const char *x, double least, double most) {
    const char *lo = graph_scalar(g, least);
    const char *hi = graph_scalar(g, most);
    Node n = node_three(g, "Clip", x, lo, hi);
    return node_out(&n);
}

static const char *linear(Graph *g, const char *x) {
    return (void)g, x;
}

static const char *relu6(Graph *g, const char *x) {
    return clip(g, x, 0, 6);
}

static const char *hard_tanh(Graph *g, const char *x) {
    return clip(g, x, -1, 1);
}

static const char *gelu(Graph *g, const char *x) { // x (1 + erf(x / sqrt(2))) / 2
    const char *half = graph_with(g, "Mul", x, 0.5);
    const char *erf = graph_op1(g, "Erf", graph_with(g, "Mul", x, 0.70710678118654752));
    return graph_op2(g, "Mul", half, graph_with(g, "Add", erf, 1));
}

static const char *silu(Graph *g, const char *x) {
    return graph_op2(g, "Mul", x, graph_op1(g, "Sigmoid", x));
}

static const char *log_sigmoid(Graph *g, const char *x) {
    return graph_op1(g, "Neg", graph_op1(g, "Softplus", graph_op1(g, "Neg", x)));
}

static const char *mish(Graph *g, const char *x) {
    return graph_op2(g, "Mul", x, graph_op1(g, "Tanh", graph_op1(g, "Softplus", x)));
}

static const char *tanh_shrink(Graph *g, const char *x) {
    return graph_op2(g, "Sub", x, graph_op1(g, "Tanh", x));
}

static const char *squareplus(Graph *g, const char *x) { // (x + sqrt(x^2 + 4)) / 2
    const char *square = graph_op2(g, "Mul", x, x);
    const char *root = graph_op1(g, "Sqrt", graph_with(g, "Add", square, 4));
    return graph_with(g, "Mul", graph_op2(g, "Add", x, root), 0.5);
}

// 0 up to -1, x from 1 on, (x + 1)^2 / 4 between: that of x held between, and what x is above 1.
static const char *sparse_plus(Graph *g, const char *x) {
    const char *held = graph_with(g, "Add", hard_tanh(g, x), 1);
    const char *square = graph_with(g, "Mul", graph_op2(g, "Mul", held, held), 0.25);
    return graph_op2(g, "Add", square, graph_op1(g, "Relu", graph_with(g, "Sub", x, 1)));
}

static const OnnxActivation rows[] = {
    {"linear", .put = linear},
    {"relu", "Relu"},
    {"relu6", .put = relu6},
    {"leaky_relu", "LeakyRelu", {"alpha"}, {0.2}},
    {"elu", "Elu"},
    {"celu", "Celu"},
    {"selu", "Selu", {"alpha", "gamma"}, {1.6732632423543772, 1.0507009873554805}},
    {"sigmoid", "Sigmoid"},
    {"tanh", "Tanh"},
    {"softplus", "Softplus"},
    {"softsign", "Softsign"},
    {"exponential", "Exp"},
    {"gelu", .put = gelu},
    {"silu", .put = silu},
    {"swish", .put = silu},
    {"hard_sigmoid", "HardSigmoid", {"alpha", "beta"}, {1.0 / 6, 0.5}},
    {"sparse_sigmoid", "HardSigmoid", {"alpha", "beta"}, {0.5, 0.5}},
    {"hard_silu", "HardSwish"},
    {"hard_swish", "HardSwish"},
    {"hard_tanh", .put = hard_tanh},
    {"log_sigmoid", .put = log_sigmoid},
    {"mish", .put = mish},
    {"soft_shrink", "Shrink", {"lambd", "bias"}, {0.5, 0.5}},
    {"hard_shrink", "Shrink", {"lambd", "bias"}, {0.5, 0}},
    {"tanh_shrink", .put = tanh_shrink},
    {"squareplus", .put = squareplus},
    {"sparse_plus", .put = sparse_plus},
};

static const char *one_node(Graph *g, const char *x, const OnnxActivation *row) {
    Node n = node_new(g, row->type);
    node_in(&n, x);
    for (int i = 0; i < 2 && row->attribute[i]; i++)
        node_float(&n, row->attribute[i], row->value[i]);
    return node_out(&n);
}

// Over the channels, wherever they are.
static bool over_channels(Graph *g, Flow *f, const char *name) {
    bool log = strcmp(name, "log_softmax") == 0;
    if (!log && strcmp(name, "softmax") != 0) return false;
    Node n = node_new(g, log ? "LogSoftmax" : "Softmax");
    node_in(&n, f->name);
    node_int(&n, "axis", onnx_place_of(f, f->shape.rank - 1));
    f->name = node_out(&n);
    return true;
}

// A layer of that class and arguments in the place of an activation.
static void as_layer(Graph *g, Flow *f, const json_t *object) {
    const char *class = json_string_value(json_object_get(object, "class_name"));
    const json_t *outer = g->config;
    for (const OnnxLayer *row = onnx_layers; row->cls; row++) {
        if (strcmp(row->cls->name, class) != 0) continue;
        g->config = json_object_get(object, "config");
        row->put(g, f);
        g->config = outer;
        return;
    }
    graph_fault(g, arena_printf(g->a, "its activation %s has no form in ONNX", class));
}

void onnx_activate(Graph *g, Flow *f, const json_t *activation) {
    const char *name = json_string_value(activation);
    if (json_is_object(activation)) {
        as_layer(g, f, activation);
        return;
    }
    if (!name || over_channels(g, f, name)) return; // none is linear
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, name) != 0) continue;
        f->name = rows[i].put ? rows[i].put(g, f->name) : one_node(g, f->name, &rows[i]);
        return;
    }
    graph_fault(g, arena_printf(g->a, "its activation '%s' has no form in ONNX", name));
}

void onnx_activation(Graph *g, Flow *f) {
    onnx_activate(g, f, json_object_get(g->config, "activation"));
}
