// SPDX-License-Identifier: MIT
// SeparableConv2D: a depthwise convolution, then at each place a product over its channels:
//   d[h, w, c M + m] = sum over kh, kw of x[h sh + kh dh, w sw + kw dw, c] k[kh, kw, c, m]
//   y[h, w, o]       = act(sum over i of d[h, w, i] p[0, 0, i, o] + b[o])
#include "keras/activation.h"
#include "keras/layers/depthwise.h"
#include "step/step.h"
#include "support/text.h"
#include <math.h>

typedef struct SeparableConv2D {
    int64_t filters, kernel[2], strides[2], dilation[2], multiplier;
    int padding;
    const Activation *activation;
    bool use_bias;
    Init depthwise_init, pointwise_init, bias_init;
} SeparableConv2D;

#define AT(field) offsetof(SeparableConv2D, field)
static const Arg args[] = {
    {"filters", ARG_INT, AT(filters), .min = 1, .max = INFINITY},
    {"kernel_size", ARG_PAIR, AT(kernel), .min = 1, .max = INFINITY},
    {"strides", ARG_PAIR, AT(strides), .standard = "1", .min = 1, .max = INFINITY},
    {"padding", ARG_CHOICE, AT(padding), .standard = "\"valid\"", .choices = paddings},
    ARG_DATA_FORMAT,
    {"dilation_rate", ARG_PAIR, AT(dilation), .standard = "1", .min = 1, .max = INFINITY},
    {"depth_multiplier", ARG_INT, AT(multiplier), .standard = "1", .min = 1, .max = INFINITY},
    {"activation", ARG_ACTIVATION, AT(activation), .standard = "None"},
    {"use_bias", ARG_BOOL, AT(use_bias), .standard = "True"},
    {"depthwise_initializer", ARG_INIT, AT(depthwise_init), .standard = "\"glorot_uniform\""},
    {"pointwise_initializer", ARG_INIT, AT(pointwise_init), .standard = "\"glorot_uniform\""},
    {"bias_initializer", ARG_INIT, AT(bias_init), .standard = "\"zeros\""},
    ARG_UNSUPPORTED("depthwise_regularizer", "None"),
    ARG_UNSUPPORTED("pointwise_regularizer", "None"),
    ARG_UNSUPPORTED("bias_regularizer", "None"),
    ARG_UNSUPPORTED("activity_regularizer", "None"),
    ARG_UNSUPPORTED("depthwise_constraint", "None"),
    ARG_UNSUPPORTED("pointwise_constraint", "None"),
    ARG_UNSUPPORTED("bias_constraint", "None"),
    {0},
};
#undef AT

static Window window(const SeparableConv2D *c) {
    return (Window){.what = "kernel",
                    .arg = "kernel_size",
                    .space = 2,
                    .size = c->kernel,
                    .stride = c->strides,
                    .dilation = c->dilation,
                    .same = c->padding == PAD_SAME};
}

static Shape between(const Layer *l) { // of what the depthwise kernel leaves
    const SeparableConv2D *c = l->args;
    Shape d = l->out;
    if (!mul64(l->in[0].dim[2], c->multiplier, &d.dim[2])) d.dim[2] = INT64_MAX;
    return d;
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    const SeparableConv2D *c = l->args;
    Window w = window(c);
    if (!window_steps(d, l, &w, "use one of the two")) return false;
    if (!layer_spatial_input(a, d, l, 2) || !window_shape(a, d, l, &w)) return false;
    l->out.dim[2] = c->filters;
    Shape inside = between(l);
    const char *what = arena_printf(a, "what the depthwise kernel of '%s' leaves", l->name);
    return shape_within(a, d, l->loc, what, &inside);
}

static void weights(Layer *l) {
    const SeparableConv2D *c = l->args;
    int64_t channels = between(l).dim[2];
    Shape pointwise = {4, {1, 1, channels, c->filters}};
    depthwise_weight(l, "depthwise_kernel", c->kernel, c->multiplier, c->depthwise_init);
    layer_weight(l, "pointwise_kernel", pointwise, c->pointwise_init, channels, c->filters);
    if (c->use_bias)
        layer_weight(l, "bias", (Shape){1, {c->filters}}, c->bias_init, c->filters, c->filters);
}

static const char *explain(Arena *a, const Layer *l) {
    Window w = window(l->args);
    return arena_printf(a, "%s\n%s", layer_explain_weights(a, l), window_explain(a, l, &w));
}

static int pointwise(Step *s, const Layer *l, int x) {
    int y = step_tensor(s, l->name, T_F32, O_SAMPLE, 3, l->out.dim), axis[3];
    int64_t channels = s->tensor[x].dim[2];
    Node *n = step_node(s, P_CONTRACT, true);
    for (int d = 0; d < 3; d++) axis[d] = step_axis(n, l->out.dim[d], A_OUT);
    int sum = step_axis(n, channels, A_SUM);
    Access in = access_none(x), kernel = access_none(step_weight(s, l, 1));
    in.coef[0][axis[0]] = in.coef[1][axis[1]] = in.coef[2][sum] = 1;
    kernel.coef[2][sum] = kernel.coef[3][axis[2]] = 1;
    node_reads(n, in);
    node_reads(n, kernel);
    node_writes(n, access_whole(s, y, axis[0]));
    return y;
}

static int build(Step *s, const Layer *l, const int *x) {
    const SeparableConv2D *c = l->args;
    Window w = window(c);
    Shape inside = between(l);
    int middle = depthwise(s, l, x[0], &w, c->multiplier, &inside);
    s->tensor[middle].name = arena_printf(s->arena, "%s.depthwise", l->name);
    int y = pointwise(s, l, middle);
    if (c->use_bias) y = step_bias(s, y, step_weight(s, l, 2));
    return step_activation(s, y, c->activation);
}

const LayerClass layer_separable_conv2d = {
    .name = "SeparableConv2D",
    .aliases = {"SeparableConvolution2D"},
    .stem = "separable_conv2d",
    .size = sizeof(SeparableConv2D),
    .args = args,
    .shape = shape,
    .weights = weights,
    .explain = explain,
    .build = build,
};
