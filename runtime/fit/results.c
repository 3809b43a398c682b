// SPDX-License-Identifier: 0BSD
// What metrics make of their sums, as Keras: 0 where there is nothing to divide by.
#include "fit/results.h"
#include "engine/elementary.h"
#include <stdbool.h>

static const double epsilon = 1e-7; // Keras's

static double over(double a, double b) {
    return b == 0 ? 0 : a / b;
}

static double larger(double a, double b) {
    return a > b ? a : b;
}

double cnn_result_mean(const double *sum, int64_t nsum, double samples, const double *setting,
                       int64_t figure) {
    (void)nsum, (void)setting, (void)figure;
    return over(sum[0], samples);
}

double cnn_result_root(const double *sum, int64_t nsum, double samples, const double *setting,
                       int64_t figure) {
    (void)nsum, (void)setting, (void)figure;
    return cnn_sqrt(over(sum[0], samples));
}

// ---- counts by how many thresholds are passed

static double counted(const double *sum, int64_t n, double first, bool below) {
    double total = 0;
    for (int64_t i = 0; i < n; i++)
        if (((double)i < first) == below) total += sum[i];
    return total;
}

double cnn_result_count(const double *sum, int64_t nsum, double samples, const double *setting,
                        int64_t figure) {
    (void)samples;
    return counted(sum, nsum, setting[COUNT_FIRST + figure], setting[COUNT_BELOW] != 0);
}

double cnn_result_share(const double *sum, int64_t nsum, double samples, const double *setting,
                        int64_t figure) {
    (void)samples;
    int64_t n = nsum / 2;
    double first = setting[COUNT_FIRST + figure], a = counted(sum, n, first, false);
    return over(a, a + counted(sum + n, n, first, setting[COUNT_BELOW] != 0));
}

// ---- F: (1 + beta^2) p r / (beta^2 p + r), p = right / taken, r = right / there

static double f_score(double right, double taken, double there, double beta) {
    double p = right / (taken + epsilon), r = right / (there + epsilon), square = beta * beta;
    return p * r / (square * p + r + epsilon) * (1 + square);
}

double cnn_result_f_score(const double *sum, int64_t nsum, double samples, const double *setting,
                          int64_t figure) {
    (void)samples;
    int64_t n = nsum / 3;
    const double *right = sum, *wrong = sum + n, *missed = wrong + n;
    double beta = setting[F_BETA], all[3] = {0}, mean = 0, weighted = 0;
    int64_t k = figure;
    if (setting[F_AVERAGE] == F_EACH)
        return f_score(right[k], right[k] + wrong[k], right[k] + missed[k], beta);
    for (int64_t i = 0; i < n; i++) {
        double taken = right[i] + wrong[i], there = right[i] + missed[i];
        double score = f_score(right[i], taken, there, beta);
        mean += score / (double)n;
        weighted += score * there;
        all[0] += right[i], all[1] += taken, all[2] += there;
    }
    if (setting[F_AVERAGE] == F_MICRO) return f_score(all[0], all[1], all[2], beta);
    return setting[F_AVERAGE] == F_MACRO ? mean : weighted / (all[2] + epsilon);
}

// ---- R2: 1 - sum (y - z)^2 / sum (y - mean y)^2 of each output, and a mean of them

double cnn_result_r2(const double *sum, int64_t nsum, double samples, const double *setting,
                     int64_t figure) {
    int64_t n = nsum / 3;
    const double *y = sum, *square = sum + n, *off = square + n;
    double plain = 0, by_variance = 0, variance = 0, each = 0;
    for (int64_t i = 0; i < n; i++) {
        double all = square[i] - y[i] * (y[i] / samples), score = 1 - off[i] / all;
        if (__builtin_isinf(score)) score = 0;
        plain += score / (double)n;
        by_variance += all * score;
        variance += all;
        if (i == figure) each = score;
    }
    double how = setting[R2_AGGREGATION], p = setting[R2_REGRESSORS], count = samples * (double)n;
    double score = how == R2_EACH ? each : how == R2_UNIFORM ? plain : by_variance / variance;
    if (p == 0 || p >= count - 1) return score; // adjusted it would be of too few
    return 1 - (1 - score) * (count - 1) / (count - p - 1);
}

// ---- AUC: the area below a curve whose points are the thresholds, from the lowest to the highest

typedef struct
    Counts { // at a threshold: of positives and of the others, those above it and those below
    double tp, fp, tn, fn;
} Counts;

// Area under PR between two thresholds, where true positives grow as all that are taken do.
static double pr_area(Counts a, Counts b) {
    double dtp = a.tp - b.tp, p = a.tp + a.fp, q = b.tp + b.fp;
    double slope = over(dtp, larger(p - q, 0)), intercept = b.tp - slope * q;
    double ratio = p > 0 && q > 0 ? p / q : 1;
    return over(slope * (dtp + intercept * cnn_log(ratio)), larger(b.tp + b.fn, 0));
}

// What precision and recall gain over guesses, as shares of what there is to gain.
static void gains(Counts c, double *recall, double *precision) {
    double scale = over(c.tp + c.fn, c.tn + c.fp);
    *recall = c.tp == 0 ? 0 : larger(1 - scale * over(c.fn, c.tp), 0);
    *precision = c.tp == 0 ? 1 : 1 - scale * over(c.fp, c.tp);
}

static double recall(Counts c) {
    return over(c.tp, c.tp + c.fn);
}

static double precision(Counts c) {
    return over(c.tp, c.tp + c.fp);
}

static double area(Counts a, Counts b, const double *setting) {
    double curve = setting[AUC_CURVE], how = setting[AUC_SUMMATION], x[2], y[2];
    if (curve == AUC_PR && how == AUC_INTERPOLATION) return pr_area(a, b);
    for (int i = 0; i < 2; i++) {
        Counts c = i ? b : a;
        if (curve == AUC_ROC)
            x[i] = over(c.fp, c.fp + c.tn), y[i] = recall(c);
        else if (curve == AUC_PR)
            x[i] = recall(c), y[i] = precision(c);
        else
            gains(c, &x[i], &y[i]);
    }
    double least = y[0] < y[1] ? y[0] : y[1], most = larger(y[0], y[1]);
    double high = how == AUC_INTERPOLATION ? (y[0] + y[1]) / 2 : how == AUC_MAJORING ? most : least;
    return (x[0] - x[1]) * high;
}

static double label_area(const double *positive, const double *other, int64_t n,
                         const double *setting) {
    Counts now = {0}, last = {0};
    double total = 0;
    int64_t first = setting[AUC_NONE_PASSED] != 0;
    for (int64_t i = 0; i < n; i++) now.fn += positive[i], now.tn += other[i];
    last = now;
    for (int64_t i = n - 1; i >= first; i--) { // all that passed a higher one passed this
        now.tp += positive[i], now.fn -= positive[i];
        now.fp += other[i], now.tn -= other[i];
        if (i < n - 1) total += area(now, last, setting);
        last = now;
    }
    return total;
}

double cnn_result_auc(const double *sum, int64_t nsum, double samples, const double *setting,
                      int64_t figure) {
    (void)samples, (void)figure;
    int64_t labels = (int64_t)setting[AUC_LABELS], n = nsum / 2 / labels;
    double total = 0, weights = 0;
    for (int64_t i = 0; i < labels; i++) {
        double weight = setting[AUC_WEIGHTS] != 0 ? setting[AUC_SETTINGS + i] : 1;
        total += weight * label_area(sum + i * n, sum + (labels + i) * n, n, setting);
        weights += weight;
    }
    return over(total, weights);
}

// ---- a point of such a curve

static double point(Counts c, double which) {
    if (which == POINT_SPECIFICITY) return over(c.tn, c.tn + c.fp);
    return which == POINT_RECALL ? recall(c) : precision(c);
}

double cnn_result_point(const double *sum, int64_t nsum, double samples, const double *setting,
                        int64_t figure) {
    (void)samples, (void)figure;
    int64_t n = (nsum - 2) / 2;
    const double *positive = sum, *other = sum + n;
    Counts c = {.fn = sum[2 * n], .tn = sum[2 * n + 1]};
    double best = 0;
    for (int64_t i = n - 1; i >= 0; i--) {
        c.tp += positive[i], c.fn -= positive[i];
        c.fp += other[i], c.tn -= other[i];
        if (point(c, setting[POINT_GIVEN]) >= setting[POINT_VALUE])
            best = larger(best, point(c, setting[POINT_BEST]));
    }
    return best;
}

// ---- intersection over union, a mean over the classes that are there

double cnn_result_iou(const double *sum, int64_t nsum, double samples, const double *setting,
                      int64_t figure) {
    (void)samples, (void)setting, (void)figure;
    int64_t n = nsum / 3;
    double total = 0, there = 0;
    for (int64_t i = 0; i < n; i++) {
        double all = sum[i] + sum[n + i] + sum[2 * n + i];
        total += all > 0 ? sum[i] / (all + epsilon) : 0;
        there += all > 0;
    }
    return total / (there + epsilon);
}
