// SPDX-License-Identifier: MIT
// Writing results: beside the target and renamed, so that a failure leaves nothing behind.
#ifndef CNNC_OUTPUT_H
#define CNNC_OUTPUT_H
#include <stdbool.h>
#include <stddef.h>

// path "-" is stdout. False with errno set on failure.
bool output_write(const char *path, const char *bytes, size_t length);
#endif
