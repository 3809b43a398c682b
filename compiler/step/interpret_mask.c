// SPDX-License-Identifier: MIT
// MASK: elements take so many bits each of the words of Philox4x32-10, the lowest first: 1, 2, 4, 8 or 16,
// the least for which rate 2^bits is whole, else 32. They are kept where the bits are at least
// round(rate 2^bits). Numbers in (-1, 1) take a word each, of which the high 24 bits count. Counter (block,
// sample, step, stream), sample 0 for what a batch has together; key (seed, epoch); the seed is the program's
// or the node's own.
#include "step/interpret.h"
#include <math.h>
#include <string.h>

static void philox(const uint32_t counter[4], uint32_t seed, uint32_t epoch, uint32_t out[4]) {
    memcpy(out, counter, 4 * sizeof *out);
    for (int round = 0; round < 10; round++, seed += 0x9E3779B9, epoch += 0xBB67AE85) {
        uint64_t p = (uint64_t)0xD2511F53 * out[0], q = (uint64_t)0xCD9E8D57 * out[2];
        uint32_t next[4] = {(uint32_t)(q >> 32) ^ out[1] ^ seed, (uint32_t)q,
                            (uint32_t)(p >> 32) ^ out[3] ^ epoch, (uint32_t)p};
        memcpy(out, next, sizeof next);
    }
}

// The bits [first, first + bits) of a sample's stream.
static uint32_t drawn_bits(const Interpreter *r, const Node *n, int64_t sample, int64_t first,
                           int bits) {
    uint32_t word[4], counter[] = {(uint32_t)(first / 128), n->together ? 0 : (uint32_t)sample,
                                   r->step_no, (uint32_t)n->stream};
    philox(counter, n->seeded ? n->seed : r->seed, r->epoch, word);
    return (uint32_t)((word[first / 32 % 4] >> first % 32) & ((1ULL << bits) - 1));
}

static void uniform(Interpreter *r, const Node *n, int64_t count, double *to) {
    for (int64_t i = 0; i < r->n; i++)
        for (int64_t e = 0; e < count; e++)
            *to++ = ldexp(2.0 * (drawn_bits(r, n, i, 32 * e, 32) >> 8) + 1 - 0x1p24, -24);
}

void interpret_mask(Interpreter *r, const Node *n) {
    const Tensor *t = &r->s->tensor[n->out[0].tensor];
    if (n->op == M_UNIFORM) {
        uniform(r, n, interpreter_count(t), r->value[n->out[0].tensor]);
        return;
    }
    int bits = 1;
    while (bits < 32 && ldexp(n->rate, bits) != floor(ldexp(n->rate, bits))) bits *= 2;
    double least = round(ldexp(n->rate, bits));
    double *kept = r->value[n->out[0].tensor];
    for (int64_t i = 0; i < r->n; i++)
        for (int64_t e = 0, count = interpreter_count(t); e < count; e++)
            *kept++ = (double)drawn_bits(r, n, i, e * bits, bits) >= least;
}
