// SPDX-License-Identifier: MIT
// F scores, by the counts of each class: those that are right, wrong and missed.
#ifndef CNNC_F_SCORE_H
#define CNNC_F_SCORE_H
#include "keras/metrics/metric.h"

typedef struct FScoreArgs {
    MetricArgs metric;
    const Value *average;
    double beta, threshold; // threshold NaN: the largest output is taken
} FScoreArgs;

void f_score_math(RowMath *m);
int64_t f_score_figures(const void *self, int64_t outputs);
int f_score_settings(const void *self, int64_t outputs, double setting[MAX_RESULT_SETTINGS]);
const char *f_score_refuse(Arena *a, const void *self, const Shape *output, bool class_numbers);

#define F_SCORE_AVERAGE {"average", ARG_VALUE, offsetof(FScoreArgs, average), .standard = "None"}
#define F_SCORE_ARGS(name_)                                                                        \
    {"threshold",        ARG_FLOAT_OPT, offsetof(FScoreArgs, threshold),                           \
     .standard = "None", .min = 0,      .max = 1},                                                 \
        METRIC_ARGS(name_), {0}
#define F_SCORE(class_, function_)                                                                 \
    .object = {class_, function_, {0}, args, sizeof(FScoreArgs), &start}, .math = f_score_math,    \
    .better = BETTER_UP, METRIC_RESULT(cnn_result_f_score), .settings = f_score_settings,          \
    .figures = f_score_figures, .refuse = f_score_refuse, .one_row = true
#endif
