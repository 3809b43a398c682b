// SPDX-License-Identifier: MIT
// Adam's arguments, states, figures and rule, for those that are Adam and something more.
#ifndef CNNC_ADAM_H
#define CNNC_ADAM_H
#include "keras/optimizers/optimizer.h"

typedef struct Adam {
    OptimizerArgs common;
    double beta_1, beta_2, epsilon;
    bool amsgrad;
} Adam;

#define ADAM_BETAS                                                                                 \
    {"beta_1", ARG_FLOAT, offsetof(Adam, beta_1), .standard = "0.9",                               \
     .min = 0, .max = 1,  .below = true},                                                          \
        {"beta_2", ARG_FLOAT, offsetof(Adam, beta_2), .standard = "0.999",                         \
         .min = 0, .max = 1,  .below = true},                                                      \
    {                                                                                              \
        "epsilon", ARG_FLOAT, offsetof(Adam, epsilon), .standard = "1e-07", .min = 0,              \
            .max = INFINITY                                                                        \
    }
#define ADAM_AMSGRAD {"amsgrad", ARG_BOOL, offsetof(Adam, amsgrad), .standard = "False"}

int adam_states(const void *self, const char *name[MAX_STATES]);
int adam_figures(Arena *a, const void *self, CnnFormula formula[MAX_FIGURES]);
void adam_rule(Update *u);
void adam_moments(Update *u); // what states 0 and 1, m and v, become
#endif
