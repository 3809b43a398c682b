// SPDX-License-Identifier: MIT
// CenterCrop: height x width values from the middle, y[h, w, c] = x[h + (H - height) / 2, w + (W - width) / 2, c],
// rounded down. Images that are smaller are resized, the largest part of them that is as high and wide in proportion.
#include "keras/layers/interpolate.h"
#include "step/step.h"
#include <math.h>

typedef struct CenterCrop {
    int64_t height, width;
} CenterCrop;

#define AT(field) offsetof(CenterCrop, field)
static const Arg args[] = {
    {"height", ARG_INT, AT(height), .min = 1, .max = INFINITY},
    {"width", ARG_INT, AT(width), .min = 1, .max = INFINITY},
    ARG_DATA_FORMAT,
    {0},
};
#undef AT

static bool is_smaller(const Layer *l) { // the image, in one dimension or both
    const CenterCrop *c = l->args;
    return l->in[0].dim[0] < c->height || l->in[0].dim[1] < c->width;
}

static ResizeArgs resizes(const CenterCrop *c) {
    return (ResizeArgs){c->height, c->width, .interpolation = BILINEAR, .crop = true};
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    const CenterCrop *c = l->args;
    if (!layer_spatial_input(a, d, l)) return false;
    l->out = (Shape){3, {c->height, c->width, l->in[0].dim[2]}};
    ResizeArgs larger = resizes(c);
    return !is_smaller(l) || resize_within(a, d, l, &larger);
}

static int build(Step *s, const Layer *l, const int *x) {
    int64_t before[2], behind[2];
    ResizeArgs larger = resizes(l->args);
    if (is_smaller(l)) return resize(s, x[0], &larger);
    for (int d = 0; d < 2; d++) {
        int64_t less = l->in[0].dim[d] - l->out.dim[d];
        before[d] = -(less / 2);
        behind[d] = -less - before[d];
    }
    return step_pad(s, x[0], before, behind);
}

const LayerClass layer_center_crop = {
    .name = "CenterCrop",
    .stem = "center_crop",
    .size = sizeof(CenterCrop),
    .args = args,
    .space = 2,
    .shape = shape,
    .build = build,
};
