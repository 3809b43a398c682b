// SPDX-License-Identifier: MIT
// The list of initialisers, and what they are asked.
#include "keras/initializers/initializer.h"

#define INITIALIZER(x) extern const InitializerClass initializer_##x;
#include "keras/initializers/initializers.def"
#undef INITIALIZER

const InitializerClass *const initializer_classes[] = {
#define INITIALIZER(x) &initializer_##x,
#include "keras/initializers/initializers.def"
#undef INITIALIZER
    NULL};

bool initializer_start(Diag *d, const Initializer *init, const char *what, const Shape *shape,
                       Init *start) {
    const InitializerClass *cls = init->cls;
    bool fits = shape->rank >= cls->min_rank && (!cls->max_rank || shape->rank <= cls->max_rank);
    if (!fits) {
        diag_error(d, init->loc, 311, "%s makes matrices of %s%d dimensions, not %s, which has %d",
                   cls->object.name, cls->max_rank ? "" : "at least ", cls->min_rank, what,
                   shape->rank);
        return false;
    }
    *start = cls->start(init->args, shape);
    start->seed = ((const InitializerArgs *)init->args)->seed;
    return true;
}
