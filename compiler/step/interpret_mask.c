// SPDX-License-Identifier: MIT
// MASK: elements take so many bits each of the words of Philox4x32-10, the lowest first: 1, 2, 4, 8 or 16,
// the least for which rate 2^bits is whole, else 32. They are kept where the bits are at least
// round(rate 2^bits). Counter (block, sample, step, stream), key (seed, epoch).
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

void interpret_mask(Interpreter *r, const Node *n) {
    const Tensor *t = &r->s->tensor[n->out[0].tensor];
    int bits = 1;
    while (bits < 32 && ldexp(n->rate, bits) != floor(ldexp(n->rate, bits))) bits *= 2;
    double least = round(ldexp(n->rate, bits));
    double *kept = r->value[n->out[0].tensor];
    for (int64_t i = 0; i < r->n; i++)
        for (int64_t e = 0, count = interpreter_count(t); e < count; e++) {
            uint32_t word[4], block = (uint32_t)(e * bits / 128);
            philox((uint32_t[]){block, (uint32_t)i, r->step_no, (uint32_t)n->stream}, r->seed,
                   r->epoch, word);
            uint64_t drawn = word[e * bits / 32 % 4] >> e * bits % 32;
            *kept++ = (double)(drawn & ((1ULL << bits) - 1)) >= least;
        }
}
