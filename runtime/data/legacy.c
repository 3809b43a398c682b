// SPDX-License-Identifier: 0BSD
// The generator MT19937 (M. Matsumoto, T. Nishimura), seeded by one number, and what is drawn by it:
//   integers  from 0 to m, by taking as many bits as m has until they are small enough
//   uniform   of 27 and 26 bits, k / 2^53
//   normal    two at a time by the polar method (G. Marsaglia, T. A. Bray, 1964): of a point (u, v) within the circle,
//             r = u^2 + v^2, they are v and u times sqrt(-2 log r / r)
//   shuffle   from the last item down, each swapped with one of those up to it
#include "data/legacy.h"
#include <math.h>
#include <stdlib.h>

enum { STATE = LEGACY_STATE, MIDDLE = 397 };

void legacy_seed(Legacy *g, uint32_t value) {
    for (uint32_t i = 0; i < STATE; i++) {
        g->word[i] = value;
        value = 1812433253u * (value ^ value >> 30) + i + 1;
    }
    g->at = STATE;
    g->has_normal = false;
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

uint32_t legacy_below(Legacy *g, uint32_t most) {
    uint32_t mask = most, value;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    if (most == 0) return 0;
    do value = draw(g) & mask;
    while (value > most);
    return value;
}

void legacy_shuffle(Legacy *g, int64_t *order, int64_t n) {
    for (int64_t i = n - 1; i > 0; i--) {
        uint32_t k = legacy_below(g, (uint32_t)i);
        if (!order) continue;
        int64_t other = order[k];
        order[k] = order[i];
        order[i] = other;
    }
}

double legacy_uniform(Legacy *g) {
    uint32_t high = draw(g) >> 5, low = draw(g) >> 6;
    return (high * 0x1p26 + low) / 0x1p53;
}

// A point within the circle but its middle. Returns u^2 + v^2.
static double draw_point(Legacy *g, double *u, double *v) {
    double square;
    do {
        *u = 2 * legacy_uniform(g) - 1;
        *v = 2 * legacy_uniform(g) - 1;
        square = *u * *u + *v * *v;
    } while (square >= 1 || square == 0);
    return square;
}

double legacy_normal(Legacy *g) {
    double u, v;
    g->has_normal = !g->has_normal;
    if (!g->has_normal) return g->normal;
    double square = draw_point(g, &u, &v), scale = sqrt(-2 * log(square) / square);
    g->normal = scale * u;
    return scale * v;
}

static void skip_normals(Legacy *g, int64_t n) {
    double u, v;
    if (n > 0 && g->has_normal) legacy_normal(g), n--;
    for (; n > 1; n -= 2) draw_point(g, &u, &v);
    if (n > 0) legacy_normal(g);
}

void legacy_skip(Legacy *g, RandomKind kind, int64_t n, uint32_t most) {
    if (kind == RANDOM_ORDER) legacy_shuffle(g, NULL, n);
    if (kind == RANDOM_NORMAL) skip_normals(g, n);
    for (int64_t i = 0; i < n && kind == RANDOM_UNIFORM; i++) legacy_uniform(g);
    for (int64_t i = 0; i < n && kind == RANDOM_BELOW; i++) legacy_below(g, most);
}

void legacy_start(Legacy *g, const double *state) {
    const double *drawn = state + STATE_DRAWN;
    legacy_seed(g, (uint32_t)state[STATE_SEED]);
    for (int64_t i = 0; i < (int64_t)state[STATE_DRAWS]; i++, drawn += DRAWN_NUMBERS)
        legacy_skip(g, (RandomKind)drawn[DRAWN_KIND], (int64_t)drawn[DRAWN_COUNT],
                    (uint32_t)drawn[DRAWN_MOST]);
}

int64_t *legacy_permutation(const double *state, int64_t n) {
    Legacy g;
    int64_t *order = malloc((size_t)(n > 0 ? n : 1) * sizeof *order);
    if (!order) return NULL;
    legacy_start(&g, state);
    for (int64_t i = 0; i < n; i++) order[i] = i;
    legacy_shuffle(&g, order, n);
    return order;
}
