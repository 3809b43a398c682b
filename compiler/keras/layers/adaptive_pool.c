// SPDX-License-Identifier: MIT
// AdaptiveMaxPooling and AdaptiveAveragePooling, of one and two dimensions: windows of n inputs make o outputs, number
// k from floor(k n / o) to ceil((k + 1) n / o). One dimension is pooled after the other, as in Keras: which of equal
// maxima gets the gradient depends on it.
//
// Where o divides n, that is a pool of n / o. Else windows have ceil(n / o) inputs or one more. Their means are a
// product with a matrix. Maxima are those of all windows of either size, of which a product with a matrix takes some.
#include "keras/layers/interpolate.h"
#include "step/step.h"
#include "support/text.h"
#include <math.h>

typedef struct Adaptive {
    int64_t out[2]; // of one dimension: only the first
} Adaptive;

#define ARGS(sizes_)                                                                               \
    {{"output_size", sizes_, offsetof(Adaptive, out), .min = 1, .max = INFINITY},                  \
     ARG_DATA_FORMAT,                                                                              \
     {0}}
static const Arg args_1[] = ARGS(ARG_SINGLE);
static const Arg args_2[] = ARGS(ARG_PAIR);

enum { LARGEST = 4096 }; // of a dimension that is pooled by matrices

typedef struct Side {
    int64_t in, out;
} Side;

static int64_t begin(Side side, int64_t k) {
    return k * side.in / side.out;
}
static int64_t size(Side side, int64_t k) {
    return ((k + 1) * side.in + side.out - 1) / side.out - begin(side, k);
}
static int64_t smaller(Side side) {
    return (side.in + side.out - 1) / side.out;
}
static bool is_even(Side side) {
    return side.in % side.out == 0;
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    const Adaptive *p = l->args;
    int space = l->cls->space;
    if (!layer_spatial_input(a, d, l)) return false;
    l->out = l->in[0];
    for (int i = 0; i < space; i++) {
        Side side = {l->in[0].dim[i], l->out.dim[i] = p->out[i]};
        if (!is_even(side) && (side.in > LARGEST || side.out > LARGEST)) {
            diag_error(d, layer_arg_loc(l, "output_size"), 306,
                       "'%s' is to make %s of %s: where that does not divide it both go up to %s",
                       l->name, text_thousands(a, side.out), text_thousands(a, side.in),
                       text_thousands(a, LARGEST));
            return false;
        }
        if (!window_positions(a, d, l, smaller(side) + !is_even(side))) return false;
    }
    return true;
}

static const char *explain(Arena *a, const Layer *l) {
    const char *text = "";
    for (int i = 0; i < l->cls->space; i++) {
        Side side = {l->in[0].dim[i], l->out.dim[i]};
        int64_t most = 0;
        for (int64_t k = 0; k < side.out; k++) most = size(side, k) > most ? size(side, k) : most;
        text = arena_printf(a, "%s%s%lld to %lld by windows of %lld", text, i ? ", " : "",
                            (long long)side.in, (long long)side.out, (long long)smaller(side));
        if (most > smaller(side)) text = arena_printf(a, "%s or %lld", text, (long long)most);
    }
    return text;
}

// Along one dimension, by windows of so many, at that distance.
static int windows(Step *s, int x, int dim, WindowOp op, int64_t window, int64_t stride) {
    const int64_t pad[MAX_SPACE] = {0};
    Shape out = {.rank = s->tensor[x].rank};
    int64_t each[MAX_SPACE], step[MAX_SPACE];
    for (int d = 0; d < out.rank; d++) {
        bool is = d == dim;
        out.dim[d] = is ? (s->tensor[x].dim[d] - window) / stride + 1 : s->tensor[x].dim[d];
        if (d + 1 < out.rank) each[d] = is ? window : 1, step[d] = is ? stride : 1;
    }
    return step_window(s, x, op, each, step, pad, &out);
}

static MatrixRows rows_new(Arena *a, int64_t out, int64_t most) {
    return (MatrixRows){.out = out,
                        .most = most,
                        .first = ARENA_ARRAY(a, int64_t, out),
                        .n = ARENA_ARRAY(a, int64_t, out),
                        .weight = ARENA_ARRAY(a, double, out *most)};
}

static int means(Step *s, int x, int dim, Side side) {
    MatrixRows r = rows_new(s->arena, side.out, smaller(side) + 1);
    for (int64_t k = 0; k < side.out; k++) {
        r.first[k] = begin(side, k);
        r.n[k] = size(side, k);
        for (int64_t i = 0; i < r.n[k]; i++) r.weight[k * r.most + i] = 1 / (double)r.n[k];
    }
    return matrix_product(s, x, dim, &r, side.in);
}

// The maxima of all windows of so many, of those that are asked for; -1: none is.
static int maxima_of(Step *s, int x, int dim, Side side, int64_t window) {
    MatrixRows r = rows_new(s->arena, side.out, 1);
    bool any = false;
    for (int64_t k = 0; k < side.out; k++) {
        any |= r.n[k] = size(side, k) == window;
        r.first[k] = begin(side, k);
        r.weight[k] = 1;
    }
    if (!any) return -1;
    int all = windows(s, x, dim, W_MAX, window, 1);
    return matrix_product(s, all, dim, &r, side.in - window + 1);
}

static int maxima(Step *s, int x, int dim, Side side) {
    int less = maxima_of(s, x, dim, side, smaller(side));
    int more = maxima_of(s, x, dim, side, smaller(side) + 1);
    if (less < 0 || more < 0) return less < 0 ? more : less;
    Expr *either = expr_op2(s->arena, E_ADD, expr_in(s->arena, 0), expr_in(s->arena, 1));
    int y = step_map(s, less, either, NULL);
    node_reads(s->node[s->nnode - 1], access_whole(s, more, 1));
    return y;
}

static int pool(Step *s, const Layer *l, int x, WindowOp op) {
    for (int d = 0; d < l->cls->space; d++) {
        Side side = {s->tensor[x].dim[d], l->out.dim[d]};
        if (side.in == side.out) continue;
        if (is_even(side))
            x = windows(s, x, d, op, smaller(side), smaller(side));
        else
            x = op == W_MAX ? maxima(s, x, d, side) : means(s, x, d, side);
    }
    return x;
}

static int build_max(Step *s, const Layer *l, const int *x) {
    return pool(s, l, x[0], W_MAX);
}

static int build_average(Step *s, const Layer *l, const int *x) {
    return pool(s, l, x[0], W_AVG);
}

#define ADAPTIVE(what_, D_, stem_, build_)                                                         \
    {.name = "Adaptive" what_ "Pooling" #D_ "D",                                                   \
     .stem = "adaptive_" stem_ "_pooling" #D_ "d",                                                 \
     .size = sizeof(Adaptive),                                                                     \
     .args = args_##D_,                                                                            \
     .space = D_,                                                                                  \
     .shape = shape,                                                                               \
     .explain = explain,                                                                           \
     .build = build_}

const LayerClass layer_adaptive_max_pooling1d = ADAPTIVE("Max", 1, "max", build_max);
const LayerClass layer_adaptive_max_pooling2d = ADAPTIVE("Max", 2, "max", build_max);
const LayerClass layer_adaptive_average_pooling1d =
    ADAPTIVE("Average", 1, "average", build_average);
const LayerClass layer_adaptive_average_pooling2d =
    ADAPTIVE("Average", 2, "average", build_average);
