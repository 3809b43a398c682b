// SPDX-License-Identifier: MIT
// What a machine's description says of memory.
#include "plan/target.h"

bool target_is_flat(const Target *t) {
    return t->l1 >= t->l3;
}

void target_keep_small(Target *t) {
    t->small = true;
    t->scratch = 0;
}

double target_way(const Target *t, double bytes) {
    if (bytes <= (double)t->l2) return bytes / 4 / t->l2_floats;
    return bytes / (bytes <= (double)t->l3 ? t->l3_bytes : t->memory_bytes);
}
