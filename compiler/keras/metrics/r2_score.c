// SPDX-License-Identifier: MIT
// R2: 1 - sum (y - z)^2 / sum (y - mean y)^2, of each output over all samples, or a mean of them.
#include "keras/metrics/metric.h"
#include "keras/rows.h"
#include <string.h>

typedef struct R2Args {
    MetricArgs metric;
    const Value *aggregation;
    int64_t num_regressors;
} R2Args;

static const char *const aggregations[] = {
    [R2_UNIFORM] = "uniform_average", [R2_BY_VARIANCE] = "variance_weighted_average"};
enum { AGGREGATIONS = sizeof aggregations / sizeof *aggregations };
static const Arg args[] = {
    {"class_aggregation", ARG_VALUE, offsetof(R2Args, aggregation),
     .standard = "\"uniform_average\""},
    {"num_regressors", ARG_INT, offsetof(R2Args, num_regressors), .standard = "0", .min = 0,
     .max = INFINITY},
    METRIC_ARGS("r2_score"),
    {0},
};

static void math(RowMath *m) {
    Expr *output = ADD(IN(ROW_INDEX), C(1)), *off = SUB(Y, Z);
    row_add_at(m, Y, output, m->outputs);
    row_add_at(m, MUL(Y, Y), output, m->outputs);
    row_add_at(m, MUL(off, off), output, m->outputs);
}

static int aggregation(const R2Args *o) { // -1: it is none
    if (o->aggregation->kind == VALUE_NONE) return R2_EACH;
    for (int i = 0; i < AGGREGATIONS; i++)
        if (o->aggregation->kind == VALUE_STRING &&
            strcmp(o->aggregation->text, aggregations[i]) == 0)
            return i;
    return -1;
}

static int64_t figures(const void *self, int64_t outputs) {
    return aggregation(self) == R2_EACH ? outputs : 1;
}

static int settings(const void *self, int64_t outputs, double setting[MAX_RESULT_SETTINGS]) {
    (void)outputs;
    const R2Args *o = self;
    setting[R2_AGGREGATION] = aggregation(o);
    setting[R2_REGRESSORS] = (double)o->num_regressors;
    return R2_SETTINGS;
}

static const char *refuse(Arena *a, const void *self, const Shape *output, bool class_numbers) {
    (void)a, (void)output, (void)class_numbers;
    return aggregation(self) >= 0 ? NULL
                                  : "class_aggregation must be None, \"uniform_average\" or "
                                    "\"variance_weighted_average\"";
}

static bool is_adjusted(const void *self) {
    return ((const R2Args *)self)->num_regressors != 0;
}

const MetricClass metric_r2_score = {
    .object = {"R2Score", "r2_score", {0}, args, sizeof(R2Args), NULL},
    .math = math,
    .better = BETTER_UP,
    METRIC_RESULT(cnn_result_r2),
    .settings = settings,
    .figures = figures,
    .refuse = refuse,
    .counts_samples = is_adjusted,
    .one_row = true,
};
