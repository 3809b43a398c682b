// SPDX-License-Identifier: 0BSD
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011):
// ten rounds of two 32 x 32 -> 64 bit products turn a counter of 128 bits, under a key of 64, into
// 128 random bits. No state: any number of any stream can be had by anyone, in any order.
#include "engine/core.h"

enum { ROUNDS = 10 };
static const uint32_t multiplier[2] = {0xD2511F53, 0xCD9E8D57}, weyl[2] = {0x9E3779B9, 0xBB67AE85};

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]}, k[2] = {key[0], key[1]};
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = (uint64_t)multiplier[0] * c[0], p1 = (uint64_t)multiplier[1] * c[2];
        uint32_t c0 = (uint32_t)(p1 >> 32) ^ c[1] ^ k[0], c2 = (uint32_t)(p0 >> 32) ^ c[3] ^ k[1];
        c[0] = c0, c[1] = (uint32_t)p1, c[2] = c2, c[3] = (uint32_t)p0;
        k[0] += weyl[0], k[1] += weyl[1];
    }
    for (int i = 0; i < 4; i++) out[i] = c[i];
}

Stream stream_start(uint32_t seed, uint32_t epoch, uint32_t item, uint32_t stream) {
    return (Stream){.key = {seed, epoch}, .counter = {0, item, 0, stream}, .used = 4};
}

uint32_t stream_next(Stream *stream) {
    if (stream->used == 4) {
        philox4x32(stream->counter, stream->key, stream->word);
        if (++stream->counter[0] == 0) stream->counter[2]++; // 2^34 words on: a fresh word
        stream->used = 0;
    }
    return stream->word[stream->used++];
}
