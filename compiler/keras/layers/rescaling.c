// SPDX-License-Identifier: MIT
// Rescaling: y = x scale + offset, one scale and one offset for all channels.
#include "keras/layers/layer.h"
#include "step/step.h"

typedef struct Rescaling {
    double scale, offset;
} Rescaling;

static const Arg args[] = {
    {"scale", ARG_FLOAT, .offset = offsetof(Rescaling, scale)},
    {"offset", ARG_FLOAT, offsetof(Rescaling, offset), .standard = "0.0"},
    {0},
};

static int build(Step *s, const Layer *l, const int *x) {
    const Rescaling *r = l->args;
    Expr *scaled = expr_op2(s->arena, E_MUL, expr_in(s->arena, 0), expr_const(s->arena, r->scale));
    return step_map(s, x[0], expr_op2(s->arena, E_ADD, scaled, expr_const(s->arena, r->offset)),
                    NULL);
}

const LayerClass layer_rescaling = {
    .name = "Rescaling",
    .stem = "rescaling",
    .size = sizeof(Rescaling),
    .args = args,
    .shape = layer_same_shape,
    .build = build,
};
