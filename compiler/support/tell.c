// SPDX-License-Identifier: MIT
// See tell.h.
#include "support/tell.h"
#include "support/text.h"
#include <errno.h>
#include <stdio.h>

void tell(const char *fmt, ...) {
    int kept = errno;
    Arena *a = arena_new();
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "cnnc: %s\n", text_line(a, arena_vprintf(a, fmt, ap)));
    va_end(ap);
    arena_free(a);
    errno = kept;
}
