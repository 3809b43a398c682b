// SPDX-License-Identifier: MIT
// The arena: a list of blocks, each at least twice as large as what is asked of it. Under AddressSanitizer what is
// handed out is followed by bytes that nobody may touch, and an array that was moved is gone. In front of it stands how
// many bytes it has.
#include "support/arena.h"
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
enum { APART = 1 }; // units between what is handed out
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
enum { APART = 0 };
#endif

enum { BLOCK_BYTES = 1 << 16, UNIT = alignof(max_align_t) };

typedef struct Block {
    struct Block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
} Block;

struct Arena {
    Block *block;
    size_t bytes; // handed out
};

static size_t ceil_unit(size_t bytes) {
    return (bytes + UNIT - 1) / UNIT * UNIT;
}

static void *must_calloc(size_t bytes) {
    void *p = calloc(1, bytes);
    if (!p) {
        fprintf(stderr, "cnnc: error: out of memory (%zu bytes wanted)\n", bytes);
        exit(3);
    }
    return p;
}

Arena *arena_new(void) {
    return must_calloc(sizeof(Arena));
}

void arena_free(Arena *a) {
    for (Block *b = a->block, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(a);
}

void *arena_alloc(Arena *a, size_t bytes) {
    size_t size = bytes > SIZE_MAX / 4 ? SIZE_MAX / 4 : ceil_unit(bytes) + (1 + APART) * UNIT;
    Block *b = a->block;
    if (!b || b->size - b->used < size) {
        size_t room = size > BLOCK_BYTES / 2 ? size : BLOCK_BYTES;
        Block *fresh = must_calloc(sizeof *fresh + room);
        fresh->size = room;
        ASAN_POISON_MEMORY_REGION(fresh->bytes, room);
        if (b && room != BLOCK_BYTES) { // a block of its own: the current one is still used
            fresh->next = b->next;
            b->next = fresh;
        } else {
            fresh->next = b;
            a->block = fresh;
        }
        b = fresh;
    }
    char *p = b->bytes + b->used;
    b->used += size;
    a->bytes += size;
    ASAN_UNPOISON_MEMORY_REGION(p, UNIT + bytes);
    *(size_t *)(void *)p = bytes;
    return p + UNIT;
}

size_t arena_bytes(const Arena *a) {
    return a->bytes;
}

void *arena_copy(Arena *a, const void *from, size_t bytes) {
    void *p = arena_alloc(a, bytes);
    return bytes ? memcpy(p, from, bytes) : p;
}

char *arena_strndup(Arena *a, const char *s, size_t n) {
    char *p = arena_alloc(a, n + 1);
    if (n) memcpy(p, s, n);
    return p;
}

char *arena_vprintf(Arena *a, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *p = arena_alloc(a, (size_t)(n < 0 ? 0 : n) + 1);
    if (n > 0) vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

char *arena_printf(Arena *a, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}

void *arena_grow(Arena *a, void *array, int n, size_t size) {
    const size_t first = 2; // items
    size_t count = (size_t)n, room = n ? *(size_t *)(void *)((char *)array - UNIT) / size : 0;
    if (count < room) return array;
    void *moved = arena_alloc(a, size * (n ? 2 * count : first));
    if (!n) return moved;
    memcpy(moved, array, size * count);
    ASAN_POISON_MEMORY_REGION(array, size * count);
    return moved;
}
