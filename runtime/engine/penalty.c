// SPDX-License-Identifier: 0BSD
// What regularisers add to the loss: l1 times the sum of |w| and l2 times that of w^2, over the weights
// that have one. Weights are cut in units of so many floats. A unit's sum does not depend on who computes
// it, and they are added in their order, so that the bits do not depend on threads.
#include "engine/core.h"
#include "engine/elementary.h"

enum { UNIT = 4096, LANES = 16 };

int64_t penalty_units_of(const CnnWeight *w) {
    if (w->pairs != 0) return w->dim[w->columns != 0]; // a vector with those before it
    return w->l1 != 0 || w->l2 != 0 ? ceil_div(w->count, UNIT) : 0;
}

int64_t penalty_units(const CnnModel *model) {
    int64_t units = 0;
    for (int64_t i = 0; i < model->nweight; i++) units += penalty_units_of(&model->weight[i]);
    return units;
}

static double sum(const float *w, int64_t n, double l1, double l2) {
    float size[LANES] = {0}, square[LANES] = {0};
    int64_t i = 0;
    double total = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) {
            size[k] += __builtin_fabsf(w[i + k]);
            square[k] += w[i + k] * w[i + k];
        }
    for (int k = 0; k < LANES; k++) total += l1 * size[k] + l2 * square[k];
    for (; i < n; i++) total += l1 * cnn_abs(w[i]) + l2 * w[i] * w[i];
    return total;
}

static double square(double x) {
    return x * x;
}

static double pairs(const CnnWeight *w, const float *value, int64_t i) {
    int64_t n = w->dim[w->columns != 0], k = w->dim[w->columns == 0];
    int64_t step = w->columns ? 1 : k, across = w->columns ? n : 1;
    double sum = 0, own = 0;
    for (int64_t e = 0; e < k; e++) own += square(value[i * step + e * across]);
    for (int64_t j = 0; j < i; j++) {
        double dot = 0, other = 0;
        for (int64_t e = 0; e < k; e++) {
            double u = value[i * step + e * across], v = value[j * step + e * across];
            dot += u * v;
            other += v * v;
        }
        sum += cnn_abs(dot) * cnn_least(1 / cnn_sqrt(other), 1e7);
    }
    return w->pairs * sum * cnn_least(1 / cnn_sqrt(own), 1e7) / ((double)n * (double)(n - 1) / 2);
}

double penalty_unit_of(const CnnWeight *w, const float *value, int64_t unit) {
    if (w->pairs != 0) return pairs(w, value, unit);
    int64_t first = unit * UNIT, left = w->count - first;
    return sum(value + first, left < UNIT ? left : UNIT, w->l1, w->l2);
}

double penalty_unit(const CnnModel *model, const float *params, int64_t unit) {
    const CnnWeight *w = model->weight;
    for (; unit >= penalty_units_of(w); w++) unit -= penalty_units_of(w);
    return penalty_unit_of(w, params + w->param, unit);
}
