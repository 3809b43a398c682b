// SPDX-License-Identifier: MIT
// FNV-1a, 64 bits: a number for what was read, a step a byte.
#ifndef CNNC_HASH_H
#define CNNC_HASH_H
#include <stddef.h>
#include <stdint.h>

static const uint64_t HASH_START = 0xcbf29ce484222325u;

static inline uint64_t hash_step(uint64_t h, unsigned byte) { // or what is no byte, as a mark
    const uint64_t prime = 0x100000001b3u;
    return (h ^ byte) * prime;
}

static inline uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) h = hash_step(h, ((const uint8_t *)bytes)[i]);
    return h;
}
#endif
