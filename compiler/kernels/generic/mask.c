// SPDX-License-Identifier: MIT
// MASK: random bits from Philox4x32-10 (J. Salmon et al., Random123), one an element, set where the
// element is kept. An element takes b random bits, b the smallest of 1, 2, 4, 8, 16 for which
// rate 2^b is whole, else 32, and is kept if they are at least round(rate 2^b). The numbers depend on
// seed, epoch, step, index in the batch and stream alone: counter = (block, index, step, stream),
// key = (seed, epoch), the seed that of the program or the node's own. Or numbers in (-1, 1), of a word each.
// 16 blocks are made at a time, one a lane: 64 words, 2048 bits.
#include "kernels/generic/generic.h"
#include "kernels/generic/nest.h"
#include "../runtime/abi.h"
#include <math.h>

enum { BLOCKS = 16, WORDS = 64, BITS = 2048 };

static Val splat32(Builder *ir, Val scalar) {
    return ir_splat(ir, scalar, BLOCKS);
}

static Val constant32(Builder *ir, uint32_t x) {
    return ir_i32(ir, (int64_t)x, BLOCKS);
}

// The two halves of a 32 x 32 bit product.
static void product(Builder *ir, Val a, uint32_t m, Val *high, Val *low) {
    Type wide = ir_vec(ir, ir->i64, BLOCKS), narrow = ir_vec(ir, ir->i32, BLOCKS);
    Val p = ir_imul(ir, ir_widen(ir, a, wide), ir_ints(ir->i64, m, BLOCKS));
    *low = ir_narrow(ir, p, narrow);
    *high = ir_narrow(ir, ir_shr(ir, p, ir_ints(ir->i64, 32, BLOCKS)), narrow);
}

static void philox(Builder *ir, Val c[4], Val k[2]) {
    for (int round = 0; round < 10; round++) {
        Val h0, l0, h1, l1;
        product(ir, c[0], 0xD2511F53u, &h0, &l0);
        product(ir, c[2], 0xCD9E8D57u, &h1, &l1);
        Val x = ir_xor(ir, ir_xor(ir, h1, c[1]), k[0]);
        Val y = ir_xor(ir, ir_xor(ir, h0, c[3]), k[1]);
        c[0] = x;
        c[1] = l1;
        c[2] = y;
        c[3] = l0;
        k[0] = ir_iadd(ir, k[0], constant32(ir, 0x9E3779B9u));
        k[1] = ir_iadd(ir, k[1], constant32(ir, 0xBB67AE85u));
    }
}

static Val run_field(Builder *ir, size_t offset) {
    return splat32(ir, ir_field(ir, ir->run, (int64_t)offset, ir->i32));
}

// Words 4 i + j of the stream from c[j][i]: the four words of each block, block after block.
static Val interleave(Builder *ir, Val c[4]) {
    Val pair[2];
    int index[WORDS];
    for (int i = 0; i < 2 * BLOCKS; i++) index[i] = i;
    for (int h = 0; h < 2; h++) pair[h] = ir_shuffle(ir, c[2 * h], c[2 * h + 1], index, 2 * BLOCKS);
    for (int i = 0; i < WORDS; i++) index[i] = i % 4 * BLOCKS + i / 4;
    return ir_shuffle(ir, pair[0], pair[1], index, WORDS);
}

// Units of `bits` bits each, as a vector of integers of at least 8 bits.
static Val units(Builder *ir, Val words, int bits) {
    int wide = bits < 8 ? 8 : bits, count = BITS / wide;
    Val v = ir_as(ir, words, ir_vec(ir, ir_bits_type(ir, wide), count));
    if (bits >= 8) return v;
    int share = 8 / bits; // units a byte, the lowest bits first
    int index[BITS / 2], n = count * share;
    int64_t shift[BITS / 2];
    for (int i = 0; i < n; i++) {
        index[i] = i / share;
        shift[i] = i % share * bits;
    }
    v = ir_shuffle(ir, v, NULL, index, n);
    return ir_and(ir, ir_shr(ir, v, ir_constants(ir->i8, shift, n)),
                  ir_ints(ir->i8, (1 << bits) - 1, n));
}

static int bits_a_unit(double rate) {
    for (int b = 1; b <= 16; b *= 2)
        if (ldexp(rate, b) == floor(ldexp(rate, b))) return b;
    return 32;
}

static Val kept(Builder *ir, Val words, int bits, double rate) {
    if (bits == 1) return words; // rate 1/2: the bit itself
    Val v = units(ir, words, bits);
    int count = BITS / bits;
    int64_t least = llround(ldexp(rate, bits));
    Val keep = ir_at_least(ir, v, ir_ints(ir_element(v), least, count));
    return ir_as(ir, keep, ir_bits_type(ir, count));
}

// The words of 16 blocks of a sample, from block `first` on.
static Val words_of(Builder *ir, const Node *n, Val sample, Val first) {
    int64_t lane[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) lane[i] = i;
    Val index =
        n->together ? ir_whole(ir->i32, 0) : ir_narrow(ir, ir_add(ir, ir->n, sample), ir->i32);
    Val c[4] = {ir_iadd(ir, splat32(ir, ir_narrow(ir, first, ir->i32)),
                        ir_constants(ir->i32, lane, BLOCKS)),
                splat32(ir, index), run_field(ir, offsetof(CnnRun, step_no)),
                constant32(ir, (uint32_t)n->stream)};
    Val seed = n->seeded ? constant32(ir, n->seed) : run_field(ir, offsetof(CnnRun, seed));
    Val key[2] = {seed, run_field(ir, offsetof(CnnRun, epoch))};
    philox(ir, c, key);
    return interleave(ir, c);
}

static int64_t elements(const Tensor *t) {
    int64_t count = 1;
    for (int d = 0; d < t->rank; d++) count *= t->dim[d];
    return count;
}

static void emit_bits(Builder *ir, const Node *n, const Tensor *t) {
    int bits = bits_a_unit(n->rate), at_once = BITS / bits;
    Loop sample = ir_loop(ir, ir->lo, ir->hi, 1);
    Loop chunk = ir_loop(ir, ir_int(ir, 0), ir_int(ir, (elements(t) + at_once - 1) / at_once), 1);
    Val words = words_of(ir, n, sample.i, ir_mulk(ir, chunk.i, BLOCKS));
    Val byte =
        ir_add(ir, ir_mulk(ir, sample.i, t->sample_stride / 8), ir_mulk(ir, chunk.i, at_once / 8));
    Val keep = kept(ir, words, bits, n->rate);
    ir_put_packed(ir, ir_at(ir, ir_operand(ir, n->out[0].tensor), ir->i8, byte), keep);
    ir_end(ir, &chunk);
    ir_end(ir, &sample);
}

// Words i, i + 1, ... as odd multiples of 2^-24 in (-1, 1): the high 24 bits, whole as floats.
static Val numbers(Builder *ir, Val words, int first, int width) {
    int index[BLOCKS];
    for (int i = 0; i < width; i++) index[i] = first + i;
    Val v = ir_shuffle(ir, words, NULL, index, width);
    v = ir_and(ir, ir_shr(ir, v, ir_i32(ir, 7, width)), ir_i32(ir, 0x1FFFFFE, width));
    v = ir_iadd(ir, v, ir_i32(ir, 1 - (1 << 24), width));
    v = ir_to_float(ir, v, ir_vec(ir, ir->f32, width));
    return ir_fmul(ir, v, ir_f32(ir, 0x1p-24, width));
}

// At most 64 elements from `first` on.
static void put_numbers(Builder *ir, const Node *n, const Tensor *t, Val sample, Val first,
                        int64_t count) {
    Val words = words_of(ir, n, sample, ir_exact_div(ir, first, ir_int(ir, 4)));
    Val at = ir_add(ir, ir_mulk(ir, sample, t->sample_stride), first);
    for (int i = 0; i < count; i += BLOCKS) {
        int left = (int)count - i, width = left < BLOCKS ? left : BLOCKS;
        Val to = ir_at(ir, ir_operand(ir, n->out[0].tensor), ir->f32, ir_addk(ir, at, i));
        ir_store(ir, to, numbers(ir, words, i, BLOCKS), (Lanes){BLOCKS, width});
    }
}

static void emit_uniform(Builder *ir, const Node *n, const Tensor *t) {
    int64_t whole = elements(t) / WORDS * WORDS, rest = elements(t) - whole;
    Loop sample = ir_loop(ir, ir->lo, ir->hi, 1);
    Loop chunk = ir_loop(ir, ir_int(ir, 0), ir_int(ir, whole), WORDS);
    put_numbers(ir, n, t, sample.i, chunk.i, WORDS);
    ir_end(ir, &chunk);
    if (rest) put_numbers(ir, n, t, sample.i, ir_int(ir, whole), rest);
    ir_end(ir, &sample);
}

void emit_mask(Builder *ir, const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    const Tensor *t = &p->step->tensor[n->out[0].tensor];
    (n->op == M_BITS ? emit_bits : emit_uniform)(ir, n, t);
}

// Of 16 blocks a round has 26 operations; then their words are put in order and become bits or numbers.
double mask_work(const Plan *p, const Node *n) {
    enum { ROUNDS = 10, OF_ROUND = 26, AFTER = 140 };
    int bits = n->op == M_BITS ? bits_a_unit(n->rate) : 32;
    double times = ceil((double)elements(&p->step->tensor[n->out[0].tensor]) * bits / BITS);
    double vectors = (double)BLOCKS / p->target.vector;
    return times * (ROUNDS * OF_ROUND + AFTER) * vectors / p->target.fmas;
}
