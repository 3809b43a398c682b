// SPDX-License-Identifier: MIT
//   L = (1 - p^q) / q,  p the output of the class that is right;  dp = -p^(q - 1)
#include "keras/losses/loss.h"
#include "keras/rows.h"

typedef struct GeneralizedArgs {
    LossArgs loss;
    double q;
} GeneralizedArgs;

static const Arg args[] = {
    {"q", ARG_FLOAT, offsetof(GeneralizedArgs, q), .standard = "0.5", .min = 1e-300, .max = 1,
     .below = true},
    LOSS_ARGS_END("categorical_generalized_cross_entropy"),
};

static void math(RowMath *m) {
    double q = ((const GeneralizedArgs *)m->args)->q;
    Expr *p = SUM(MUL(Y, Z));
    m->value = DIV(SUB(C(1), loss_power(m, p, q)), C(q));
    Expr *slope = ONCE(NEG(DIV(loss_power(m, p, q), p)));
    m->slope = LESS(Y, C(0.5), C(0), slope);
}

const LossClass loss_categorical_generalized_cross_entropy = {
    .object = {"CategoricalGeneralizedCrossEntropy",
               "categorical_generalized_cross_entropy",
               {0},
               args,
               sizeof(GeneralizedArgs),
               NULL},
    .labels = LABELS_CLASS_NUMBER,
    .math = math,
    .neither = true,
};
