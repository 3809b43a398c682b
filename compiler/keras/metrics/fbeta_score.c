// SPDX-License-Identifier: MIT
// F: (1 + beta^2) p r / (beta^2 p + r), p the precision and r the recall of a class, or an average of the classes.
#include "keras/metrics/f_score.h"

static const Arg args[] = {F_SCORE_AVERAGE,
                           {"beta", ARG_FLOAT, offsetof(FScoreArgs, beta), .standard = "1.0",
                            .min = 1e-9, .max = INFINITY},
                           F_SCORE_ARGS("fbeta_score")};
static const FScoreArgs start = {.beta = 1};

const MetricClass metric_fbeta_score = {F_SCORE("FBetaScore", "f_beta_score")};
