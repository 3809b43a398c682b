// SPDX-License-Identifier: MIT
// Conv2D: y[h, w, o] = act(sum over kh, kw, i of x[h sh + kh dh, w sw + kw dw, i] k[kh, kw, i, o]
// + b[o]).
#include "keras/activation.h"
#include "keras/layers/layer.h"
#include "step/step.h"
#include <math.h>

typedef struct Conv2D {
    int64_t filters, kernel[2], strides[2], dilation[2];
    int padding;
    const Activation *activation;
    bool use_bias;
    Init kernel_init, bias_init;
} Conv2D;

#define AT(field) offsetof(Conv2D, field)
static const Arg args[] = {
    {"filters", ARG_INT, AT(filters), .min = 1, .max = INFINITY},
    {"kernel_size", ARG_PAIR, AT(kernel), .min = 1, .max = INFINITY},
    {"strides", ARG_PAIR, AT(strides), .standard = "1", .min = 1, .max = INFINITY},
    {"padding", ARG_CHOICE, AT(padding), .standard = "\"valid\"", .choices = paddings},
    ARG_DATA_FORMAT,
    {"dilation_rate", ARG_PAIR, AT(dilation), .standard = "1", .min = 1, .max = INFINITY},
    ARG_UNSUPPORTED("groups", "1"),
    {"activation", ARG_ACTIVATION, AT(activation), .standard = "None"},
    {"use_bias", ARG_BOOL, AT(use_bias), .standard = "True"},
    {"kernel_initializer", ARG_INIT, AT(kernel_init), .standard = "\"glorot_uniform\""},
    {"bias_initializer", ARG_INIT, AT(bias_init), .standard = "\"zeros\""},
    ARG_UNSUPPORTED("kernel_regularizer", "None"),
    ARG_UNSUPPORTED("bias_regularizer", "None"),
    ARG_UNSUPPORTED("activity_regularizer", "None"),
    ARG_UNSUPPORTED("kernel_constraint", "None"),
    ARG_UNSUPPORTED("bias_constraint", "None"),
    {0},
};
#undef AT

static Window window(const Conv2D *c) {
    return (Window){.what = "kernel",
                    .arg = "kernel_size",
                    .space = 2,
                    .size = c->kernel,
                    .stride = c->strides,
                    .dilation = c->dilation,
                    .same = c->padding == PAD_SAME};
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    const Conv2D *c = l->args;
    Window w = window(c);
    if (!window_steps(d, l, &w, "Keras refuses this too: use one of the two")) return false;
    if (!layer_spatial_input(a, d, l, 2) || !window_shape(a, d, l, &w)) return false;
    l->out.dim[2] = c->filters;
    return true;
}

static void weights(Layer *l) {
    const Conv2D *c = l->args;
    int64_t in = l->in.dim[2];
    Shape kernel = {4, {c->kernel[0], c->kernel[1], in, c->filters}};
    Shape field_in = {3, {c->kernel[0], c->kernel[1], in}};
    Shape field_out = {3, {c->kernel[0], c->kernel[1], c->filters}};
    Shape bias = {1, {c->filters}};
    layer_weight(l, "kernel", kernel, c->kernel_init, shape_count(&field_in),
                 shape_count(&field_out));
    if (c->use_bias) layer_weight(l, "bias", bias, c->bias_init, c->filters, c->filters);
}

static const char *explain(Arena *a, const Layer *l) {
    Window w = window(l->args);
    return arena_printf(a, "%s\n%s", layer_explain_weights(a, l), window_explain(a, l, &w));
}

static int build(Step *s, const Layer *l, int x) {
    const Conv2D *c = l->args;
    Window zeros = window(c);
    x = window_zeros(s, l, x, &zeros);
    int w = step_weight(s, l, 0);
    int y = step_tensor(s, l->name, T_F32, O_SAMPLE, 3, l->out.dim);
    Node *n = step_node(s, P_CONTRACT, true);
    int axis[3], tap[2];
    for (int d = 0; d < 3; d++) axis[d] = step_axis(n, l->out.dim[d], A_OUT);
    for (int d = 0; d < 2; d++) tap[d] = step_axis(n, c->kernel[d], A_SUM);
    int channel = step_axis(n, l->in.dim[2], A_SUM);
    Access in = access_none(x), kernel = access_none(w);
    for (int d = 0; d < 2; d++) {
        in.coef[d][axis[d]] = c->strides[d];
        in.coef[d][tap[d]] = c->dilation[d];
        kernel.coef[d][tap[d]] = 1;
    }
    in.coef[2][channel] = kernel.coef[2][channel] = kernel.coef[3][axis[2]] = 1;
    node_reads(n, in);
    node_reads(n, kernel);
    node_writes(n, access_whole(s, y, axis[0]));
    if (c->use_bias) y = step_bias(s, y, step_weight(s, l, 1));
    return step_activation(s, y, c->activation);
}

const LayerClass layer_conv2d = {
    .name = "Conv2D",
    .aliases = {"Convolution2D"},
    .stem = "conv2d",
    .size = sizeof(Conv2D),
    .args = args,
    .shape = shape,
    .weights = weights,
    .explain = explain,
    .build = build,
};
