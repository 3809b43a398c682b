// SPDX-License-Identifier: MIT
// Resizing: images of another height and width, by Keras's interpolations.
#include "keras/layers/interpolate.h"
#include "step/step.h"
#include <math.h>

#define AT(field) offsetof(ResizeArgs, field)
static const Arg args[] = {
    {"height", ARG_INT, AT(height), .min = 1, .max = INFINITY},
    {"width", ARG_INT, AT(width), .min = 1, .max = INFINITY},
    {"interpolation", ARG_CHOICE, AT(interpolation), .standard = "\"bilinear\"",
     .choices = interpolation_names},
    {"crop_to_aspect_ratio", ARG_BOOL, AT(crop), .standard = "False"},
    {"pad_to_aspect_ratio", ARG_BOOL, AT(pad), .standard = "False"},
    ARG_UNSUPPORTED("fill_mode", "\"constant\""),
    {"fill_value", ARG_FLOAT, AT(fill), .standard = "0.0"},
    {"antialias", ARG_BOOL, AT(antialias), .standard = "False"},
    ARG_DATA_FORMAT,
    {0},
};
#undef AT

static bool shape(Arena *a, Diag *d, Layer *l) {
    const ResizeArgs *r = l->args;
    if (!layer_spatial_input(a, d, l)) return false;
    l->out = (Shape){3, {r->height, r->width, l->in[0].dim[2]}};
    if (!r->crop || !r->pad) return resize_within(a, d, l, r);
    diag_error(d, layer_arg_loc(l, "pad_to_aspect_ratio"), 204,
               "crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other");
    return false;
}

static const char *explain(Arena *a, const Layer *l) {
    const ResizeArgs *r = l->args;
    return arena_printf(a, "height: %lld to %lld, width: %lld to %lld, %s",
                        (long long)l->in[0].dim[0], (long long)r->height,
                        (long long)l->in[0].dim[1], (long long)r->width,
                        interpolation_names[r->interpolation]);
}

static int build(Step *s, const Layer *l, const int *x) {
    return resize(s, x[0], l->args);
}

const LayerClass layer_resizing = {
    .name = "Resizing",
    .stem = "resizing",
    .size = sizeof(ResizeArgs),
    .args = args,
    .space = 2,
    .shape = shape,
    .explain = explain,
    .build = build,
};
