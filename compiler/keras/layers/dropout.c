// SPDX-License-Identifier: MIT
// Dropout: in training each unit is zeroed with probability `rate` and what stays is scaled by
// 1 / (1 - rate); at inference nothing happens. SpatialDropout draws for each channel, not for each unit.
#include "keras/layers/noise.h"

typedef struct Dropout {
    double rate;
    const Value *noise;
    int64_t seed;
} Dropout;

static const Arg args[] = {
    {"rate", ARG_FLOAT, offsetof(Dropout, rate), .min = 0, .max = 1, .below = true},
    NOISE_ARG(offsetof(Dropout, noise)),
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

static bool shape(Arena *a, Diag *d, Layer *l) {
    Noise noise;
    l->out = l->in[0];
    return noise_read(a, d, l, ((const Dropout *)l->args)->noise, &noise);
}

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
static int drop(Step *s, const Dropout *dropout, int x, const Noise *noise) {
    if (s->mode != STEP_TRAIN || dropout->rate == 0) return x;
    Expr *scale = expr_const(s->arena, 1 / (1 - dropout->rate));
    Expr *kept = expr_op2(s->arena, E_MUL, expr_in(s->arena, 0), scale);
    Expr *none = expr_const(s->arena, 0);
    return noise_choice(s, x, noise, dropout->rate, dropout->seed, kept, none);
}

static int build(Step *s, const Layer *l, const int *x) {
    const Dropout *dropout = l->args;
    Noise noise;
    noise_read(s->arena, NULL, l, dropout->noise, &noise);
    return drop(s, dropout, x[0], &noise);
}

const LayerClass layer_dropout = {
    .name = "Dropout",
    .stem = "dropout",
    .size = sizeof(Dropout),
    .args = args,
    .shape = shape,
    .explain = explain,
    .build = build,
};

static int build_spatial(Step *s, const Layer *l, const int *x) {
    Noise noise = {0};
    for (int k = 0; k < l->in[0].rank - 1; k++) noise.over[k] = true;
    return drop(s, l->args, x[0], &noise);
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
