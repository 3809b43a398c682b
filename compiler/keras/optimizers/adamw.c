// SPDX-License-Identifier: MIT
// AdamW: Adam whose weights decay unless told otherwise.
#include "keras/optimizers/adam.h"

static const Arg args[] = {
    OPTIMIZER_RATE("0.001"),
    {"weight_decay", ARG_FLOAT, offsetof(OptimizerArgs, weight_decay), .standard = "0.004",
     .min = 0, .max = INFINITY},
    ADAM_BETAS,
    ADAM_AMSGRAD,
    OPTIMIZER_COMMON("adamw"),
    {0},
};

const OptimizerClass optimizer_adamw = {
    .object = {.name = "AdamW", .args = args, .size = sizeof(Adam)},
    .states = adam_states,
    .figures = adam_figures,
    .rule = adam_rule,
};
