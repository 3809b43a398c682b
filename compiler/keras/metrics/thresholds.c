// SPDX-License-Identifier: MIT
// Metrics that count outputs by how many of several rising thresholds they are above.
#include "keras/metrics/thresholds.h"
#include "keras/rows.h"

Expr *outputs_in_range(RowMath *m, Expr *z) {
    return LESS(z, C(0), C(0), LESS(C(1), z, C(1), z));
}

Expr *above_even(RowMath *m, Expr *p, int64_t n) {
    return MUL(p, C((double)n - 1));
}

Expr *above_own(RowMath *m, Expr *p, const Numbers *thresholds) {
    Expr *above = C(0);
    for (int i = 0; i < thresholds->n; i++)
        above = ADD(above, LESS(C(thresholds->of[i]), p, C(1), C(0)));
    return above;
}

Expr *of_class(RowMath *m, double class_id) {
    return isnan(class_id) ? C(1) : metric_same(m, IN(ROW_INDEX), C(class_id));
}

const char *class_refuse(Arena *a, double class_id, const Shape *output) {
    int64_t outputs = output->dim[output->rank - 1];
    if (isnan(class_id) || (class_id == floor(class_id) && class_id < (double)outputs)) return NULL;
    return arena_printf(a, "there is no class_id %g of %lld outputs", class_id, (long long)outputs);
}
