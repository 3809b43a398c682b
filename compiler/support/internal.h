// SPDX-License-Identifier: MIT
// A fault of the compiler's own, found by one of its checks: one line, and the process ends with status 3.
// Nothing was written by then that could be taken for a result.
#ifndef CNNC_INTERNAL_H
#define CNNC_INTERNAL_H

_Noreturn void internal_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
