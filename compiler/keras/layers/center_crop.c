// SPDX-License-Identifier: MIT
// CenterCrop: height x width values from the middle, y[h, w, c] = x[h + (H - height) / 2, w + (W - width) / 2, c],
// rounded down.
#include "keras/layers/layer.h"
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

static bool shape(Arena *a, Diag *d, Layer *l) {
    const CenterCrop *c = l->args;
    if (!layer_spatial_input(a, d, l)) return false;
    const int64_t *in = l->in[0].dim;
    l->out = (Shape){3, {c->height, c->width, in[2]}};
    if (c->height <= in[0] && c->width <= in[1]) return true;
    diag_error(d, layer_arg_loc(l, c->height > in[0] ? "height" : "width"), 301,
               "the crop %lldx%lld of '%s' does not fit its %lldx%lld input", (long long)c->height,
               (long long)c->width, l->name, (long long)in[0], (long long)in[1]);
    layer_input_note(a, d, l);
    diag_help(d, l->loc, "Keras would resize such images, which is not supported yet");
    return false;
}

static int build(Step *s, const Layer *l, const int *x) {
    int64_t before[2], behind[2];
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
