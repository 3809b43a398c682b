// SPDX-License-Identifier: MIT
// Zeros, Ones and Constant: every element is one number.
#include "keras/initializers/initializer.h"

typedef struct Constant {
    InitializerArgs common;
    double value;
} Constant;

static const Arg no_args[] = {{0}};
static const Arg args[] = {
    {"value", ARG_FLOAT, offsetof(Constant, value), .standard = "0.0"},
    {0},
};

static Init start(const void *self, const Shape *shape) {
    (void)shape; // any
    return (Init){.kind = INIT_CONSTANT, .a = ((const Constant *)self)->value};
}

#define CONSTANT(name_, function_, alias_, args_, value_)                                          \
    {                                                                                              \
        .object = {.name = name_,                                                                  \
                   .function = function_,                                                          \
                   .aliases = {alias_},                                                            \
                   .args = args_,                                                                  \
                   .size = sizeof(Constant),                                                       \
                   .base = &(const Constant){{-1}, value_}},                                       \
        .start = start,                                                                            \
    }
const InitializerClass initializer_zeros = CONSTANT("Zeros", "zeros", "zero", no_args, 0);
const InitializerClass initializer_ones = CONSTANT("Ones", "ones", "one", no_args, 1);
const InitializerClass initializer_constant = CONSTANT("Constant", "constant", NULL, args, 0);
