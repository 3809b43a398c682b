// SPDX-License-Identifier: MIT
// RandomNormal, and TruncatedNormal, which draws again what is more than two deviations from the mean.
#include "keras/initializers/initializer.h"

typedef struct RandomNormal {
    InitializerArgs common;
    double mean, stddev;
} RandomNormal;

#define AT(field) offsetof(RandomNormal, field)
static const Arg args[] = {
    {"mean", ARG_FLOAT, AT(mean), .standard = "0.0"},
    {"stddev", ARG_FLOAT, AT(stddev), .standard = "0.05", .min = 0, .max = INFINITY},
    INITIALIZER_SEED,
    {0},
};
#undef AT

static Init of_kind(InitKind kind, const RandomNormal *r) {
    return (Init){.kind = kind, .a = r->mean, .b = r->stddev};
}

static Init start(const void *self, const Shape *shape) {
    (void)shape; // any
    return of_kind(INIT_NORMAL, self);
}

static Init start_truncated(const void *self, const Shape *shape) {
    (void)shape; // any
    return of_kind(INIT_TRUNCATED_NORMAL, self);
}

const InitializerClass initializer_random_normal = {
    .object = {.name = "RandomNormal",
               .function = "random_normal",
               .aliases = {"normal"},
               .args = args,
               .size = sizeof(RandomNormal)},
    .start = start,
};

const InitializerClass initializer_truncated_normal = {
    .object = {.name = "TruncatedNormal",
               .function = "truncated_normal",
               .args = args,
               .size = sizeof(RandomNormal)},
    .start = start_truncated,
};
