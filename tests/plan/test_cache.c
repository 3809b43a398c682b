// SPDX-License-Identifier: MIT
// Caches as plan/cache.c has them beside a plain row of blocks that is searched from its start.
#include "plan/cache.h"
#include "../runtime/check.h"
#include <string.h>

enum { BLOCKS = 60, TOUCHES = 20000 };

typedef struct Plain {
    int n, row[BLOCKS];
} Plain;

// Where the block stands in the row, from 0; n: nowhere. It is the first one then.
static int plain_touch(Plain *p, int block) {
    int at = 0;
    while (at < p->n && p->row[at] != block) at++;
    int place = at;
    if (at == p->n) p->n++;
    memmove(&p->row[1], &p->row[0], (size_t)at * sizeof *p->row);
    p->row[0] = block;
    return place;
}

static void hold(const int64_t blocks[CACHES]) {
    Arena *a = arena_new();
    int64_t bytes[CACHES];
    for (int i = 0; i < CACHES; i++) bytes[i] = blocks[i] * CACHE_BLOCK;
    Cache *c = cache_new(a, BLOCKS, bytes);
    Plain p = {0};
    uint32_t random = 1;
    for (int i = 0; i < TOUCHES; i++) {
        random = random * 1664525u + 1013904223u;
        int most = 1 + i * BLOCKS / TOUCHES; // few at first, in the end all
        int block = (int)((random >> 8) % (uint32_t)most), before = p.n;
        int place = plain_touch(&p, block), expected = 0;
        while (expected < CACHES && (place == before || place >= blocks[expected])) expected++;
        assert_int_equal(cache_touch(c, block), expected);
    }
    arena_free(a);
}

static void like_a_row(void **state) {
    (void)state;
    hold((const int64_t[]){1, 2, 3});
    hold((const int64_t[]){4, 10, 30});
    hold((const int64_t[]){20, 21, 59});
    hold((const int64_t[]){30, 60, 100});
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(like_a_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
