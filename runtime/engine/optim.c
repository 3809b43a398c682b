// SPDX-License-Identifier: 0BSD
// The numbers that change from step to step: what the optimiser needs of them is in the model, as formulas.
#include "runtime.h"
#include "engine/formula.h"

double optim_rate(const CnnModel *model, int64_t step) {
    return formula_value(&model->figure[0], 0, (double)(step - 1));
}

void optim_scalars(const CnnModel *model, int64_t step, int64_t n, float scalar[CNN_SCALARS]) {
    double rate = optim_rate(model, step);
    scalar[CNN_INV_N] = (float)(1.0 / (double)n);
    scalar[CNN_LR] = (float)rate;
    for (int64_t i = 1; i < model->nfigure; i++)
        scalar[CNN_LR + i] = (float)formula_value(&model->figure[i], rate, (double)(step - 1));
}
