// SPDX-License-Identifier: MIT
// Conv1DTranspose and Conv2DTranspose: each input spreads its products with the whole kernel,
//   z[p stride + k dilation, o] = sum of x[p, i] w[k, o, i] over i and over all p, k that meet there
//   y[q, o] = act(z[q + before, o] + b[o]), 0 outside z
// which is the gradient by its input of a convolution from y to x. `before` is that convolution's padding.
#include "keras/activation.h"
#include "keras/layers/layer.h"
#include "step/step.h"
#include "support/text.h"
#include <math.h>
#include <stdlib.h>

typedef struct Transpose { // of one dimension: only the first of two
    int64_t filters, size[2], strides[2], dilation[2];
    int64_t extra[2]; // output_padding; -1: None
    int padding;
    const Activation *activation;
    bool use_bias;
    WeightArgs kernel, bias;
    Penalty activity;
} Transpose;

#define AT(field) offsetof(Transpose, field)
#define ARGS(sizes_, sizes_opt_)                                                                   \
    {                                                                                              \
        {"filters", ARG_INT, AT(filters), .min = 1, .max = INFINITY},                              \
        {"kernel_size", sizes_, AT(size), .min = 1, .max = INFINITY},                              \
        {"strides", sizes_, AT(strides), .standard = "1", .min = 1, .max = INFINITY},              \
        {"padding", ARG_CHOICE, AT(padding), .standard = "\"valid\"", .choices = paddings},        \
        {"output_padding", sizes_opt_, AT(extra), .standard = "None", .min = 0, .max = INFINITY},  \
        ARG_DATA_FORMAT,                                                                           \
        {"dilation_rate", sizes_, AT(dilation), .standard = "1", .min = 1, .max = INFINITY},       \
        ARGS_KERNEL_AND_BIAS(AT),                                                                  \
        {0},                                                                                       \
    }
static const Arg args1[] = ARGS(ARG_SINGLE, ARG_SINGLE_OPT);
static const Arg args2[] = ARGS(ARG_PAIR, ARG_PAIR_OPT);
#undef ARGS
#undef AT

static int64_t reach(const Transpose *c, int d) { // of the kernel
    return (c->size[d] - 1) * c->dilation[d] + 1;
}

static int64_t spread(const Layer *l, int d) { // z's extent
    const Transpose *c = l->args;
    return (l->in[0].dim[d] - 1) * c->strides[d] + reach(c, d);
}

static int64_t extent(const Layer *l, int d) { // y's, as Keras has it
    const Transpose *c = l->args;
    int64_t stride = c->strides[d], extra = c->extra[d], k = reach(c, d);
    if (c->padding == PAD_VALID)
        return spread(l, d) + (extra >= 0 ? extra : k < stride ? stride - k : 0);
    return extra < 0 ? l->in[0].dim[d] * stride : (l->in[0].dim[d] - 1) * stride + k % 2 + extra;
}

// output_padding chooses among the sizes from which such a convolution comes to x's size.
static bool extra_fits(Diag *d, const Layer *l, int space) {
    const Transpose *c = l->args;
    for (int i = 0; i < space; i++) {
        int64_t stride = c->strides[i], extra = c->extra[i], odd = reach(c, i) % 2;
        int64_t least = c->padding == PAD_SAME && !odd, most = stride - 1;
        if (extra < 0 || (extra >= least && extra <= most)) continue;
        Loc at = layer_arg_loc(l, "output_padding");
        diag_error(d, at, 305, "an output_padding of %lld does not fit '%s'", (long long)extra,
                   l->name);
        if (extra > most)
            diag_help(d, at, "it must be below the stride, %lld", (long long)stride);
        else
            diag_help(d, at, "with padding=\"same\" and an even kernel it is at least 1");
        return false;
    }
    return true;
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    int space = l->cls->space;
    const Transpose *c = l->args;
    Window w = {.arg = "kernel_size",
                .space = space,
                .size = c->size,
                .stride = c->strides,
                .dilation = c->dilation};
    if (!window_steps(d, l, &w, "Keras refuses this too: use one of the two")) return false;
    if (!layer_spatial_input(a, d, l) || !window_limits(a, d, l, &w)) return false;
    if (!extra_fits(d, l, space)) return false;
    Shape between = {space + 1, {0}};
    l->out.rank = space + 1;
    l->out.dim[space] = between.dim[space] = c->filters;
    for (int i = 0; i < space; i++) {
        l->out.dim[i] = extent(l, i);
        between.dim[i] = spread(l, i);
    }
    const char *what = arena_printf(a, "what the kernel of '%s' spreads", l->name);
    return shape_within(a, d, l->loc, what, &between);
}

// The kernel is that of the convolution from y to x.
static void weights(Layer *l) {
    const Transpose *c = l->args;
    int space = l->in[0].rank - 1;
    Shape kernel = {space + 2, {0}};
    for (int d = 0; d < space; d++) kernel.dim[d] = c->size[d];
    kernel.dim[space] = c->filters;
    kernel.dim[space + 1] = l->in[0].dim[space];
    layer_weight(l, "kernel", kernel, &c->kernel);
    if (c->use_bias) layer_weight(l, "bias", (Shape){1, {c->filters}}, &c->bias);
}

// "height: (7 - 1) x 2 + 3 = 15", with what is cut off or added
static const char *extent_text(Arena *a, const Layer *l, int d) {
    const Transpose *c = l->args;
    long long left = l->out.dim[d] - spread(l, d), out = l->out.dim[d];
    const char *more = left ? arena_printf(a, " %c %lld", left < 0 ? '-' : '+', llabs(left)) : "";
    return arena_printf(a, "(%lld - 1) x %lld + %lld%s = %lld", (long long)l->in[0].dim[d],
                        (long long)c->strides[d], (long long)reach(c, d), more, out);
}

static const Penalty *activity(const Layer *l) {
    return &((const Transpose *)l->args)->activity;
}

static const char *explain(Arena *a, const Layer *l) {
    const char *text = layer_explain_weights(a, l), *first = extent_text(a, l, 0);
    if (l->in[0].rank == 2) return arena_printf(a, "%s\nsteps: %s", text, first);
    return arena_printf(a, "%s\nheight: %s, width: %s", text, first, extent_text(a, l, 1));
}

static int spread_products(Step *s, const Layer *l, int x) {
    const Transpose *c = l->args;
    int space = l->in[0].rank - 1;
    Shape to = l->out;
    for (int d = 0; d < space; d++) to.dim[d] = spread(l, d);
    int z = step_tensor(s, arena_printf(s->arena, "%s.spread", l->name), T_F32, O_SAMPLE, to.rank,
                        to.dim);
    Node *n = step_node(s, P_CONTRACT, true);
    Access in = access_none(x), kernel = access_none(step_weight(s, l, 0)), out = access_none(z);
    for (int d = 0; d < space; d++) {
        int place = step_axis(n, l->in[0].dim[d], A_OUT), tap = step_axis(n, c->size[d], A_OUT);
        in.coef[d][place] = kernel.coef[d][tap] = 1;
        out.coef[d][place] = c->strides[d];
        out.coef[d][tap] = c->dilation[d];
    }
    int filter = step_axis(n, c->filters, A_OUT);
    int channel = step_axis(n, l->in[0].dim[space], A_SUM);
    out.coef[space][filter] = kernel.coef[space][filter] = 1;
    in.coef[space][channel] = kernel.coef[space + 1][channel] = 1;
    node_reads(n, in);
    node_reads(n, kernel);
    for (int d = 0; d < space; d++) // else each is made once, and none is left out
        n->scatter |= !access_fills(n, &out, d, (Span){0, to.dim[d]});
    node_writes(n, out);
    return z;
}

static int build(Step *s, const Layer *l, const int *x) {
    const Transpose *c = l->args;
    int64_t before[MAX_SPACE], behind[MAX_SPACE];
    for (int d = 0; d < l->in[0].rank - 1; d++) {
        int64_t over = spread(l, d) - l->out.dim[d];
        before[d] = c->padding == PAD_SAME && over > 0 ? -(over / 2) : 0;
        behind[d] = -over - before[d];
    }
    int y = step_pad(s, spread_products(s, l, x[0]), before, behind);
    if (c->use_bias) y = step_bias(s, y, step_weight(s, l, 1));
    return step_activation(s, y, c->activation);
}

#define TRANSPOSE(D_)                                                                              \
    {.name = "Conv" #D_ "DTranspose",                                                              \
     .aliases = {"Convolution" #D_ "DTranspose"},                                                  \
     .stem = "conv" #D_ "d_transpose",                                                             \
     .size = sizeof(Transpose),                                                                    \
     .args = args##D_,                                                                             \
     .space = D_,                                                                                  \
     .shape = shape,                                                                               \
     .weights = weights,                                                                           \
     .explain = explain,                                                                           \
     .build = build,                                                                               \
     .activity = activity}

const LayerClass layer_conv1d_transpose = TRANSPOSE(1);
const LayerClass layer_conv2d_transpose = TRANSPOSE(2);
