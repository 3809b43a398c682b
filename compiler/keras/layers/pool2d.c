// SPDX-License-Identifier: MIT
// MaxPooling2D and AveragePooling2D: the largest or the mean of each window, channel by channel.
// With "same" padding the maximum ignores what is outside and the mean divides by the valid count.
#include "keras/layers/layer.h"
#include "step/step.h"
#include <math.h>

typedef struct Pool2D {
    int64_t pool[2], strides[2]; // strides {0, 0}: the pool size, see stride()
    int padding;
} Pool2D;

#define AT(field) offsetof(Pool2D, field)
#define ARGS(standard_)                                                                            \
    {"pool_size", ARG_PAIR, AT(pool), .standard = standard_, .min = 1, .max = INFINITY},           \
        {"strides", ARG_PAIR_OPT, AT(strides), .standard = "None", .min = 1, .max = INFINITY},     \
        {"padding", ARG_CHOICE, AT(padding), .standard = "\"valid\"", .choices = paddings},        \
        ARG_DATA_FORMAT
static const Arg max_args[] = {ARGS("2"), {0}};
static const Arg average_args[] = {ARGS(NULL), {0}}; // NULL: must be given
#undef ARGS
#undef AT

static const int64_t *stride(const Pool2D *p) {
    return p->strides[0] ? p->strides : p->pool;
}

static Window window(const Pool2D *p) {
    return (Window){.what = "pool",
                    .arg = "pool_size",
                    .space = 2,
                    .size = p->pool,
                    .stride = stride(p),
                    .same = p->padding == PAD_SAME};
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    Window w = window(l->args);
    if (!layer_spatial_input(a, d, l, 2) || !window_shape(a, d, l, &w)) return false;
    if (!window_positions(a, d, l, w.size[0] * w.size[1])) return false;
    l->out.dim[2] = l->in.dim[2];
    return true;
}

static const char *explain(Arena *a, const Layer *l) {
    Window w = window(l->args);
    return window_explain(a, l, &w);
}

static int pool(Step *s, const Layer *l, int x, WindowOp op) {
    const Pool2D *p = l->args;
    int64_t pad[2];
    for (int d = 0; d < 2; d++)
        pad[d] = window_pad(l->in.dim[d], p->pool[d], stride(p)[d], 1, p->padding == PAD_SAME);
    return step_window(s, x, op, p->pool, stride(p), pad, &l->out);
}

static int build_max(Step *s, const Layer *l, int x) {
    return pool(s, l, x, W_MAX);
}
static int build_average(Step *s, const Layer *l, int x) {
    return pool(s, l, x, W_AVG);
}

const LayerClass layer_max_pooling2d = {
    .name = "MaxPooling2D",
    .aliases = {"MaxPool2D"},
    .stem = "max_pooling2d",
    .size = sizeof(Pool2D),
    .args = max_args,
    .shape = shape,
    .explain = explain,
    .build = build_max,
};

const LayerClass layer_average_pooling2d = {
    .name = "AveragePooling2D",
    .aliases = {"AvgPool2D"},
    .stem = "average_pooling2d",
    .size = sizeof(Pool2D),
    .args = average_args,
    .shape = shape,
    .explain = explain,
    .build = build_average,
};
