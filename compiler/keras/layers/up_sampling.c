// SPDX-License-Identifier: MIT
// UpSampling, of one and two dimensions: each value size times side by side, y[p size + i, c] = x[p, c] for
// i below size. Of two also by Keras's other interpolations.
#include "keras/layers/interpolate.h"
#include "step/step.h"
#include "support/text.h"
#include <math.h>

typedef struct UpSampling { // of one dimension: only the first of two
    int64_t size[2];
    int interpolation;
} UpSampling;

#define AT offsetof(UpSampling, size)
static const Arg args1[] = {
    {"size", ARG_INT, AT, .standard = "2", .min = 1, .max = INFINITY},
    {0},
};
static const Arg args2[] = {
    {"size", ARG_PAIR, AT, .standard = "2", .min = 1, .max = INFINITY},
    ARG_DATA_FORMAT,
    {"interpolation", ARG_CHOICE, offsetof(UpSampling, interpolation), .standard = "\"nearest\"",
     .choices = interpolation_names},
    {0},
};
#undef AT

static ResizeArgs resizes(const Layer *l) {
    const UpSampling *u = l->args;
    return (ResizeArgs){l->out.dim[0], l->out.dim[1], .interpolation = u->interpolation};
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    int space = l->cls->space;
    const UpSampling *u = l->args;
    if (!layer_spatial_input(a, d, l)) return false;
    l->out = l->in[0];
    for (int i = 0; i < space; i++)
        if (!mul64(l->in[0].dim[i], u->size[i], &l->out.dim[i])) l->out.dim[i] = INT64_MAX;
    ResizeArgs args = resizes(l);
    return u->interpolation == NEAREST || resize_within(a, d, l, &args);
}

static const char *explain(Arena *a, const Layer *l) {
    static const char *const what[2][2] = {{"steps"}, {"height", "width"}};
    const UpSampling *u = l->args;
    int space = l->in[0].rank - 1;
    const char *text = "";
    for (int i = 0; i < space; i++)
        text = arena_printf(a, "%s%s%s: %lld x %lld = %lld", text, i ? ", " : "",
                            what[space - 1][i], (long long)l->in[0].dim[i], (long long)u->size[i],
                            (long long)l->out.dim[i]);
    return text;
}

static int repeat(Step *s, const Layer *l, const int *x) {
    const UpSampling *u = l->args;
    int rank = l->in[0].rank, y = step_tensor(s, l->name, T_F32, O_SAMPLE, rank, l->out.dim);
    Node *n = step_node(s, P_VIEW, true);
    Access in = access_none(x[0]), out = access_none(y);
    n->op = V_AFFINE;
    for (int d = 0; d < rank; d++) {
        int64_t size = d < rank - 1 ? u->size[d] : 1;
        int place = step_axis(n, l->in[0].dim[d], A_OUT);
        in.coef[d][place] = 1;
        out.coef[d][place] = size;
        if (size > 1) out.coef[d][step_axis(n, size, A_OUT)] = 1;
    }
    node_reads(n, in);
    node_writes(n, out);
    return y;
}

static int build(Step *s, const Layer *l, const int *x) {
    ResizeArgs args = resizes(l);
    return args.interpolation == NEAREST ? repeat(s, l, x) : resize(s, x[0], &args);
}

#define UP_SAMPLING(D_)                                                                            \
    {.name = "UpSampling" #D_ "D",                                                                 \
     .stem = "up_sampling" #D_ "d",                                                                \
     .size = sizeof(UpSampling),                                                                   \
     .args = args##D_,                                                                             \
     .space = D_,                                                                                  \
     .shape = shape,                                                                               \
     .explain = explain,                                                                           \
     .build = build}

const LayerClass layer_up_sampling1d = UP_SAMPLING(1);
const LayerClass layer_up_sampling2d = UP_SAMPLING(2);
