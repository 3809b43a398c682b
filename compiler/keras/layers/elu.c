// SPDX-License-Identifier: MIT
// ELU: x where it is above 0, else alpha (e^x - 1).
#include "keras/layers/layer.h"
#include "step/step.h"

typedef struct ELU {
    double alpha;
} ELU;

static const Arg args[] = {{"alpha", ARG_FLOAT, offsetof(ELU, alpha), .standard = "1.0"}, {0}};

static int build(Step *s, const Layer *l, const int *x) {
    Expr *in = expr_in(s->arena, 0), *alpha = expr_const(s->arena, ((const ELU *)l->args)->alpha);
    Expr *below = expr_op2(s->arena, E_MUL, alpha, expr_op1(s->arena, E_EXPM1, in));
    return step_map(s, x[0], expr_less(s->arena, expr_const(s->arena, 0), in, in, below), NULL);
}

const LayerClass layer_elu = {
    .name = "ELU",
    .stem = "elu",
    .size = sizeof(ELU),
    .args = args,
    .shape = layer_same_shape,
    .build = build,
    .activates = true,
};
