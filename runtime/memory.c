// SPDX-License-Identifier: 0BSD
// Blocks of memory whose size is checked before it is asked for, and the clock.
#include "runtime.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

void *memory_new(int64_t count, int64_t size, const char *what, CnnError *error) {
    int64_t bytes = 0, rounded = 0;
    bool fits = !__builtin_mul_overflow(count, size, &bytes) &&
                !__builtin_add_overflow(bytes, (int64_t)CNN_ALIGN, &rounded);
    rounded -= rounded % CNN_ALIGN; // at least one line, so that no block is NULL
    void *block = fits ? aligned_alloc(CNN_ALIGN, (size_t)rounded) : NULL;
    if (block) return memset(block, 0, (size_t)rounded);
    cnn_fail(error, CNN_SYSTEM,
             "out of memory: %s needs %lld x %lld bytes; a smaller --batch-size or fewer --threads "
             "need less",
             what, (long long)count, (long long)size);
    return NULL;
}

double clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
