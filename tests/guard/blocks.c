// SPDX-License-Identifier: MIT
// The memory of an engine for tests, in place of runtime/engine/blocks.c: each piece of each block ends where
// pages begin that nobody may touch, and such pages lie before it. Who writes or reads behind a piece ends
// by SIGSEGV. Between the pages before a piece and its start are up to a page of marked bytes: who writes
// there is found when the memory is freed, and ends by SIGABRT.
#define _DEFAULT_SOURCE // MAP_ANONYMOUS
#include "../../runtime/runtime.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 1 << 16, MARK = 0xa5 }; // as large as any machine's

typedef struct Piece {
    unsigned char *page; // the first that may be touched
    size_t before; // marked bytes
} Piece;

typedef struct Head { // at the start of the mapping, in pages of its own
    size_t bytes, npiece;
    Piece piece[];
} Head;

static int64_t whole(int64_t bytes, int64_t unit) {
    return ceil_div(bytes, unit) * unit;
}

static int64_t stride_of(const Block *b) { // a piece in whole pages, and one more
    return whole(b->count * b->size, PAGE) + PAGE;
}

static void *none(const Block *b, CnnError *error) {
    memory_none(b->count, b->size, b->what, error);
    return NULL;
}

static bool open_piece(Head *head, unsigned char *page, int64_t bytes) {
    int64_t used = whole(bytes, CNN_ALIGN), pages = whole(bytes, PAGE);
    if (pages && mprotect(page, (size_t)pages, PROT_READ | PROT_WRITE) != 0) return false;
    Piece *p = &head->piece[head->npiece++];
    *p = (Piece){page, (size_t)(pages - used)};
    memset(page, MARK, p->before);
    return true;
}

void *blocks_new(const Block *block, size_t n, CnnError *error) {
    int64_t total = PAGE, npiece = 0, limit = INT64_MAX / 4;
    for (size_t i = 0; i < n; i++) {
        int64_t bytes;
        if (__builtin_mul_overflow(block[i].count, block[i].size, &bytes) || bytes > limit ||
            __builtin_mul_overflow(stride_of(&block[i]), block[i].pieces, &bytes) ||
            __builtin_add_overflow(total, bytes, &total) || total > limit)
            return none(&block[i], error);
        npiece += block[i].pieces;
    }
    int64_t own = whole((int64_t)sizeof(Head) + npiece * (int64_t)sizeof(Piece), PAGE);
    Head *head = mmap(NULL, (size_t)(own + total), PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (head == MAP_FAILED || mprotect(head, (size_t)own, PROT_READ | PROT_WRITE) != 0)
        return none(&block[0], error);
    *head = (Head){.bytes = (size_t)(own + total)};
    unsigned char *at = (unsigned char *)head + own + PAGE;
    for (size_t i = 0; i < n; i++) {
        int64_t bytes = block[i].count * block[i].size, stride = stride_of(&block[i]);
        void *first = at + whole(bytes, PAGE) - whole(bytes, CNN_ALIGN);
        memcpy(block[i].at, &first, sizeof first);
        if (block[i].stride) *block[i].stride = stride;
        for (int64_t k = 0; k < block[i].pieces; k++, at += stride)
            if (!open_piece(head, at, bytes)) return none(&block[i], error);
    }
    return head;
}

int64_t blocks_bytes(const Block *block, size_t n) {
    int64_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += block[i].pieces * whole(block[i].count * block[i].size, CNN_ALIGN);
    return total;
}

void blocks_clear(const Block *block, size_t n, int thread) { // pages are zeros
    (void)block, (void)n, (void)thread;
}

void blocks_free(void *memory) {
    Head *head = memory;
    for (size_t i = 0; head && i < head->npiece; i++)
        for (size_t k = 0; k < head->piece[i].before; k++)
            if (head->piece[i].page[k] != MARK) abort();
    if (head) munmap(head, head->bytes);
}
