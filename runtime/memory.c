// SPDX-License-Identifier: 0BSD
// Blocks of memory whose size is checked before it is asked for, and the clock.
#define _DEFAULT_SOURCE // madvise
#include "runtime.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { HUGE_PAGE = 2 << 20 };

void memory_none(int64_t count, int64_t size, const char *what, CnnError *error) {
    cnn_fail(error, CNN_SYSTEM,
             "out of memory: %s needs %lld x %lld bytes; a smaller --batch-size or fewer --threads "
             "need less",
             what, (long long)count, (long long)size);
}

// Large blocks are whole huge pages where the system has them: kernels walk through many more small
// ones than the processor keeps addresses of.
void *memory_new(int64_t count, int64_t size, const char *what, CnnError *error) {
    int64_t bytes = 0, rounded = 0;
    bool fits = !__builtin_mul_overflow(count, size, &bytes);
    int64_t align = fits && bytes >= HUGE_PAGE / 2 ? HUGE_PAGE : CNN_ALIGN;
    fits = fits && !__builtin_add_overflow(bytes, align, &rounded);
    rounded -= rounded % align; // at least one line, so that no block is NULL
    void *block = fits ? aligned_alloc((size_t)align, (size_t)rounded) : NULL;
    if (!block) {
        memory_none(count, size, what, error);
        return NULL;
    }
#ifdef MADV_HUGEPAGE
    if (align == HUGE_PAGE) madvise(block, (size_t)rounded, MADV_HUGEPAGE); // a wish: it may fail
#endif
    return memset(block, 0, (size_t)rounded);
}

double clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
