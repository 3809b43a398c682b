// SPDX-License-Identifier: MIT
// Weights apart from the object that reads them: a file, or a block of memory, of a head of 64 bytes and behind it the
// constants that an object else has in itself. Numbers are little-endian, as on every target.
//   0: APART_MARK   8: what stands where, as a number   16: bytes of the whole   24: zeros
#ifndef CNNC_FORMATS_APART_H
#define CNNC_FORMATS_APART_H
#include "support/arena.h"
#include <stdint.h>

#define APART_MARK "cnncWGT1"
enum { APART_IDENTITY = 8, APART_BYTES = 16, APART_KNOWN = 24, APART_HEAD = 64 };

// As P_info() and cnnc inspect say it.
static inline const char *apart_identity_text(Arena *a, uint64_t identity) {
    return arena_printf(a, "%016llx", (unsigned long long)identity);
}
#endif
