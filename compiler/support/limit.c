// SPDX-License-Identifier: MIT
#include "support/limit.h"
#include "support/arena.h"
#include "support/tell.h"
#include <stdarg.h>
#include <stdlib.h>

void internal_error(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(arena_new(), fmt, ap);
    tell("internal error: %s; please report it with the model", text);
    va_end(ap);
    exit(3);
}

int limit_index(int64_t n, int most, const char *limit, const char *what) {
    if (n < most) return (int)n;
    internal_error("%lld %s: there is room for %d (%s)", (long long)n + 1, what, most, limit);
}
