// SPDX-License-Identifier: MIT
// MaxPooling and AveragePooling, of one and two dimensions: the largest or the mean of each window, channel
// by channel. With "same" padding the maximum ignores what is outside and the mean divides by the valid count.
#include "keras/layers/layer.h"
#include "step/step.h"
#include <math.h>

typedef struct Pool { // of one dimension: only the first of two
    int64_t pool[2], strides[2]; // strides 0: the pool size, see stride()
    int padding;
} Pool;

#define AT(field) offsetof(Pool, field)
#define ARGS(sizes_, sizes_opt_, standard_)                                                        \
    {                                                                                              \
        {"pool_size", sizes_, AT(pool), .standard = standard_, .min = 1, .max = INFINITY},         \
        {"strides", sizes_opt_, AT(strides), .standard = "None", .min = 1, .max = INFINITY},       \
        {"padding", ARG_CHOICE, AT(padding), .standard = "\"valid\"", .choices = paddings},        \
        ARG_DATA_FORMAT,                                                                           \
        {0},                                                                                       \
    }
static const Arg max_args_1[] = ARGS(ARG_SINGLE, ARG_SINGLE_OPT, "2");
static const Arg max_args_2[] = ARGS(ARG_PAIR, ARG_PAIR_OPT, "2");
static const Arg average_args_1[] = ARGS(ARG_SINGLE, ARG_SINGLE_OPT, NULL); // NULL: must be given
static const Arg average_args_2[] = ARGS(ARG_PAIR, ARG_PAIR_OPT, NULL);
#undef ARGS
#undef AT

static const int64_t *stride(const Pool *p) {
    return p->strides[0] ? p->strides : p->pool;
}

static Window window(const Pool *p, int space) {
    return (Window){.what = "pool",
                    .arg = "pool_size",
                    .space = space,
                    .size = p->pool,
                    .stride = stride(p),
                    .same = p->padding == PAD_SAME};
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    int space = l->cls->space;
    Window w = window(l->args, space);
    if (!layer_spatial_input(a, d, l) || !window_shape(a, d, l, &w)) return false;
    int64_t positions = 1;
    for (int i = 0; i < space; i++) positions *= w.size[i];
    if (!window_positions(a, d, l, positions)) return false;
    l->out.dim[space] = l->in[0].dim[space];
    return true;
}

static const char *explain(Arena *a, const Layer *l) {
    Window w = window(l->args, l->in[0].rank - 1);
    return window_explain(a, l, &w);
}

static int pool(Step *s, const Layer *l, int x, WindowOp op) {
    const Pool *p = l->args;
    int64_t pad[MAX_SPACE];
    for (int d = 0; d < l->in[0].rank - 1; d++)
        pad[d] = window_pad(l->in[0].dim[d], p->pool[d], stride(p)[d], 1, p->padding == PAD_SAME);
    return step_window(s, x, op, p->pool, stride(p), pad, &l->out);
}

static int build_max(Step *s, const Layer *l, const int *x) {
    return pool(s, l, x[0], W_MAX);
}

static int build_average(Step *s, const Layer *l, const int *x) {
    return pool(s, l, x[0], W_AVG);
}

#define POOLING(name_, short_, D_, stem_, args_, build_)                                           \
    {.name = name_ "Pooling" #D_ "D",                                                              \
     .aliases = {short_ "Pool" #D_ "D"},                                                           \
     .stem = stem_ "_pooling" #D_ "d",                                                             \
     .size = sizeof(Pool),                                                                         \
     .args = args_##_##D_,                                                                         \
     .space = D_,                                                                                  \
     .shape = shape,                                                                               \
     .explain = explain,                                                                           \
     .build = build_}

const LayerClass layer_max_pooling1d = POOLING("Max", "Max", 1, "max", max_args, build_max);
const LayerClass layer_max_pooling2d = POOLING("Max", "Max", 2, "max", max_args, build_max);
const LayerClass layer_average_pooling1d =
    POOLING("Average", "Avg", 1, "average", average_args, build_average);
const LayerClass layer_average_pooling2d =
    POOLING("Average", "Avg", 2, "average", average_args, build_average);
