// SPDX-License-Identifier: MIT
// Conv1D and Conv2D: y[p, o] = act(sum over k, i of x[p stride + k dilation, i] w[k, i, o] + b[o]), where p
// and k have one index or two. Of G groups each has a G-th of the channels, which lie side by side in x, w
// and y: of group g, i is counted from g I / G, o from g O / G, and w has I / G.
#include "keras/activation.h"
#include "keras/layers/layer.h"
#include "step/step.h"
#include <math.h>

typedef struct Conv { // of one dimension: only the first of two
    int64_t filters, size[2], strides[2], dilation[2], groups;
    int padding;
    const Activation *activation;
    bool use_bias;
    WeightArgs kernel, bias;
    Penalty activity;
} Conv;

static const char *const paddings_in_time[] = {"valid", "same", "causal", NULL};
enum { PAD_CAUSAL = PAD_SAME + 1 };

#define AT(field) offsetof(Conv, field)
#define ARGS(sizes_, paddings_)                                                                    \
    {                                                                                              \
        {"filters", ARG_INT, AT(filters), .min = 1, .max = INFINITY},                              \
        {"kernel_size", sizes_, AT(size), .min = 1, .max = INFINITY},                              \
        {"strides", sizes_, AT(strides), .standard = "1", .min = 1, .max = INFINITY},              \
        {"padding", ARG_CHOICE, AT(padding), .standard = "\"valid\"", .choices = paddings_},       \
        ARG_DATA_FORMAT,                                                                           \
        {"dilation_rate", sizes_, AT(dilation), .standard = "1", .min = 1, .max = INFINITY},       \
        {"groups", ARG_INT, AT(groups), .standard = "1", .min = 1, .max = INFINITY},               \
        ARGS_KERNEL_AND_BIAS(AT),                                                                  \
        {0},                                                                                       \
    }
static const Arg args1[] = ARGS(ARG_SINGLE, paddings_in_time);
static const Arg args2[] = ARGS(ARG_PAIR, paddings);
#undef ARGS
#undef AT

static Window window(const Conv *c, int space) {
    return (Window){.what = "kernel",
                    .arg = "kernel_size",
                    .space = space,
                    .size = c->size,
                    .stride = c->strides,
                    .dilation = c->dilation,
                    .same = c->padding != PAD_VALID,
                    .causal = c->padding == PAD_CAUSAL};
}

static bool groups_fit(Diag *d, const Layer *l, const char *what, int64_t channels) {
    const Conv *c = l->args;
    if (channels % c->groups == 0) return true;
    diag_error(d, layer_arg_loc(l, "groups"), 303, "%lld groups of '%s' do not share its %lld %s",
               (long long)c->groups, l->name, (long long)channels, what);
    return false;
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    int space = l->cls->space;
    const Conv *c = l->args;
    Window w = window(c, space);
    if (!window_steps(d, l, &w, "Keras refuses this too: use one of the two")) return false;
    if (!groups_fit(d, l, "filters", c->filters) || !layer_spatial_input(a, d, l)) return false;
    if (!groups_fit(d, l, "input channels", l->in[0].dim[space])) {
        layer_input_note(a, d, l);
        return false;
    }
    if (!window_shape(a, d, l, &w)) return false;
    l->out.dim[space] = c->filters;
    return true;
}

static void weights(Layer *l) {
    const Conv *c = l->args;
    int space = l->in[0].rank - 1;
    Shape kernel = {space + 2, {0}}, bias = {1, {c->filters}};
    for (int d = 0; d < space; d++) kernel.dim[d] = c->size[d];
    kernel.dim[space] = l->in[0].dim[space] / c->groups;
    kernel.dim[space + 1] = c->filters;
    layer_weight(l, "kernel", kernel, &c->kernel);
    if (c->use_bias) layer_weight(l, "bias", bias, &c->bias);
}

static const Penalty *activity(const Layer *l) {
    return &((const Conv *)l->args)->activity;
}

static const char *explain(Arena *a, const Layer *l) {
    Window w = window(l->args, l->in[0].rank - 1);
    return arena_printf(a, "%s\n%s", layer_explain_weights(a, l), window_explain(a, l, &w));
}

static int build(Step *s, const Layer *l, const int *x) {
    const Conv *c = l->args;
    int space = l->in[0].rank - 1;
    int64_t inputs = l->in[0].dim[space] / c->groups, outputs = c->filters / c->groups;
    Window zeros = window(c, space);
    int padded = window_zeros(s, l, x[0], &zeros);
    int y = step_tensor(s, l->name, T_F32, O_SAMPLE, l->out.rank, l->out.dim);
    Node *n = step_node(s, P_CONTRACT, true);
    Access in = access_none(padded), kernel = access_none(step_weight(s, l, 0));
    Access out = access_none(y);
    for (int d = 0; d < space; d++) {
        int place = step_axis(n, l->out.dim[d], A_OUT);
        in.coef[d][place] = c->strides[d];
        out.coef[d][place] = 1;
    }
    if (c->groups > 1) {
        int group = step_axis(n, c->groups, A_OUT);
        in.coef[space][group] = inputs;
        kernel.coef[space + 1][group] = out.coef[space][group] = outputs;
    }
    int filter = step_axis(n, outputs, A_OUT);
    kernel.coef[space + 1][filter] = out.coef[space][filter] = 1;
    for (int d = 0; d < space; d++) {
        int tap = step_axis(n, c->size[d], A_SUM);
        in.coef[d][tap] = c->dilation[d];
        kernel.coef[d][tap] = 1;
    }
    int channel = step_axis(n, inputs, A_SUM);
    in.coef[space][channel] = kernel.coef[space][channel] = 1;
    node_reads(n, in);
    node_reads(n, kernel);
    node_writes(n, out);
    if (c->use_bias) y = step_bias(s, y, step_weight(s, l, 1));
    return step_activation(s, y, c->activation);
}

const LayerClass layer_conv2d = {
    .name = "Conv2D",
    .aliases = {"Convolution2D"},
    .stem = "conv2d",
    .size = sizeof(Conv),
    .args = args2,
    .space = 2,
    .shape = shape,
    .weights = weights,
    .explain = explain,
    .build = build,
    .activity = activity,
};

const LayerClass layer_conv1d = {
    .name = "Conv1D",
    .aliases = {"Convolution1D"},
    .stem = "conv1d",
    .size = sizeof(Conv),
    .args = args1,
    .space = 1,
    .shape = shape,
    .weights = weights,
    .explain = explain,
    .build = build,
    .activity = activity,
};
