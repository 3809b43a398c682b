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

const char *memory_text(char text[MEMORY_TEXT], int64_t bytes) {
    double x = (double)bytes;
    const char *unit = x >= 1e9 ? "GB" : x >= 1e6 ? "MB" : "kB";
    x /= x >= 1e9 ? 1e9 : x >= 1e6 ? 1e6 : 1e3;
    snprintf(text, MEMORY_TEXT,
             x >= 99.95   ? "%.0f %s"
             : x >= 9.995 ? "%.1f %s"
                          : "%.2f %s",
             x, unit);
    return text;
}

// Large blocks are whole huge pages where the system has them: kernels and shuffled samples walk through
// many more pages of 4 KiB than the TLB holds.
void *memory_raw(int64_t bytes) {
    int64_t align = bytes >= HUGE_PAGE / 2 ? HUGE_PAGE : CNN_ALIGN, rounded;
    if (__builtin_add_overflow(bytes, align, &rounded)) return NULL;
    rounded -= rounded % align; // at least one line, so that no block is NULL
    void *block = aligned_alloc((size_t)align, (size_t)rounded);
#ifdef MADV_HUGEPAGE
    if (block && align == HUGE_PAGE)
        madvise(block, (size_t)rounded, MADV_HUGEPAGE); // a wish: it may fail
#endif
    return block;
}

void *memory_new(int64_t count, int64_t size, const char *what, CnnError *error) {
    int64_t bytes;
    void *block = __builtin_mul_overflow(count, size, &bytes) ? NULL : memory_raw(bytes);
    if (block) return memset(block, 0, (size_t)bytes);
    memory_none(count, size, what, error);
    return NULL;
}

double clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
