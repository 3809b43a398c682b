// SPDX-License-Identifier: MIT
// Sizes that come from a model, held to the arrays they go into. They are checked in every build: what
// is too much ends the process with status 3 and names the limit, as do all faults of the compiler's own.
#ifndef CNNC_LIMIT_H
#define CNNC_LIMIT_H
#include <stdint.h>

// Index n of an array of LIMIT elements; `what` it holds is for the error. Evaluates n once.
#define ROOM(n, LIMIT, what) limit_index((n), (LIMIT), #LIMIT, (what))
// n itself, which may be as large as LIMIT.
#define WITHIN(n, LIMIT, what) (limit_index((n) - 1, (LIMIT), #LIMIT, (what)) + 1)

int limit_index(int64_t n, int most, const char *limit, const char *what);
// Prints `cnnc: internal error: ...` to stderr and ends the process with status 3.
_Noreturn void internal_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#endif
