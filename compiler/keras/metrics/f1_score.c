// SPDX-License-Identifier: MIT
// F1: 2 p r / (p + r), p the precision and r the recall of a class, or an average of the classes.
#include "keras/metrics/f_score.h"

static const Arg args[] = {F_SCORE_AVERAGE, F_SCORE_ARGS("f1_score")};
static const FScoreArgs start = {.beta = 1};

const MetricClass metric_f1_score = {F_SCORE("F1Score", "f1_score")};
