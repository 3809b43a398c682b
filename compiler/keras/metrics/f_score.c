// SPDX-License-Identifier: MIT
// F scores, by the counts of each class: those that are right, wrong and missed.
#include "keras/metrics/f_score.h"
#include "keras/rows.h"
#include <string.h>

static const char *const averages[] = {
    [F_MICRO] = "micro", [F_MACRO] = "macro", [F_WEIGHTED] = "weighted"};
enum { AVERAGES = sizeof averages / sizeof *averages };

static int average(const FScoreArgs *o) { // -1: it is none
    if (o->average->kind == VALUE_NONE) return F_EACH;
    for (int i = 0; i < AVERAGES; i++)
        if (o->average->kind == VALUE_STRING && strcmp(o->average->text, averages[i]) == 0)
            return i;
    return -1;
}

// The largest output is taken, or all that are; none of them is where it is 0.
static Expr *taken(RowMath *m) {
    double threshold = ((const FScoreArgs *)m->args)->threshold;
    if (!isnan(threshold)) return LESS(C(threshold), Z, C(1), C(0));
    return LESS(Z, MOST(Z), C(0), LESS(C(1e-9), ABS(Z), C(1), C(0)));
}

void f_score_math(RowMath *m) {
    Expr *class = ADD(IN(ROW_INDEX), C(1)), *z = taken(m), *y = Y;
    row_add_at(m, MUL(z, y), class, m->outputs);
    row_add_at(m, MUL(z, SUB(C(1), y)), class, m->outputs);
    row_add_at(m, MUL(SUB(C(1), z), y), class, m->outputs);
}

int64_t f_score_figures(const void *self, int64_t outputs) {
    return average(self) == F_EACH ? outputs : 1;
}

int f_score_settings(const void *self, int64_t outputs, double setting[MAX_RESULT_SETTINGS]) {
    (void)outputs;
    const FScoreArgs *o = self;
    setting[F_AVERAGE] = average(o);
    setting[F_BETA] = o->beta;
    return F_SETTINGS;
}

const char *f_score_refuse(Arena *a, const void *self, const Shape *output, bool class_numbers) {
    (void)a, (void)output, (void)class_numbers;
    return average(self) >= 0 ? NULL : "average must be None, \"micro\", \"macro\" or \"weighted\"";
}
