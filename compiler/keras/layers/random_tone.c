// SPDX-License-Identifier: MIT
// RandomContrast: in training y = (x - mean) f + mean, clipped to the range of values. The mean is that of an
// image's channel, f a random number from 1 - least to 1 + most; of a factor that is one number, from 1 on.
// RandomBrightness: in training y = x + d, clipped likewise, d a random share of the range.
#include "keras/layers/augment.h"

typedef struct Tone {
    double factor[2], range[2];
    int64_t seed;
} Tone;

#define AT(field) offsetof(Tone, field)
#define ARGS_TONE(least_)                                                                          \
    {"factor", ARG_FACTOR, AT(factor), .min = (least_), .max = 1},                                 \
        {"value_range", ARG_RANGE, AT(range), .standard = "(0, 255)"}, ARG_OWN_SEED(AT(seed)),     \
        ARG_DATA_FORMAT, {0}
static const Arg contrast_args[] = {ARGS_TONE(0)};
static const Arg brightness_args[] = {ARGS_TONE(-1)};
#undef AT

static void limits_of_contrast(const Tone *t, double limit[2]) {
    limit[0] = 1 - t->factor[0];
    limit[1] = 1 + t->factor[1];
}

static void limits_of_brightness(const Tone *t, double limit[2]) {
    for (int i = 0; i < 2; i++) limit[i] = t->factor[i] * (t->range[1] - t->range[0]);
}

static const char *explain_contrast(Arena *a, const Layer *l) {
    double limit[2];
    limits_of_contrast(l->args, limit);
    return arena_printf(a, "multiplies differences to the channel's mean by %s, in training",
                        augment_text(a, limit, 1, ""));
}

static const char *explain_brightness(Arena *a, const Layer *l) {
    double limit[2];
    limits_of_brightness(l->args, limit);
    return arena_printf(a, "adds %s, in training", augment_text(a, limit, 1, ""));
}

// y = e clipped, where e reads x and as input 1 a number of the sample
static int tone(Step *s, const Layer *l, int x, const double limit[2], Expr *e) {
    const Tone *t = l->args;
    int u = step_uniform(s, 1, t->seed, false);
    int by = augment_number(s, u, "amount", augment_between(s->arena, 0, limit));
    int y = step_map(s, x, expr_clip(s->arena, e, t->range[0], t->range[1]), NULL);
    node_reads(s->node[s->nnode - 1], access_none(by));
    return y;
}

static int build_contrast(Step *s, const Layer *l, const int *x) {
    static const bool rows_and_columns[MAX_RANK] = {true, true};
    Arena *a = s->arena;
    double limit[2], pixels = (double)(l->in[0].dim[0] * l->in[0].dim[1]);
    if (s->mode != STEP_TRAIN) return x[0];
    limits_of_contrast(l->args, limit);
    const char *name = arena_printf(a, "%s.sum", l->name);
    int sum = step_sum(s, name, x[0], false, rows_and_columns);
    Expr *mean = expr_op2(a, E_MUL, expr_in(a, 2), expr_const(a, 1 / pixels));
    Expr *off = expr_op2(a, E_SUB, expr_in(a, 0), mean);
    Expr *y = expr_op2(a, E_ADD, expr_op2(a, E_MUL, off, expr_in(a, 1)), mean);
    int made = tone(s, l, x[0], limit, y);
    node_reads(s->node[s->nnode - 1], access_kept(s, x[0], sum, rows_and_columns));
    return made;
}

static int build_brightness(Step *s, const Layer *l, const int *x) {
    Arena *a = s->arena;
    double limit[2];
    if (s->mode != STEP_TRAIN) return x[0];
    limits_of_brightness(l->args, limit);
    return tone(s, l, x[0], limit, expr_op2(a, E_ADD, expr_in(a, 0), expr_in(a, 1)));
}

#define TONE(name_, stem_, what_)                                                                  \
    {.name = name_,                                                                                \
     .stem = stem_,                                                                                \
     .size = sizeof(Tone),                                                                         \
     .args = what_##_args,                                                                         \
     .space = 2,                                                                                   \
     .shape = augment_shape,                                                                       \
     .explain = explain_##what_,                                                                   \
     .build = build_##what_}

const LayerClass layer_random_contrast = TONE("RandomContrast", "random_contrast", contrast);
const LayerClass layer_random_brightness =
    TONE("RandomBrightness", "random_brightness", brightness);
