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

int64_t blocks_bytes(const Block *block, size_t n) {
    int64_t total = 0;
    for (size_t i = 0; i < n; i++)
        if (!add_block(&block[i], &total)) return INT64_MAX;
    return total;
}

typedef struct Need {
    const char *what;
    int64_t bytes;
} Need;

enum { NEEDS = 32 };

// What blocks are for, each once, the largest first. Returns how many.
static size_t needs_of(const Block *block, size_t n, Need need[NEEDS]) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;
        while (at < count && strcmp(need[at].what, block[i].what) != 0) at++;
        if (at == NEEDS) continue;
        if (at == count) need[count++] = (Need){block[i].what, 0};
        add_block(&block[i], &need[at].bytes);
        for (; at > 0 && need[at - 1].bytes < need[at].bytes; at--) {
            Need larger = need[at];
            need[at] = need[at - 1];
            need[at - 1] = larger;
        }
    }
    return count;
}

// Says what all blocks need, what most of it is for, and what there is.
static void refuse(const Block *block, size_t n, int64_t total, int64_t room, CnnError *error) {
    char text[512] = "", bytes[MEMORY_TEXT], left[MEMORY_TEXT];
    Need need[NEEDS];
    int64_t said = 0;
    bool known = room < INT64_MAX;
    for (size_t i = 0, count = needs_of(block, n, need); i < count && said < total / 20 * 19; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s %s", i ? ", " : "", need[i].what,
                 memory_text(bytes, need[i].bytes));
        said += need[i].bytes;
    }
    cnn_fail(error, CNN_SYSTEM,
             "out of memory: the network needs %s (%s), %s%s; a smaller --batch-size or fewer "
             "--threads need less",
             memory_text(bytes, total), text,
             known ? memory_text(left, room) : "more than there is", known ? " are free" : "");
}

void *blocks_new(const Block *block, size_t n, CnnError *error) {
    int64_t total = 0;
    for (size_t i = 0; i < n; i++)
        if (!add_block(&block[i], &total)) {
            memory_none(block[i].count, block[i].size, block[i].what, error);
            return NULL;
        }
    int64_t room = memory_room();
    char *memory = total <= room ? memory_raw(total) : NULL, *at = memory;
    if (!memory) refuse(block, n, total, room, error);
    for (size_t i = 0; memory && i < n; i++) {
        int64_t stride = aligned(block[i].count * block[i].size);
        memcpy(block[i].at, &(void *){at}, sizeof(void *));
        if (block[i].stride) *block[i].stride = stride;
        if (!block[i].each) memset(at, 0, (size_t)(stride * block[i].pieces));
        at += stride * block[i].pieces;
    }
    return memory;
}

void blocks_clear(const Block *block, size_t n, int thread) {
    for (size_t i = 0; i < n; i++) {
        int64_t bytes = aligned(block[i].count * block[i].size) * block[i].each;
        char *first;
        memcpy(&first, block[i].at, sizeof first);
        if (bytes) memset(first + thread * bytes, 0, (size_t)bytes);
    }
}

void blocks_free(void *memory) {
    free(memory);
}
