// SPDX-License-Identifier: MIT
// RandomZoom: in training an image shows, about its middle, a random share more of the height than there is,
// or less, and one more of the width; the same one without width_factor.
#include "keras/layers/augment.h"
#include <math.h>

typedef struct RandomZoom {
    double height[2], width[2]; // least and most; NaN: as the height
    Augment how;
} RandomZoom;

#define AT(field) offsetof(RandomZoom, field)
#define HOW(field) AT(how.field)
static const Arg args[] = {
    {"height_factor", ARG_FACTOR, AT(height), .min = -1, .max = 1},
    {"width_factor", ARG_FACTOR_OPT, AT(width), .standard = "None", .min = -1, .max = 1},
    ARGS_AUGMENT(HOW),
    {0},
};
#undef HOW
#undef AT

static const char *explain(Arena *a, const Layer *l) {
    const RandomZoom *z = l->args;
    const char *height = augment_text(a, z->height, 100, " %");
    if (isnan(z->width[0])) return arena_printf(a, "shows %s more of images, in training", height);
    return arena_printf(a, "shows %s more of the height and %s of the width, in training", height,
                        augment_text(a, z->width, 100, " %"));
}

// x' = middle + zoom (x - middle)
static void about_middle(Arena *a, int k, const double factor[2], int64_t count, Expr **by,
                         Expr **alone) {
    double zoom[2] = {1 + factor[0], 1 + factor[1]};
    *by = augment_between(a, k, zoom);
    *alone = expr_op2(a, E_MUL, expr_const(a, (double)(count - 1) / 2),
                      expr_op2(a, E_SUB, expr_const(a, 1), *by));
}

static int build(Step *s, const Layer *l, const int *x) {
    const RandomZoom *z = l->args;
    if (s->mode != STEP_TRAIN) return x[0];
    bool one = isnan(z->width[0]);
    int u = step_uniform(s, one ? 1 : 2, z->how.seed, false);
    Expr *zero = expr_const(s->arena, 0), *map[WARP_EXPRS] = {zero, zero, zero, zero, zero, zero};
    const double *width = one ? z->height : z->width;
    about_middle(s->arena, one ? 1 : 2, width, l->in[0].dim[1], &map[0], &map[2]);
    about_middle(s->arena, 1, z->height, l->in[0].dim[0], &map[4], &map[5]);
    return augment_view(s, x[0], &u, 1, map, &z->how);
}

const LayerClass layer_random_zoom = {
    .name = "RandomZoom",
    .stem = "random_zoom",
    .size = sizeof(RandomZoom),
    .args = args,
    .space = 2,
    .shape = augment_shape,
    .explain = explain,
    .build = build,
};
