// SPDX-License-Identifier: MIT
// DepthwiseConv and SeparableConv, of one and two dimensions. Every channel has filters of its own,
// depth_multiplier M of them; the separable ones then take a product over the channels at each place:
//   d[p, c M + m] = sum over k of x[p stride + k dilation, c] w[k, c, m]
//   y[p, o]       = act(d[p, o] + b[o])      or      act(sum over i of d[p, i] v[i, o] + b[o])
#include "keras/activation.h"
#include "keras/layers/layer.h"
#include "step/step.h"
#include "support/text.h"
#include <math.h>

typedef struct Depthwise { // of one dimension: only the first of two
    int64_t filters; // 0: no product behind
    int64_t size[2], strides[2], dilation[2], multiplier;
    int padding;
    const Activation *activation;
    bool use_bias;
    WeightArgs depthwise, pointwise, bias;
    Penalty activity;
} Depthwise;

#define AT(field) offsetof(Depthwise, field)
#define KERNEL(sizes_)                                                                             \
    {"kernel_size", sizes_, AT(size), .min = 1, .max = INFINITY},                                  \
        {"strides", sizes_, AT(strides), .standard = "1", .min = 1, .max = INFINITY}, {            \
        "padding", ARG_CHOICE, AT(padding), .standard = "\"valid\"", .choices = paddings           \
    }
#define DILATION(sizes_)                                                                           \
    {"dilation_rate", sizes_, AT(dilation), .standard = "1", .min = 1, .max = INFINITY}
#define MULTIPLIER                                                                                 \
    {"depth_multiplier", ARG_INT, AT(multiplier), .standard = "1", .min = 1, .max = INFINITY}
#define ACTIVATION                                                                                 \
    {"activation", ARG_ACTIVATION, AT(activation), .standard = "None"},                            \
        {"use_bias", ARG_BOOL, AT(use_bias), .standard = "True"},                                  \
        WEIGHT_INITIALIZER("depthwise", AT(depthwise), "\"glorot_uniform\"")
#define BIAS WEIGHT_INITIALIZER("bias", AT(bias), "\"zeros\"")
#define DEPTHWISE(sizes_)                                                                          \
    {                                                                                              \
        KERNEL(sizes_),                                                                            \
        MULTIPLIER,                                                                                \
        ARG_DATA_FORMAT,                                                                           \
        DILATION(sizes_),                                                                          \
        ACTIVATION,                                                                                \
        BIAS,                                                                                      \
        WEIGHT_REGULARIZER("depthwise", AT(depthwise)),                                            \
        WEIGHT_REGULARIZER("bias", AT(bias)),                                                      \
        ARG_ACTIVITY(AT(activity)),                                                                \
        WEIGHT_CONSTRAINT("depthwise", AT(depthwise)),                                             \
        WEIGHT_CONSTRAINT("bias", AT(bias)),                                                       \
        {0},                                                                                       \
    }
#define SEPARABLE(sizes_)                                                                          \
    {                                                                                              \
        {"filters", ARG_INT, AT(filters), .min = 1, .max = INFINITY},                              \
        KERNEL(sizes_),                                                                            \
        ARG_DATA_FORMAT,                                                                           \
        DILATION(sizes_),                                                                          \
        MULTIPLIER,                                                                                \
        ACTIVATION,                                                                                \
        WEIGHT_INITIALIZER("pointwise", AT(pointwise), "\"glorot_uniform\""),                      \
        BIAS,                                                                                      \
        WEIGHT_REGULARIZER("depthwise", AT(depthwise)),                                            \
        WEIGHT_REGULARIZER("pointwise", AT(pointwise)),                                            \
        WEIGHT_REGULARIZER("bias", AT(bias)),                                                      \
        ARG_ACTIVITY(AT(activity)),                                                                \
        WEIGHT_CONSTRAINT("depthwise", AT(depthwise)),                                             \
        WEIGHT_CONSTRAINT("pointwise", AT(pointwise)),                                             \
        WEIGHT_CONSTRAINT("bias", AT(bias)),                                                       \
        {0},                                                                                       \
    }
static const Arg depthwise_1[] = DEPTHWISE(ARG_SINGLE), depthwise_2[] = DEPTHWISE(ARG_PAIR);
static const Arg separable_1[] = SEPARABLE(ARG_SINGLE), separable_2[] = SEPARABLE(ARG_PAIR);
#undef AT

static Window window(const Depthwise *c, int space) {
    return (Window){.what = "kernel",
                    .arg = "kernel_size",
                    .space = space,
                    .size = c->size,
                    .stride = c->strides,
                    .dilation = c->dilation,
                    .same = c->padding == PAD_SAME};
}

static Shape between(const Layer *l) { // of what the depthwise kernel leaves
    const Depthwise *c = l->args;
    int space = l->in[0].rank - 1;
    Shape d = l->out;
    if (!mul64(l->in[0].dim[space], c->multiplier, &d.dim[space])) d.dim[space] = INT64_MAX;
    return d;
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    int space = l->cls->space;
    const Depthwise *c = l->args;
    Window w = window(c, space);
    if (!window_steps(d, l, &w, "use one of the two")) return false;
    if (!layer_spatial_input(a, d, l) || !window_shape(a, d, l, &w)) return false;
    l->out = between(l);
    if (!c->filters) return true;
    Shape inside = l->out;
    l->out.dim[space] = c->filters;
    const char *what = arena_printf(a, "what the depthwise kernel of '%s' leaves", l->name);
    return shape_within(a, d, l->loc, what, &inside);
}

static void weights(Layer *l) {
    const Depthwise *c = l->args;
    int space = l->in[0].rank - 1;
    int64_t channels = between(l).dim[space], out = l->out.dim[space];
    Shape kernel = {space + 2, {0}}, point = {space + 2, {1, 1}};
    for (int d = 0; d < space; d++) kernel.dim[d] = c->size[d];
    kernel.dim[space] = l->in[0].dim[space];
    kernel.dim[space + 1] = c->multiplier;
    layer_weight(l, c->filters ? "depthwise_kernel" : "kernel", kernel, &c->depthwise);
    point.dim[space] = channels;
    point.dim[space + 1] = out;
    if (c->filters) layer_weight(l, "pointwise_kernel", point, &c->pointwise);
    if (c->use_bias) layer_weight(l, "bias", (Shape){1, {out}}, &c->bias);
}

static const Penalty *activity(const Layer *l) {
    return &((const Depthwise *)l->args)->activity;
}

static const char *explain(Arena *a, const Layer *l) {
    Window w = window(l->args, l->in[0].rank - 1);
    return arena_printf(a, "%s\n%s", layer_explain_weights(a, l), window_explain(a, l, &w));
}

// The channel is in both factors and in the result, so that it is not summed.
static int depthwise(Step *s, const Layer *l, int x) {
    const Depthwise *c = l->args;
    int space = l->in[0].rank - 1;
    Window w = window(c, space);
    Shape to = between(l);
    x = window_zeros(s, l, x, &w);
    int y = step_tensor(s, l->name, T_F32, O_SAMPLE, to.rank, to.dim);
    Node *n = step_node(s, P_CONTRACT, true);
    Access in = access_none(x), kernel = access_none(step_weight(s, l, 0)), out = access_none(y);
    for (int d = 0; d < space; d++) {
        int place = step_axis(n, to.dim[d], A_OUT);
        in.coef[d][place] = c->strides[d];
        out.coef[d][place] = 1;
    }
    int channel = step_axis(n, l->in[0].dim[space], A_OUT);
    in.coef[space][channel] = kernel.coef[space][channel] = 1;
    out.coef[space][channel] = c->multiplier;
    if (c->multiplier > 1) { // else the channels themselves lie side by side
        int m = step_axis(n, c->multiplier, A_OUT);
        kernel.coef[space + 1][m] = out.coef[space][m] = 1;
    }
    for (int d = 0; d < space; d++) {
        int tap = step_axis(n, c->size[d], A_SUM);
        in.coef[d][tap] = c->dilation[d];
        kernel.coef[d][tap] = 1;
    }
    node_reads(n, in);
    node_reads(n, kernel);
    node_writes(n, out);
    return y;
}

static int pointwise(Step *s, const Layer *l, int x) {
    int rank = l->out.rank, y = step_tensor(s, l->name, T_F32, O_SAMPLE, rank, l->out.dim);
    int64_t channels = s->tensor[x].dim[rank - 1];
    Node *n = step_node(s, P_CONTRACT, true);
    Access in = access_none(x), kernel = access_none(step_weight(s, l, 1));
    for (int d = 0; d < rank; d++) {
        int axis = step_axis(n, l->out.dim[d], A_OUT);
        (d < rank - 1 ? in.coef[d] : kernel.coef[rank])[axis] = 1;
    }
    int sum = step_axis(n, channels, A_SUM);
    in.coef[rank - 1][sum] = kernel.coef[rank - 1][sum] = 1;
    node_reads(n, in);
    node_reads(n, kernel);
    node_writes(n, access_whole(s, y, 1));
    return y;
}

static int build(Step *s, const Layer *l, const int *x) {
    const Depthwise *c = l->args;
    int y = depthwise(s, l, x[0]);
    if (c->filters) {
        s->tensor[y].name = arena_printf(s->arena, "%s.depthwise", l->name);
        y = pointwise(s, l, y);
    }
    if (c->use_bias) y = step_bias(s, y, step_weight(s, l, l->nweight - 1));
    return step_activation(s, y, c->activation);
}

#define LAYER(name_, alias_, stem_, args_, D_)                                                     \
    {.name = name_ #D_ "D",                                                                        \
     .aliases = {alias_},                                                                          \
     .stem = stem_ "_conv" #D_ "d",                                                                \
     .size = sizeof(Depthwise),                                                                    \
     .args = args_##_##D_,                                                                         \
     .space = D_,                                                                                  \
     .shape = shape,                                                                               \
     .weights = weights,                                                                           \
     .explain = explain,                                                                           \
     .build = build,                                                                               \
     .activity = activity}

const LayerClass layer_depthwise_conv1d = LAYER("DepthwiseConv", NULL, "depthwise", depthwise, 1);
const LayerClass layer_depthwise_conv2d = LAYER("DepthwiseConv", NULL, "depthwise", depthwise, 2);
const LayerClass layer_separable_conv1d =
    LAYER("SeparableConv", "SeparableConvolution1D", "separable", separable, 1);
const LayerClass layer_separable_conv2d =
    LAYER("SeparableConv", "SeparableConvolution2D", "separable", separable, 2);
