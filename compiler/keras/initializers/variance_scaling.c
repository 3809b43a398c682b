// SPDX-License-Identifier: MIT
// VarianceScaling, and the six that Keras has names for: a mean of 0 and a variance of scale / n, n the
// values that an element is summed of (fan_in), those that it goes into (fan_out), or their mean. Of a
// weight [.., in, out] these are in and out, times the product of the dimensions before.
#include "keras/initializers/initializer.h"

enum { FAN_IN, FAN_OUT, FAN_AVG };
static const char *const modes[] = {"fan_in", "fan_out", "fan_avg", NULL};
enum { NORMAL, TRUNCATED, UNTRUNCATED, UNIFORM };
static const char *const distributions[] = {"normal", "truncated_normal", "untruncated_normal",
                                            "uniform", NULL};

typedef struct Scaling {
    InitializerArgs common;
    double scale;
    int mode, distribution;
} Scaling;

#define AT(field) offsetof(Scaling, field)
#define AXES ARG_UNSUPPORTED("input_axes", "None"), ARG_UNSUPPORTED("output_axes", "None"), {0}
static const Arg args[] = {
    {"scale", ARG_FLOAT, AT(scale), .standard = "1.0", .min = 1e-30, .max = INFINITY},
    {"mode", ARG_CHOICE, AT(mode), .standard = "\"fan_in\"", .choices = modes},
    {"distribution", ARG_CHOICE, AT(distribution), .standard = "\"truncated_normal\"",
     .choices = distributions},
    INITIALIZER_SEED,
    AXES,
};
static const Arg seed_args[] = {INITIALIZER_SEED, AXES};
#undef AT

static double fan(const Shape *shape, int mode) {
    int rank = shape->rank;
    double field = 1, in = (double)shape->dim[rank < 2 ? 0 : rank - 2];
    double out = (double)shape->dim[rank - 1];
    for (int d = 0; d < rank - 2; d++) field *= (double)shape->dim[d];
    return fmax(1, field * (mode == FAN_IN ? in : mode == FAN_OUT ? out : (in + out) / 2));
}

// A truncated normal is widened so that what is left has the deviation asked for: 0.8796 is that of a
// standard normal cut at two deviations.
static Init start(const void *self, const Shape *shape) {
    const Scaling *s = self;
    double variance = s->scale / fan(shape, s->mode), limit = sqrt(3 * variance);
    if (s->distribution == UNIFORM) return (Init){.kind = INIT_UNIFORM, .a = -limit, .b = limit};
    if (s->distribution == UNTRUNCATED) return (Init){.kind = INIT_NORMAL, .b = sqrt(variance)};
    return (Init){.kind = INIT_TRUNCATED_NORMAL, .b = sqrt(variance) / .87962566103423978};
}

const InitializerClass initializer_variance_scaling = {
    .object = {.name = "VarianceScaling",
               .function = "variance_scaling",
               .args = args,
               .size = sizeof(Scaling)},
    .start = start,
};

#define NAMED(name_, function_, scale_, mode_, distribution_)                                      \
    {                                                                                              \
        .object = {.name = name_,                                                                  \
                   .function = function_,                                                          \
                   .args = seed_args,                                                              \
                   .size = sizeof(Scaling),                                                        \
                   .base = &(const Scaling){{-1}, scale_, mode_, distribution_}},                  \
        .start = start,                                                                            \
    }
#define NAMED_PAIR(class_, function_, scale_, mode_)                                               \
    const InitializerClass initializer_##function_##_uniform =                                     \
        NAMED(class_ "Uniform", #function_ "_uniform", scale_, mode_, UNIFORM);                    \
    const InitializerClass initializer_##function_##_normal =                                      \
        NAMED(class_ "Normal", #function_ "_normal", scale_, mode_, TRUNCATED)
NAMED_PAIR("Glorot", glorot, 1, FAN_AVG);
NAMED_PAIR("He", he, 2, FAN_IN);
NAMED_PAIR("Lecun", lecun, 1, FAN_IN);
