// SPDX-License-Identifier: MIT
// Constraints: what a weight becomes after an update. Norms are over some of its dimensions, each by itself.
#include "keras/constraints/constraint.h"
#include "layers.h"
#include <math.h>
#include <string.h>

static double argument(const Weight *of, const char *name) {
    const Constraint *c = &of->args.constraint;
    return args_number(c->cls->object.args, c->args, name);
}

// How long what is so long should be.
static double wanted(const Weight *of, double norm) {
    const char *name = of->args.constraint.cls->object.name;
    if (!strcmp(name, "UnitNorm")) return 1;
    if (!strcmp(name, "MaxNorm")) return fmin(norm, argument(of, "max_value"));
    double rate = argument(of, "rate"); // MinMaxNorm
    double within = fmin(fmax(norm, argument(of, "min_value")), argument(of, "max_value"));
    return rate * within + (1 - rate) * norm;
}

void constrain(Arena *a, const Weight *of, double *w) {
    int64_t count = count_of(&of->shape);
    if (!of->args.constraint.cls) return;
    if (!strcmp(of->args.constraint.cls->object.name, "NonNeg")) {
        for (int64_t i = 0; i < count; i++) w[i] = fmax(w[i], 0);
        return;
    }
    double *square = ARENA_ARRAY(a, double, count);
    for (int64_t i = 0; i < count; i++)
        square[place_without(&of->shape, of->norm_over, i)] += w[i] * w[i];
    for (int64_t i = 0; i < count; i++) {
        double norm = sqrt(square[place_without(&of->shape, of->norm_over, i)]);
        w[i] *= wanted(of, norm) / (1e-7 + norm);
    }
}
