// SPDX-License-Identifier: MIT
// See cache.h. All blocks that were touched stand in a row, the last one first; the first cache has as many of them
// as it holds, the next one what follows, and so on. What the last cache loses leaves the row.
#include "plan/cache.h"

typedef struct Block {
    int64_t before, after; // it in the row; -1: none
    int level; // the cache that has it
} Block;

struct Cache {
    Block *block;
    int64_t first;
    int64_t last[CACHES]; // blocks of each cache: of those the one touched first, or -1
    int64_t count[CACHES], most[CACHES];
};

Cache *cache_new(Arena *a, int64_t blocks, const int64_t bytes[CACHES]) {
    Cache *c = ARENA_NEW(a, Cache);
    c->block = ARENA_ARRAY(a, Block, blocks);
    for (int64_t i = 0; i < blocks; i++) c->block[i].level = CACHES;
    int64_t held = 0;
    for (int i = 0; i < CACHES; i++) {
        c->most[i] = bytes[i] / CACHE_BLOCK - held;
        if (c->most[i] < 1) c->most[i] = 1;
        held += c->most[i];
        c->last[i] = -1;
    }
    c->first = -1;
    return c;
}

// The last of its cache is gone: the one before it in the row is, if the cache has another one.
static void recede(Cache *c, int level) {
    c->last[level] = --c->count[level] ? c->block[c->last[level]].before : -1;
}

static void take_out(Cache *c, int64_t i) {
    Block *b = &c->block[i];
    if (c->last[b->level] == i)
        recede(c, b->level);
    else
        c->count[b->level]--;
    if (b->before >= 0) c->block[b->before].after = b->after;
    if (b->after >= 0) c->block[b->after].before = b->before;
    if (c->first == i) c->first = b->after;
}

static void put_first(Cache *c, int64_t i) {
    c->block[i] = (Block){-1, c->first, 0};
    if (c->first >= 0) c->block[c->first].before = i;
    c->first = i;
    if (!c->count[0]++) c->last[0] = i;
}

// The last block of a cache that has too many goes to the next one, where it is the first.
static void push_down(Cache *c, int level) {
    int64_t i = c->last[level];
    if (level + 1 == CACHES) {
        take_out(c, i);
    } else {
        recede(c, level);
        if (!c->count[level + 1]++) c->last[level + 1] = i;
    }
    c->block[i].level = level + 1;
}

int cache_touch(Cache *c, int64_t i) {
    int level = c->block[i].level;
    if (level < CACHES) take_out(c, i);
    put_first(c, i);
    for (int k = 0; k < CACHES && c->count[k] > c->most[k]; k++) push_down(c, k);
    return level;
}
