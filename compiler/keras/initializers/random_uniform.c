// SPDX-License-Identifier: MIT
// RandomUniform: in [minval, maxval).
#include "keras/initializers/initializer.h"

typedef struct RandomUniform {
    InitializerArgs common;
    double min, max;
} RandomUniform;

#define AT(field) offsetof(RandomUniform, field)
static const Arg args[] = {
    {"minval", ARG_FLOAT, AT(min), .standard = "-0.05"},
    {"maxval", ARG_FLOAT, AT(max), .standard = "0.05"},
    INITIALIZER_SEED,
    {0},
};
#undef AT

static Init start(const void *self, const Shape *shape) {
    const RandomUniform *r = self;
    (void)shape; // any
    return (Init){.kind = INIT_UNIFORM, .a = r->min, .b = r->max};
}

const InitializerClass initializer_random_uniform = {
    .object = {.name = "RandomUniform",
               .function = "random_uniform",
               .aliases = {"uniform"},
               .args = args,
               .size = sizeof(RandomUniform)},
    .start = start,
};
