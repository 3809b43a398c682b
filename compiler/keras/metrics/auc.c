// SPDX-License-Identifier: MIT
// The area below a curve of recall by false alarms (ROC), or of precision by recall (PR), or of what these gain over
// guesses (PRGAIN), through points at thresholds, one below 0 and one above 1 among them: outputs are counted by
// how many thresholds they pass, those with targets of 0 apart. Of several labels it is the mean of their areas, by the
// labels' weights; else these are what each output counts.
#include "keras/metrics/thresholds.h"
#include "keras/rows.h"
#include <stdlib.h>

typedef struct AucArgs {
    MetricArgs metric;
    int64_t num_thresholds, num_labels;
    Numbers thresholds, weights;
    int curve, summation;
    bool multi_label, from_logits;
} AucArgs;

static const char *const curves[] = {"ROC", "PR", "PRGAIN", NULL};
static const char *const summations[] = {"interpolation", "majoring", "minoring", NULL};

#define AT(field) offsetof(AucArgs, field)
static const Arg args[] = {
    {"num_thresholds", ARG_INT, AT(num_thresholds), .standard = "200", .min = 2,
     .max = MOST_THRESHOLDS},
    {"curve", ARG_CHOICE, AT(curve), .standard = "\"ROC\"", .choices = curves},
    {"summation_method", ARG_CHOICE, AT(summation), .standard = "\"interpolation\"",
     .choices = summations},
    METRIC_OWN_NAME,
    METRIC_ARG_DTYPE,
    {"thresholds", ARG_NUMBERS_OPT, AT(thresholds), .standard = "None", .min = 0, .max = 1},
    {"multi_label", ARG_BOOL, AT(multi_label), .standard = "False"},
    {"num_labels", ARG_INT_OPT, AT(num_labels), .standard = "None", .min = 1, .max = INFINITY},
    {"label_weights", ARG_NUMBERS_OPT, AT(weights), .standard = "None", .min = 0, .max = INFINITY},
    {"from_logits", ARG_BOOL, AT(from_logits), .standard = "False"},
    {0},
};

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Those given, with the two that Keras puts around them; n 0: they are evenly from 0 to 1.
static Numbers own_thresholds(const AucArgs *o, double of[MOST_OWN_THRESHOLDS + 2]) {
    int n = o->thresholds.n, even = 1;
    for (int i = 0; i < n; i++) of[1 + i] = o->thresholds.of[i];
    qsort(of + 1, (size_t)n, sizeof *of, rising);
    for (int i = 0; i < n; i++) {
        double there = (i + 1.0) / (n + 1.0);
        even &= fabs(of[1 + i] - there) <= KERAS_EPSILON + 1e-5 * there; // numpy's allclose
    }
    of[0] = -KERAS_EPSILON, of[n + 1] = 1 + KERAS_EPSILON;
    return (Numbers){even ? 0 : n + 2, of};
}

static void count(RowMath *m, bool each, Expr *value, Expr *at, int64_t n) {
    (each ? row_add_each : row_add_at)(m, value, at, n);
}

static Expr *weight_of(RowMath *m, const Numbers *weights) {
    Expr *weight = C(weights->n == 0);
    for (int i = 0; i < weights->n; i++)
        weight = ADD(weight, MUL(metric_same(m, IN(ROW_INDEX), C(i)), C(weights->of[i])));
    return weight;
}

static void math(RowMath *m) {
    const AucArgs *o = m->args;
    double room[MOST_OWN_THRESHOLDS + 2];
    Numbers own = own_thresholds(o, room);
    int64_t n = o->thresholds.n ? o->thresholds.n + 2 : o->num_thresholds;
    Expr *p = o->from_logits ? DIV(C(1), ADD(C(1), EXP(NEG(Z)))) : Z,
         *positive = metric_positive(m);
    Expr *counts = o->multi_label ? C(1) : weight_of(m, &o->weights);
    Expr *at = own.n ? ADD(above_own(m, p, &own), C(1)) : above_even(m, outputs_in_range(m, p), n);
    n += own.n != 0; // there are outputs that pass none
    count(m, o->multi_label, MUL(positive, counts), at, n);
    count(m, o->multi_label, MUL(SUB(C(1), positive), counts), at, n);
}

static int settings(const void *self, int64_t outputs, double setting[MAX_RESULT_SETTINGS]) {
    const AucArgs *o = self;
    double room[MOST_OWN_THRESHOLDS + 2];
    setting[AUC_CURVE] = o->curve;
    setting[AUC_SUMMATION] = o->summation;
    setting[AUC_LABELS] = o->multi_label ? (double)outputs : 1;
    setting[AUC_NONE_PASSED] = own_thresholds(o, room).n != 0;
    int n = o->multi_label ? o->weights.n : 0;
    setting[AUC_WEIGHTS] = n != 0;
    for (int i = 0; i < n; i++) setting[AUC_SETTINGS + i] = o->weights.of[i];
    return AUC_SETTINGS + n;
}

static const char *refuse(Arena *a, const void *self, const Shape *output, bool class_numbers) {
    (void)class_numbers;
    const AucArgs *o = self;
    int64_t outputs = output->dim[output->rank - 1];
    if (o->thresholds.n > MOST_OWN_THRESHOLDS)
        return arena_printf(a, "AUC takes at most %d thresholds", MOST_OWN_THRESHOLDS);
    if (o->multi_label && output->rank > 1)
        return "with multi_label AUC takes a vector for each sample";
    if (o->weights.n > MOST_OWN_THRESHOLDS)
        return arena_printf(a, "AUC takes weights of at most %d labels", MOST_OWN_THRESHOLDS);
    if (o->weights.n && o->weights.n != outputs)
        return arena_printf(a, "label_weights has %d numbers, but there are %lld outputs",
                            o->weights.n, (long long)outputs);
    if (o->num_labels && !o->multi_label) return "num_labels goes with multi_label=True";
    if (!o->num_labels || o->num_labels == outputs) return NULL;
    return arena_printf(a, "num_labels is %lld, but there are %lld outputs",
                        (long long)o->num_labels, (long long)outputs);
}

const MetricClass metric_auc = {
    .object = {"AUC", "auc", {0}, args, sizeof(AucArgs), NULL},
    .math = math,
    .better = BETTER_UP,
    METRIC_RESULT(cnn_result_auc),
    .settings = settings,
    .refuse = refuse,
};
