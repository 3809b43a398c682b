// SPDX-License-Identifier: 0BSD
// The numbers that change from step to step. Adam as Keras writes it: the bias corrections go into
// the rate, lr_t = lr sqrt(1 - b2^t) / (1 - b1^t), computed in double, and the emitted update is
// w -= lr_t m / (sqrt(v) + epsilon).
#include "runtime.h"
#include <math.h>

void optim_scalars(const CnnModel *model, int64_t step, int64_t n, float scalar[CNN_SCALARS]) {
    double lr = model->learning_rate, t = (double)step;
    scalar[CNN_INV_N] = (float)(1.0 / (double)n);
    scalar[CNN_LR] = (float)lr;
    scalar[CNN_LR_T] = scalar[CNN_LR];
    if (model->optimizer == CNN_OPTIMIZER_ADAM)
        scalar[CNN_LR_T] =
            (float)(lr * sqrt(1 - pow(model->beta_2, t)) / (1 - pow(model->beta_1, t)));
}
