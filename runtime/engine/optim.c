// SPDX-License-Identifier: 0BSD
// The numbers that change from step to step: what the optimiser needs of them is in the model, as formulas.
#include "runtime.h"
#include "engine/formula.h"
#include "engine/elementary.h"

double optim_rate(const CnnModel *model, int64_t step) {
    return formula_value(&model->figure[0], 0, (double)(step - 1));
}

void optim_scalars(const CnnModel *model, int64_t step, double rate, int64_t n,
                   float scalar[CNN_SCALARS]) {
    if (cnn_is_nan(rate)) rate = optim_rate(model, step);
    scalar[CNN_INV_N] = (float)(1.0 / (double)n);
    scalar[CNN_LR] = (float)rate;
    for (int64_t i = 1; i < model->nfigure; i++)
        scalar[CNN_LR + i] = (float)formula_value(&model->figure[i], rate, (double)(step - 1));
}

double engine_rate(const Engine *e) {
    return (double)(float)(cnn_is_nan(e->rate) ? optim_rate(e->model, e->iterations + 1) : e->rate);
}

void engine_set_rate(Engine *e, double rate) {
    e->rate = (double)(float)rate;
}
