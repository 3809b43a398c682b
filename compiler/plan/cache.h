// SPDX-License-Identifier: MIT
// Caches, simulated: which of them still has a block of memory, where each keeps what was touched last.
#ifndef CNNC_CACHE_H
#define CNNC_CACHE_H
#include "support/arena.h"
#include "plan/target.h"

enum { CACHES = MEMORY_CACHES, CACHE_BLOCK = 1024 }; // bytes of a block
typedef struct Cache Cache;

// Of so many blocks of memory, and caches of so many bytes, the nearest first; none holds anything yet.
Cache *cache_new(Arena *a, int64_t blocks, const int64_t bytes[CACHES]);
// Touches a block: 0 if the nearest cache had it, ..., CACHES if none had.
int cache_touch(Cache *c, int64_t block);
#endif
