// SPDX-License-Identifier: 0BSD
// The memory of an engine: all blocks in one piece, in the order of their list, each piece of a block at
// a multiple of CNN_ALIGN. tests/guard/blocks.c is the same with pages around them that nobody may touch.
#include "runtime.h"
#include <stdlib.h>
#include <string.h>

static int64_t aligned(int64_t bytes) {
    return ceil_div(bytes, CNN_ALIGN) * CNN_ALIGN;
}

// Adds what a block takes to *total; false where that is more than 64 bits hold.
static bool add_block(const Block *b, int64_t *total) {
    int64_t bytes;
    return !__builtin_mul_overflow(b->count, b->size, &bytes) &&
           bytes <= INT64_MAX - CNN_ALIGN && // rounding up fits
           !__builtin_mul_overflow(aligned(bytes), b->pieces, &bytes) &&
           !__builtin_add_overflow(*total, bytes, total);
}

void *blocks_new(const Block *block, size_t n, CnnError *error) {
    int64_t total = 0;
    for (size_t i = 0; i < n; i++)
        if (!add_block(&block[i], &total)) {
            memory_none(block[i].count, block[i].size, block[i].what, error);
            return NULL;
        }
    char *memory = memory_new(total, 1, "the network", error), *at = memory;
    for (size_t i = 0; memory && i < n; i++) {
        int64_t stride = aligned(block[i].count * block[i].size);
        memcpy(block[i].at, &(void *){at}, sizeof(void *));
        if (block[i].stride) *block[i].stride = stride;
        at += stride * block[i].pieces;
    }
    return memory;
}

void blocks_free(void *memory) {
    free(memory);
}
