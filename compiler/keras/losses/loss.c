// SPDX-License-Identifier: MIT
// The table of losses, and what several of them share. Formulas are Keras 3's (TensorFlow backend); the
// clips' slopes are 0 outside.
#include "keras/losses/loss.h"
#include "keras/rows.h"
#include "../runtime/abi.h"

const LossClass *const loss_classes[] = {
#define LOSS(x) &loss_##x,
#include "keras/losses/losses.def"
#undef LOSS
    NULL,
};

const char *const loss_reductions[] = {[LOSS_SUM_OVER_BATCH_SIZE] = "sum_over_batch_size",
                                       [LOSS_MEAN] = "mean",
                                       [LOSS_SUM] = "sum",
                                       [LOSS_MEAN_WITH_SAMPLE_WEIGHT] = "mean_with_sample_weight",
                                       NULL};

const char *const loss_dtypes[] = {"float32", NULL};

int loss_reduction(const Model *m) {
    int how = m->loss.cls ? ((const LossArgs *)m->loss.args)->reduction : LOSS_MEAN;
    if (how == LOSS_SUM && !m->loss.nsum) return CNN_LOSS_SUM; // one loss is its own sum
    if (how == LOSS_MEAN_WITH_SAMPLE_WEIGHT && model_counts(m)) return CNN_LOSS_BY_COUNTS;
    return loss_ignored(&m->loss) ? CNN_LOSS_OF_ROWS : CNN_LOSS_MEAN;
}

bool loss_reads_through(const Loss *loss) {
    const LossClass *cls = loss->cls;
    return cls->logits_of && !(cls->as_they_are && cls->as_they_are(loss->args));
}

const double *loss_ignored(const Loss *loss) {
    return loss->cls && loss->cls->ignored ? loss->cls->ignored(loss->args) : NULL;
}

RowMath *loss_math(Arena *a, const Loss *loss, int64_t outputs, LossZ z) {
    RowMath *m = ARENA_NEW(a, RowMath);
    *m = (RowMath){.arena = a, .args = loss->args, .outputs = outputs};
    m->logits = z != Z_OUTPUTS, m->softmax = z == Z_OF_SOFTMAX;
    m->class_number = loss_class_numbers(loss);
    loss->cls->math(m);
    return m;
}

RowMath *loss_sums(Arena *a, const Loss *loss, int64_t outputs, int64_t rows) {
    RowMath *m = loss_math(a, loss, outputs, Z_OUTPUTS);
    row_add_steps(m);
    row_add(m, MUL(IN(ROW_COUNTS), C(1 / (double)rows)));
    m->value = m->slope = NULL;
    return m;
}

CnnFormula loss_formula(Arena *a, const Model *model) {
    const Loss *loss = &model->loss;
    RowMath *m = loss_math(a, loss, 1, Z_OUTPUTS);
    Expr *counts = IN(ROW_SUMS + (int)loss->nsum - 1);
    Expr *value = MUL(row_of_sums(m, m->value), counts);
    return formula_of_sums(a, value, ROW_SUMS, model_sums(model) - loss->nsum);
}

bool loss_of_batches(const Model *m) {
    return loss_reduction(m) != CNN_LOSS_MEAN || m->loss.nsum;
}

bool loss_class_numbers(const Loss *loss) {
    return loss->cls && loss->cls->labels == LABELS_CLASS_NUMBER;
}

Expr *loss_targets(RowMath *m, double to) {
    double s = ((const LossArgs *)m->args)->label_smoothing;
    return s == 0 ? Y : ADD(MUL(Y, C(1 - s)), C(s * to));
}

Expr *loss_clipped(RowMath *m, Expr *x) {
    Expr *low = C(KERAS_EPSILON), *high = C(1 - KERAS_EPSILON);
    x = LESS(x, low, low, x);
    return LESS(high, x, high, x);
}

Expr *loss_inside(RowMath *m, Expr *x, Expr *slope) {
    slope = LESS(C(1 - KERAS_EPSILON), x, C(0), slope);
    return LESS(x, C(KERAS_EPSILON), C(0), slope);
}

Expr *loss_signs(RowMath *m) {
    return LESS(ABS(Y), SMALLEST, C(-1), Y);
}

// z - max is small where z is large: that keeps the digits of log S. Where y is 0 the term
// is 0, also if z - max is infinite.
Expr *loss_entropy_of_logits(RowMath *m, Expr *y) {
    Expr *below = SUB(Z, IN(ROW_MAX));
    return LESS(ABS(y), SMALLEST, C(0), MUL(y, SUB(IN(ROW_LOG_SUM), below)));
}

Expr *loss_power(RowMath *m, Expr *x, double power) {
    Expr *product = C(1);
    for (int n = 0; n <= 4; n++, product = MUL(product, x))
        if (power == n) return product;
    if (power == 0.5) return SQRT(x);
    return EXP(MUL(C(power), LOG(x)));
}
