// SPDX-License-Identifier: MIT
// The area below a curve of recall by false alarms (ROC) or precision by recall (PR), of num_thresholds points in
// [0, 1]: outputs are counted by the highest threshold that they pass, those with targets of 0 apart.
#include "keras/metrics/metric.h"
#include "keras/rows.h"

typedef struct AucArgs {
    MetricArgs metric;
    int64_t num_thresholds;
    int curve, summation;
    bool from_logits;
} AucArgs;

static const char *const curves[] = {"ROC", "PR", NULL};
static const char *const summations[] = {"interpolation", "majoring", "minoring", NULL};

#define AT(field) offsetof(AucArgs, field)
static const Arg args[] = {
    {"num_thresholds", ARG_INT, AT(num_thresholds), .standard = "200", .min = 2, .max = 10000},
    {"curve", ARG_CHOICE, AT(curve), .standard = "\"ROC\"", .choices = curves},
    {"summation_method", ARG_CHOICE, AT(summation), .standard = "\"interpolation\"",
     .choices = summations},
    METRIC_OWN_NAME,
    ARG_UNSUPPORTED("dtype", "None"),
    ARG_UNSUPPORTED("thresholds", "None"),
    ARG_UNSUPPORTED("multi_label", "False"),
    ARG_UNSUPPORTED("num_labels", "None"),
    ARG_UNSUPPORTED("label_weights", "None"),
    {"from_logits", ARG_BOOL, AT(from_logits), .standard = "False"},
    {0},
};

static void math(RowMath *m) {
    const AucArgs *o = m->args;
    Expr *p = o->from_logits ? DIV(C(1), ADD(C(1), EXP(NEG(Z)))) : Z;
    p = LESS(p, C(0), C(0), LESS(C(1), p, C(1), p));
    Expr *at = MUL(p, C((double)o->num_thresholds - 1)), *positive = metric_positive(m);
    row_add_at(m, positive, at, o->num_thresholds);
    row_add_at(m, SUB(C(1), positive), at, o->num_thresholds);
}

static void settings(const void *self, int64_t outputs, double setting[MAX_RESULT_SETTINGS]) {
    (void)outputs;
    const AucArgs *o = self;
    setting[AUC_CURVE] = o->curve;
    setting[AUC_SUMMATION] = o->summation;
}

const MetricClass metric_auc = {
    .object = {"AUC", "auc", {0}, args, sizeof(AucArgs), NULL},
    .math = math,
    .better = BETTER_UP,
    METRIC_RESULT(cnn_result_auc),
    .nsetting = AUC_SETTINGS,
    .settings = settings,
};
