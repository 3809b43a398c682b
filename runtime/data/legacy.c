// SPDX-License-Identifier: 0BSD
// The generator MT19937 (M. Matsumoto, T. Nishimura), seeded by one number, and a shuffle from the last item down,
// each swapped with one of those up to it, whose number is drawn by taking as many bits as it has until it is small
// enough.
#include "data/legacy.h"
#include <stdlib.h>

enum { STATE = LEGACY_STATE, MIDDLE = 397 };

void legacy_seed(Legacy *g, uint32_t value) {
    for (uint32_t i = 0; i < STATE; i++) {
        g->word[i] = value;
        value = 1812433253u * (value ^ value >> 30) + i + 1;
    }
    g->at = STATE;
}

static void refill(Legacy *g) {
    for (int i = 0; i < STATE; i++) {
        uint32_t y = (g->word[i] & 0x80000000u) | (g->word[(i + 1) % STATE] & 0x7fffffffu);
        g->word[i] = g->word[(i + MIDDLE) % STATE] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    g->at = 0;
}

static uint32_t draw(Legacy *g) {
    if (g->at == STATE) refill(g);
    uint32_t y = g->word[g->at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

// A number from 0 to `most`, which is below 2^32.
static uint32_t draw_below(Legacy *g, uint32_t most) {
    uint32_t mask = most, value;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    do value = draw(g) & mask;
    while (value > most);
    return value;
}

void legacy_shuffle(Legacy *g, int64_t *order, int64_t n) {
    for (int64_t i = n - 1; i > 0; i--) {
        uint32_t k = draw_below(g, (uint32_t)i);
        if (!order) continue;
        int64_t other = order[k];
        order[k] = order[i];
        order[i] = other;
    }
}

int64_t *legacy_permutation(uint32_t start, const double *before, int64_t nbefore, int64_t n) {
    Legacy g;
    int64_t *order = malloc((size_t)(n > 0 ? n : 1) * sizeof *order);
    if (!order) return NULL;
    legacy_seed(&g, start);
    for (int64_t i = 0; i < nbefore; i++) legacy_shuffle(&g, NULL, (int64_t)before[i]);
    for (int64_t i = 0; i < n; i++) order[i] = i;
    legacy_shuffle(&g, order, n);
    return order;
}
