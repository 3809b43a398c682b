// SPDX-License-Identifier: MIT
// GlobalMaxPooling and GlobalAveragePooling, of one and two dimensions: a window as large as its input.
#include "keras/layers/layer.h"
#include "step/step.h"

typedef struct GlobalPool {
    bool keepdims;
} GlobalPool;

static const Arg args[] = {
    ARG_DATA_FORMAT,
    {"keepdims", ARG_BOOL, offsetof(GlobalPool, keepdims), .standard = "False"},
    {0},
};

static bool shape(Arena *a, Diag *d, Layer *l) {
    int space = l->cls->space;
    const GlobalPool *p = l->args;
    if (!layer_spatial_input(a, d, l)) return false;
    int64_t positions = 1;
    for (int i = 0; i < space; i++) positions *= l->in[0].dim[i];
    if (!window_positions(a, d, l, positions)) return false;
    l->out.rank = p->keepdims ? space + 1 : 1;
    for (int i = 0; i < space; i++) l->out.dim[i] = 1;
    l->out.dim[l->out.rank - 1] = l->in[0].dim[space];
    return true;
}

static int pool(Step *s, const Layer *l, int x, WindowOp op) {
    const int64_t none[MAX_SPACE] = {0};
    int space = l->in[0].rank - 1;
    Shape one = l->in[0];
    for (int d = 0; d < space; d++) one.dim[d] = 1;
    int y = step_window(s, x, op, l->in[0].dim, l->in[0].dim, none, &one);
    return l->out.rank == one.rank ? y : step_reshape(s, y, &l->out);
}

static int build_max(Step *s, const Layer *l, const int *x) {
    return pool(s, l, x[0], W_MAX);
}

static int build_average(Step *s, const Layer *l, const int *x) {
    return pool(s, l, x[0], W_AVG);
}

#define GLOBAL(what_, short_, D_, stem_, build_)                                                   \
    {.name = "Global" what_ "Pooling" #D_ "D",                                                     \
     .aliases = {"Global" short_ "Pool" #D_ "D"},                                                  \
     .stem = "global_" stem_ "_pooling" #D_ "d",                                                   \
     .size = sizeof(GlobalPool),                                                                   \
     .args = args,                                                                                 \
     .space = D_,                                                                                  \
     .shape = shape,                                                                               \
     .build = build_}

const LayerClass layer_global_max_pooling2d = GLOBAL("Max", "Max", 2, "max", build_max);
const LayerClass layer_global_average_pooling2d =
    GLOBAL("Average", "Avg", 2, "average", build_average);
const LayerClass layer_global_max_pooling1d = GLOBAL("Max", "Max", 1, "max", build_max);
const LayerClass layer_global_average_pooling1d =
    GLOBAL("Average", "Avg", 1, "average", build_average);
