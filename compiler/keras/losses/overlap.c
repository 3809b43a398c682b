// SPDX-License-Identifier: MIT
// Losses of how far outputs and targets overlap.
#include "keras/losses/overlap.h"

const char *overlap_refuse(Arena *a, const void *args) {
    (void)a;
    const Value *axis = ((const OverlapArgs *)args)->axis;
    if (axis->kind == VALUE_INT && axis->integer == -1) return NULL;
    return "overlaps over other axes than the last, or over the whole batch as without axis, are "
           "not "
           "supported yet: write axis=-1";
}
