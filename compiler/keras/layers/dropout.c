// SPDX-License-Identifier: MIT
// Dropout: in training each unit is zeroed with probability `rate` and what stays is scaled by
// 1 / (1 - rate); at inference nothing happens. SpatialDropout draws for each channel, not for each unit.
#include "keras/layers/layer.h"
#include "step/step.h"

typedef struct Dropout {
    double rate;
    int64_t seed;
} Dropout;

static const Arg args[] = {
    {"rate", ARG_FLOAT, offsetof(Dropout, rate), .min = 0, .max = 1, .below = true},
    ARG_UNSUPPORTED("noise_shape", "None"),
    ARG_OWN_SEED(offsetof(Dropout, seed)),
    {0},
};

static const Arg spatial_1[] = {
    {"rate", ARG_FLOAT, offsetof(Dropout, rate), .min = 0, .max = 1, .below = true},
    ARG_OWN_SEED(offsetof(Dropout, seed)),
    {0},
};
static const Arg spatial_2[] = {
    {"rate", ARG_FLOAT, offsetof(Dropout, rate), .min = 0, .max = 1, .below = true},
    ARG_DATA_FORMAT,
    ARG_OWN_SEED(offsetof(Dropout, seed)),
    {0},
};

static bool spatial_shape(Arena *a, Diag *d, Layer *l) {
    l->out = l->in[0];
    return layer_spatial_input(a, d, l);
}

static const char *explain(Arena *a, const Layer *l) {
    const Dropout *dropout = l->args;
    if (dropout->rate == 0) return "rate 0: nothing is dropped";
    return arena_printf(a, "drops %g %% in training, scales the rest by 1 / (1 - %g) = %g",
                        100 * dropout->rate, dropout->rate, 1 / (1 - dropout->rate));
}

// y = kept ? x / (1 - rate) : 0, and nothing at inference
static int build(Step *s, const Layer *l, const int *x) {
    const Dropout *dropout = l->args;
    if (s->mode != STEP_TRAIN || dropout->rate == 0) return x[0];
    int mask = step_mask(s, x[0], 0, dropout->rate, dropout->seed);
    Expr *scale = expr_const(s->arena, 1 / (1 - dropout->rate));
    Expr *kept = expr_op2(s->arena, E_MUL, expr_in(s->arena, 0), scale);
    int y = step_map(s, x[0], expr_bit(s->arena, 1, kept, expr_const(s->arena, 0)), NULL);
    Node *n = s->node[s->nnode - 1];
    node_reads(n, access_whole(s, mask, 1));
    return y;
}

const LayerClass layer_dropout = {
    .name = "Dropout",
    .stem = "dropout",
    .size = sizeof(Dropout),
    .args = args,
    .shape = layer_same_shape,
    .explain = explain,
    .build = build,
};

// y = x f, f of a channel 1 / (1 - rate) or 0
static int build_spatial(Step *s, const Layer *l, const int *x) {
    const Dropout *dropout = l->args;
    int last = l->in[0].rank - 1;
    if (s->mode != STEP_TRAIN || dropout->rate == 0) return x[0];
    int mask = step_mask(s, x[0], last, dropout->rate, dropout->seed);
    Expr *scale = expr_const(s->arena, 1 / (1 - dropout->rate));
    int factor = step_map(s, mask, expr_bit(s->arena, 0, scale, expr_const(s->arena, 0)), NULL);
    s->tensor[factor].name = arena_printf(s->arena, "%s.factor", l->name);
    Expr *product = expr_op2(s->arena, E_MUL, expr_in(s->arena, 0), expr_in(s->arena, 1));
    int y = step_map(s, x[0], product, NULL);
    Access along = access_none(factor);
    along.coef[0][1 + last] = 1;
    node_reads(s->node[s->nnode - 1], along);
    return y;
}

#define SPATIAL(D_)                                                                                \
    {.name = "SpatialDropout" #D_ "D",                                                             \
     .stem = "spatial_dropout" #D_ "d",                                                            \
     .size = sizeof(Dropout),                                                                      \
     .args = spatial_##D_,                                                                         \
     .space = D_,                                                                                  \
     .shape = spatial_shape,                                                                       \
     .explain = explain,                                                                           \
     .build = build_spatial}

const LayerClass layer_spatial_dropout1d = SPATIAL(1);
const LayerClass layer_spatial_dropout2d = SPATIAL(2);
