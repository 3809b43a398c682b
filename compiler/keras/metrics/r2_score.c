// SPDX-License-Identifier: MIT
// R2: 1 - sum (y - z)^2 / sum (y - mean y)^2, of each output over all samples, and a mean of them.
#include "keras/metrics/metric.h"
#include "keras/rows.h"

typedef struct R2Args {
    MetricArgs metric;
    int aggregation;
    int64_t num_regressors;
} R2Args;

static const char *const aggregations[] = {"uniform_average", "variance_weighted_average", NULL};
static const Arg args[] = {
    {"class_aggregation", ARG_CHOICE, offsetof(R2Args, aggregation),
     .standard = "\"uniform_average\"", .choices = aggregations},
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

static void settings(const void *self, int64_t outputs, double setting[MAX_RESULT_SETTINGS]) {
    (void)outputs;
    const R2Args *o = self;
    setting[R2_BY_VARIANCE] = o->aggregation;
    setting[R2_REGRESSORS] = (double)o->num_regressors;
}

static bool is_adjusted(const void *self) {
    return ((const R2Args *)self)->num_regressors != 0;
}

const MetricClass metric_r2_score = {
    .object = {"R2Score", "r2_score", {0}, args, sizeof(R2Args), NULL},
    .math = math,
    .better = BETTER_UP,
    METRIC_RESULT(cnn_result_r2),
    .nsetting = R2_SETTINGS,
    .settings = settings,
    .counts_samples = is_adjusted,
    .one_row = true,
};
