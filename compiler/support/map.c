// SPDX-License-Identifier: MIT
// Open addressing; the table doubles when half full. Keys also stand in a list, in their order.
#include "support/map.h"
#include <stdint.h>
#include <string.h>

struct Map {
    Arena *arena;
    int n, size; // size is a power of two
    int *index; // 0: free, else 1 + place in the lists
    int nkey, nvalue; // both n
    const char **key;
    void ***value;
};

Map *map_new(Arena *a) {
    Map *m = ARENA_NEW(a, Map);
    m->arena = a;
    m->size = 64;
    m->index = ARENA_ARRAY(a, int, m->size);
    return m;
}

static uint32_t hash(const char *key) { // FNV-1a
    uint32_t h = 2166136261u;
    for (; *key; key++) h = (h ^ (unsigned char)*key) * 16777619u;
    return h ^ h >> 15;
}

static int *find(const Map *m, const char *key) {
    uint32_t mask = (uint32_t)m->size - 1, at = hash(key) & mask;
    while (m->index[at] && strcmp(m->key[m->index[at] - 1], key) != 0) at = (at + 1) & mask;
    return &m->index[at];
}

static void widen(Map *m) {
    m->size *= 2;
    m->index = ARENA_ARRAY(m->arena, int, m->size);
    for (int i = 0; i < m->n; i++) *find(m, m->key[i]) = i + 1;
}

void *map_get(const Map *m, const char *key) {
    int at = *find(m, key);
    return at ? *m->value[at - 1] : NULL;
}

void **map_slot(Map *m, const char *key) {
    int *at = find(m, key);
    if (*at) return m->value[*at - 1];
    void **slot = ARENA_NEW(m->arena, void *);
    ARENA_PUSH(m->arena, m->key, m->nkey, key);
    ARENA_PUSH(m->arena, m->value, m->nvalue, slot);
    *at = ++m->n;
    if (2 * m->n > m->size) widen(m);
    return slot;
}

const char *const *map_keys(const Map *m, int *n) {
    *n = m->n;
    return m->key;
}
