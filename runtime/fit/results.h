// SPDX-License-Identifier: 0BSD
// What metrics make of their sums over all samples. The compiler names these functions, and so a program holds
// those it uses; its interpreter calls them too.
#ifndef CNN_RESULTS_H
#define CNN_RESULTS_H
#include "abi.h"

enum { MAX_RESULT_SETTINGS = 256 };
CnnResult cnn_result_mean; // over the samples, or their weights; 0 where there are none
CnnResult cnn_result_root; // of that

enum { COUNT_BELOW, COUNT_FIRST };
// Counts are sums by how many thresholds are passed. Of a figure setting COUNT_FIRST + figure says from how many on they
// count; with COUNT_BELOW those below do instead, of two kinds of counts those of the second.
CnnResult cnn_result_count;
CnnResult cnn_result_share; // a / (a + b); 0 where there are none

enum {
    F_AVERAGE,
    F_BETA,
    F_SETTINGS
}; // sums by class: right, taken for it though not, not taken though it
enum { F_MICRO, F_MACRO, F_WEIGHTED, F_EACH };
CnnResult cnn_result_f_score;

enum { R2_AGGREGATION, R2_REGRESSORS, R2_SETTINGS }; // sums by output: y, y^2, (y - z)^2
enum { R2_UNIFORM, R2_BY_VARIANCE, R2_EACH };
CnnResult cnn_result_r2;

enum {
    AUC_CURVE,
    AUC_SUMMATION,
    AUC_LABELS, // so many areas
    AUC_NONE_PASSED, // the first of a label's sums are what passed no threshold; else the first one
    AUC_WEIGHTS, // of labels there are, behind them
    AUC_SETTINGS
}; // sums by label and threshold passed last: of positives, of the others
enum { AUC_ROC, AUC_PR, AUC_PRGAIN };
enum { AUC_INTERPOLATION, AUC_MAJORING, AUC_MINORING };
CnnResult cnn_result_auc;

enum {
    POINT_GIVEN,
    POINT_BEST,
    POINT_VALUE,
    POINT_SETTINGS
}; // sums of positives and of the others by threshold passed last; and of all of them
enum { POINT_RECALL, POINT_SPECIFICITY, POINT_PRECISION };
CnnResult cnn_result_point;

CnnResult cnn_result_iou; // sums by class: right, taken for it though not, not taken though it
#endif
