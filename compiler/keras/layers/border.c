// SPDX-License-Identifier: MIT
// ZeroPadding and Cropping, of one and two dimensions: zeros put around the values, or values taken away:
//   y[p, c] = x[p - before, c], 0 outside x        y[p, c] = x[p + before, c]
#include "keras/layers/layer.h"
#include "step/step.h"
#include "support/text.h"
#include <math.h>

typedef struct Border {
    int64_t side[2][2]; // by dimension: before and behind
} Border;

#define AT offsetof(Border, side)
static const Arg zero_padding_1[] = {
    {"padding", ARG_PAIR, AT, .standard = "1", .min = 0, .max = INFINITY}, ARG_DATA_FORMAT, {0}};
static const Arg zero_padding_2[] = {
    {"padding", ARG_SIDES, AT, .standard = "1", .min = 0, .max = INFINITY}, ARG_DATA_FORMAT, {0}};
static const Arg cropping_1[] = {
    {"cropping", ARG_PAIR, AT, .standard = "1", .min = 0, .max = INFINITY}, {0}};
static const Arg cropping_2[] = {
    {"cropping", ARG_SIDES, AT, .standard = "0", .min = 0, .max = INFINITY}, ARG_DATA_FORMAT, {0}};
#undef AT

static bool pads(const Layer *l) {
    return l->cls->args == zero_padding_1 || l->cls->args == zero_padding_2;
}

// "5 + 1 + 2 = 8"
static const char *sum_text(Arena *a, const Layer *l, int d) {
    const Border *b = l->args;
    const char *by = pads(l) ? "+" : "-";
    return arena_printf(a, "%lld %s %lld %s %lld = %lld", (long long)l->in[0].dim[d], by,
                        (long long)b->side[d][0], by, (long long)b->side[d][1],
                        (long long)l->out.dim[d]);
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    int space = l->cls->space;
    enum { MOST = 1 << 24 };
    const Border *b = l->args;
    if (!layer_spatial_input(a, d, l)) return false;
    l->out = l->in[0];
    for (int i = 0; i < space; i++) {
        int64_t before = b->side[i][0], behind = b->side[i][1];
        if (before > MOST || behind > MOST) {
            diag_error(d, layer_arg_loc(l, l->cls->args[0].name), 306,
                       "the %s of '%s' is too large: it goes up to %s", l->cls->args[0].name,
                       l->name, text_thousands(a, MOST));
            return false;
        }
        l->out.dim[i] += pads(l) ? before + behind : -before - behind; // dimensions stay below 2^38
        if (l->out.dim[i] >= 1) continue;
        diag_error(d, layer_arg_loc(l, "cropping"), 301, "'%s' leaves nothing of its input: %s",
                   l->name, sum_text(a, l, i));
        layer_input_note(a, d, l);
        return false;
    }
    return true;
}

static const char *explain(Arena *a, const Layer *l) {
    if (l->in[0].rank == 2) return arena_printf(a, "steps: %s", sum_text(a, l, 0));
    return arena_printf(a, "height: %s, width: %s", sum_text(a, l, 0), sum_text(a, l, 1));
}

static int build(Step *s, const Layer *l, const int *x) {
    const Border *b = l->args;
    int64_t before[MAX_SPACE], behind[MAX_SPACE], sign = pads(l) ? 1 : -1;
    for (int d = 0; d < l->in[0].rank - 1; d++) {
        before[d] = sign * b->side[d][0];
        behind[d] = sign * b->side[d][1];
    }
    return step_pad(s, x[0], before, behind);
}

#define BORDER(name_, stem_, args_, D_)                                                            \
    {.name = name_ #D_ "D",                                                                        \
     .stem = stem_ #D_ "d",                                                                        \
     .size = sizeof(Border),                                                                       \
     .args = args_##_##D_,                                                                         \
     .space = D_,                                                                                  \
     .shape = shape,                                                                               \
     .explain = explain,                                                                           \
     .build = build}

const LayerClass layer_zero_padding1d = BORDER("ZeroPadding", "zero_padding", zero_padding, 1);
const LayerClass layer_zero_padding2d = BORDER("ZeroPadding", "zero_padding", zero_padding, 2);
const LayerClass layer_cropping1d = BORDER("Cropping", "cropping", cropping, 1);
const LayerClass layer_cropping2d = BORDER("Cropping", "cropping", cropping, 2);
