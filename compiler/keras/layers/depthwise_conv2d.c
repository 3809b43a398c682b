// SPDX-License-Identifier: MIT
// DepthwiseConv2D: every channel has filters of its own, depth_multiplier M of them:
//   y[h, w, c M + m] = act(sum over kh, kw of x[h sh + kh dh, w sw + kw dw, c] k[kh, kw, c, m] + b[c M + m]).
#include "keras/activation.h"
#include "keras/layers/depthwise.h"
#include "step/step.h"
#include "support/text.h"
#include <math.h>

typedef struct DepthwiseConv2D {
    int64_t kernel[2], strides[2], dilation[2], multiplier;
    int padding;
    const Activation *activation;
    bool use_bias;
    Init kernel_init, bias_init;
} DepthwiseConv2D;

#define AT(field) offsetof(DepthwiseConv2D, field)
static const Arg args[] = {
    {"kernel_size", ARG_PAIR, AT(kernel), .min = 1, .max = INFINITY},
    {"strides", ARG_PAIR, AT(strides), .standard = "1", .min = 1, .max = INFINITY},
    {"padding", ARG_CHOICE, AT(padding), .standard = "\"valid\"", .choices = paddings},
    {"depth_multiplier", ARG_INT, AT(multiplier), .standard = "1", .min = 1, .max = INFINITY},
    ARG_DATA_FORMAT,
    {"dilation_rate", ARG_PAIR, AT(dilation), .standard = "1", .min = 1, .max = INFINITY},
    {"activation", ARG_ACTIVATION, AT(activation), .standard = "None"},
    {"use_bias", ARG_BOOL, AT(use_bias), .standard = "True"},
    {"depthwise_initializer", ARG_INIT, AT(kernel_init), .standard = "\"glorot_uniform\""},
    {"bias_initializer", ARG_INIT, AT(bias_init), .standard = "\"zeros\""},
    ARG_UNSUPPORTED("depthwise_regularizer", "None"),
    ARG_UNSUPPORTED("bias_regularizer", "None"),
    ARG_UNSUPPORTED("activity_regularizer", "None"),
    ARG_UNSUPPORTED("depthwise_constraint", "None"),
    ARG_UNSUPPORTED("bias_constraint", "None"),
    {0},
};
#undef AT

static Window window(const DepthwiseConv2D *c) {
    return (Window){.what = "kernel",
                    .arg = "kernel_size",
                    .space = 2,
                    .size = c->kernel,
                    .stride = c->strides,
                    .dilation = c->dilation,
                    .same = c->padding == PAD_SAME};
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    const DepthwiseConv2D *c = l->args;
    Window w = window(c);
    if (!window_steps(d, l, &w, "use one of the two")) return false;
    if (!layer_spatial_input(a, d, l, 2) || !window_shape(a, d, l, &w)) return false;
    if (!mul64(l->in[0].dim[2], c->multiplier, &l->out.dim[2])) l->out.dim[2] = INT64_MAX;
    return true;
}

// Fans as Keras counts them: of a kernel [KH, KW, C, M], whatever its layer does with it.
void depthwise_weight(Layer *l, const char *name, const int64_t *size, int64_t multiplier,
                      Init init) {
    Shape kernel = {4, {size[0], size[1], l->in[0].dim[2], multiplier}};
    Shape in = {3, {size[0], size[1], l->in[0].dim[2]}}, out = {3, {size[0], size[1], multiplier}};
    layer_weight(l, name, kernel, init, shape_count(&in), shape_count(&out));
}

static void weights(Layer *l) {
    const DepthwiseConv2D *c = l->args;
    int64_t out = l->out.dim[2];
    depthwise_weight(l, "kernel", c->kernel, c->multiplier, c->kernel_init);
    if (c->use_bias) layer_weight(l, "bias", (Shape){1, {out}}, c->bias_init, out, out);
}

static const char *explain(Arena *a, const Layer *l) {
    Window w = window(l->args);
    return arena_printf(a, "%s\n%s", layer_explain_weights(a, l), window_explain(a, l, &w));
}

// The channel is in both factors and in the result, so that it is not summed.
int depthwise(Step *s, const Layer *l, int x, const Window *w, int64_t multiplier,
              const Shape *to) {
    x = window_zeros(s, l, x, w);
    int y = step_tensor(s, l->name, T_F32, O_SAMPLE, 3, to->dim);
    Node *n = step_node(s, P_CONTRACT, true);
    Access in = access_none(x), kernel = access_none(step_weight(s, l, 0)), out = access_none(y);
    for (int d = 0; d < 2; d++) {
        int place = step_axis(n, to->dim[d], A_OUT);
        in.coef[d][place] = w->stride[d];
        out.coef[d][place] = 1;
    }
    int channel = step_axis(n, l->in[0].dim[2], A_OUT);
    in.coef[2][channel] = kernel.coef[2][channel] = 1;
    out.coef[2][channel] = multiplier;
    if (multiplier > 1) { // else the channels themselves lie side by side
        int m = step_axis(n, multiplier, A_OUT);
        kernel.coef[3][m] = out.coef[2][m] = 1;
    }
    for (int d = 0; d < 2; d++) {
        int tap = step_axis(n, w->size[d], A_SUM);
        in.coef[d][tap] = w->dilation[d];
        kernel.coef[d][tap] = 1;
    }
    node_reads(n, in);
    node_reads(n, kernel);
    node_writes(n, out);
    return y;
}

static int build(Step *s, const Layer *l, const int *x) {
    const DepthwiseConv2D *c = l->args;
    Window w = window(c);
    int y = depthwise(s, l, x[0], &w, c->multiplier, &l->out);
    if (c->use_bias) y = step_bias(s, y, step_weight(s, l, 1));
    return step_activation(s, y, c->activation);
}

const LayerClass layer_depthwise_conv2d = {
    .name = "DepthwiseConv2D",
    .stem = "depthwise_conv2d",
    .size = sizeof(DepthwiseConv2D),
    .args = args,
    .shape = shape,
    .weights = weights,
    .explain = explain,
    .build = build,
};
