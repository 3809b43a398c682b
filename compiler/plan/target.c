// SPDX-License-Identifier: MIT
// What a machine's description says of memory.
#include "plan/target.h"
#include "support/text.h"
#include <math.h>
#include <stdlib.h>

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

Memory target_memory(const Target *t) {
    if (t->memory.cache[0]) return t->memory;
    const double read[MEMORY_CACHES] = {4.0 * t->l2_floats, t->l3_bytes, t->memory_bytes};
    Memory m = {.cache = {t->l1, t->l2, t->l3}};
    for (int i = 0; i < MEMORY_CACHES; i++) {
        m.rate[i][MEMORY_READ] = read[i];
        m.rate[i][MEMORY_WRITTEN] = m.rate[i][MEMORY_CHANGED] =
            read[i] / 2; // what is written comes first
    }
    return m;
}

bool memory_parse(const char *text, Memory *m) {
    for (int i = 0; i < MEMORY_CACHES; i++) {
        if (i && *text != ',') return false;
        if (i) text++;
        if (!text_size(&text, &m->cache[i]) || m->cache[i] <= (i ? m->cache[i - 1] : 0))
            return false;
        for (int way = 0; way < MEMORY_WAYS; way++) {
            char *end;
            if (text[0] != ':' || text[1] < '0' || text[1] > '9') return false;
            m->rate[i][way] = strtod(text + 1, &end);
            if (!(m->rate[i][way] > 0) || !isfinite(m->rate[i][way])) return false;
            text = end;
        }
    }
    return !*text;
}
