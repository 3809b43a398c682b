// SPDX-License-Identifier: 0BSD
// See soft.h. A number is taken apart into sign, exponent and a significand whose highest bit is set; a result is put
// together of the same, with all that lies below what is kept in its lowest bit, and rounded once. Nothing here
// divides 64 bits or touches a double, for that would come back here.
#include "engine/soft.h"

enum { BIAS = 1023, MOST = 2047, FRACTION = 52, BELOW = 63 - FRACTION };
#define SIGN (UINT64_C(1) << 63)
#define INFINITE ((uint64_t)MOST << FRACTION)
#define NAN_BITS (INFINITE | UINT64_C(1) << (FRACTION - 1))

typedef struct Number { // m / 2^63 x 2^exponent
    uint64_t m;
    int exponent;
} Number;

// Shifted right; where bits are lost the lowest one is set.
static uint64_t jammed(uint64_t m, int by) {
    if (by > 63) return m != 0;
    return by > 0 ? m >> by | (m << (64 - by) != 0) : m;
}

static Number normal(uint64_t m, int exponent) { // m is not 0
    int zeros = __builtin_clzll(m);
    return (Number){m << zeros, exponent - zeros};
}

// Of a finite number but 0.
static Number parts(uint64_t x) {
    int biased = (int)(x >> FRACTION & MOST);
    uint64_t m = x << (BELOW + 1) >> 1;
    return biased ? (Number){m | SIGN, biased - BIAS} : normal(m, 1 - BIAS);
}

// Rounded to so many bits of fraction: exponent and fraction as they lie in a float or a double, without a sign.
static uint64_t rounded(Number a, int bias, int fraction) {
    int below = 63 - fraction, biased = a.exponent + bias;
    if (biased > 2 * bias) return (uint64_t)(2 * bias + 1) << fraction;
    if (biased < 1) { // a denormal, or 0
        a.m = jammed(a.m, 1 - biased);
        biased = 1;
    } // the highest bit, where there is one, counts as one more
    uint64_t rest = a.m << (64 - below), kept = a.m >> below;
    kept += rest > SIGN || (rest == SIGN && kept & 1);
    return ((uint64_t)(biased - 1) << fraction) + kept;
}

static uint64_t packed(uint64_t sign, Number a) {
    return sign | rounded(a, BIAS, FRACTION);
}

uint64_t soft_add(uint64_t x, uint64_t y) {
    if ((x & ~SIGN) < (y & ~SIGN)) { // x has the larger size
        uint64_t swap = x;
        x = y;
        y = swap;
    }
    uint64_t sign = x & SIGN, differ = (x ^ y) & SIGN, most = x & ~SIGN, least = y & ~SIGN;
    if (most > INFINITE) return NAN_BITS;
    if (most == INFINITE) return differ && least == INFINITE ? NAN_BITS : x;
    if (least == 0) return most ? x : x & y;
    Number a = parts(most), b = parts(least);
    a.m >>= 1; // room for a carry
    b.m = jammed(b.m >> 1, a.exponent - b.exponent);
    uint64_t m = differ ? a.m - b.m : a.m + b.m;
    return m ? packed(sign, normal(m, a.exponent + 1)) : 0;
}

uint64_t soft_sub(uint64_t x, uint64_t y) {
    return soft_add(x, y ^ SIGN);
}

// The high half of the product, below which something is jammed in.
static uint64_t high_product(uint64_t a, uint64_t b) {
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0, cross = a1 * b0 + (low >> 32), other = a0 * b1 + (uint32_t)cross;
    uint64_t high = a1 * b1 + (cross >> 32) + (other >> 32);
    return high | ((uint32_t)other != 0 || (uint32_t)low != 0);
}

uint64_t soft_mul(uint64_t x, uint64_t y) {
    uint64_t sign = (x ^ y) & SIGN, a = x & ~SIGN, b = y & ~SIGN;
    if (a > INFINITE || b > INFINITE) return NAN_BITS;
    if (a == INFINITE || b == INFINITE) return a && b ? sign | INFINITE : NAN_BITS;
    if (!a || !b) return sign;
    Number p = parts(a), q = parts(b);
    return packed(sign, normal(high_product(p.m, q.m), p.exponent + q.exponent + 1));
}

// a / b, of a from b on and below 2 b, both of 53 bits: 56 bits of it, the last one jammed. Eleven bits at a time are
// guessed from the highest 32, never too large and too small by no more than 2.
static uint64_t quotient(uint64_t a, uint64_t b) {
    enum { STEP = 11, STEPS = 5 };
    uint64_t all = 1, rest = a - b;
    for (int i = 0; i < STEPS; i++) {
        rest <<= STEP;
        uint32_t guess = (uint32_t)(rest >> 32) / ((uint32_t)(b >> 32) + 1);
        for (rest -= guess * b; rest >= b; rest -= b) guess++;
        all = (all << STEP) + guess;
    }
    return all | (rest != 0);
}

uint64_t soft_div(uint64_t x, uint64_t y) {
    uint64_t sign = (x ^ y) & SIGN, a = x & ~SIGN, b = y & ~SIGN;
    if (a > INFINITE || b > INFINITE) return NAN_BITS;
    if (a == INFINITE) return b == INFINITE ? NAN_BITS : sign | INFINITE;
    if (b == INFINITE) return sign;
    if (b == 0) return a ? sign | INFINITE : NAN_BITS;
    if (a == 0) return sign;
    Number p = parts(a), q = parts(b);
    int less = p.m < q.m;
    uint64_t m = quotient(p.m >> BELOW << less, q.m >> BELOW);
    return packed(sign, (Number){m << 8, p.exponent - q.exponent - less});
}

// Bit by bit, from the highest.
static uint64_t root(uint64_t n) { // of n x 2^48, n below 2^62; then a bit for what is left
    enum { WHOLE = 31, MORE = 24 };
    uint64_t all = 0, rest = 0;
    for (int i = 0; i < WHOLE + MORE; i++) {
        rest = rest << 2 | n >> 60;
        n = n << 4 >> 2;
        uint64_t trial = all << 2 | 1;
        all <<= 1;
        if (rest >= trial) rest -= trial, all |= 1;
    }
    return all << 1 | (rest != 0);
}

uint64_t soft_sqrt(uint64_t x) {
    if (x << 1 == 0 || x == INFINITE) return x;
    if (x > INFINITE) return NAN_BITS; // also all that are negative
    Number a = parts(x);
    int odd = a.exponent & 1; // m / 2^63 x 2^odd = n / 2^60, from 1 on and below 4
    Number half = normal(root(a.m >> (3 - odd)), 0);
    half.exponent = (a.exponent - odd) / 2;
    return packed(0, half);
}

uint32_t soft_order(uint64_t x, uint64_t y) {
    uint64_t a = x & ~SIGN, b = y & ~SIGN;
    if (a > INFINITE || b > INFINITE) return SOFT_UNORDERED;
    if (x == y || (a | b) == 0) return SOFT_EQUAL;
    int64_t p = (int64_t)(x & SIGN ? -a : a), q = (int64_t)(y & SIGN ? -b : b);
    return p < q ? SOFT_LESS : SOFT_GREATER;
}

// ---- conversions

uint64_t soft_of_unsigned(uint64_t n) {
    return n ? packed(0, normal(n, 63)) : 0;
}

uint64_t soft_of_int(int64_t n) {
    return n < 0 ? SIGN | soft_of_unsigned(-(uint64_t)n) : soft_of_unsigned((uint64_t)n);
}

enum { FLOAT_BIAS = 127, FLOAT_MOST = 255, FLOAT_FRACTION = 23 };

uint64_t soft_of_float(uint32_t x) {
    uint64_t sign = (uint64_t)(x >> 31) << 63, fraction = x & ((1u << FLOAT_FRACTION) - 1);
    int biased = (int)(x >> FLOAT_FRACTION & FLOAT_MOST);
    if (biased == FLOAT_MOST) return fraction ? NAN_BITS : sign | INFINITE;
    if (biased) fraction |= 1u << FLOAT_FRACTION;
    if (fraction == 0) return sign;
    int exponent = (biased ? biased : 1) - FLOAT_BIAS + 63 - FLOAT_FRACTION;
    return packed(sign, normal(fraction, exponent));
}

uint32_t soft_to_float(uint64_t x) {
    uint32_t sign = (uint32_t)(x >> 63) << 31;
    x &= ~SIGN;
    if (x == 0) return sign;
    if (x > INFINITE) return 0x7FC00000;
    if (x == INFINITE) return sign | (uint32_t)FLOAT_MOST << FLOAT_FRACTION;
    return sign | (uint32_t)rounded(parts(x), FLOAT_BIAS, FLOAT_FRACTION);
}

uint64_t soft_to_unsigned(uint64_t x) {
    if ((x & ~SIGN) < (uint64_t)BIAS << FRACTION) return 0; // less than 1
    Number a = parts(x);
    return a.exponent > 63 ? 0 : a.m >> (63 - a.exponent);
}

int64_t soft_to_int(uint64_t x) {
    uint64_t size = soft_to_unsigned(x & ~SIGN);
    return (int64_t)(x & SIGN ? -size : size);
}

// ---- quotients

typedef struct Quotient {
    uint64_t whole, rest;
} Quotient;

static Quotient divided(uint64_t n, uint64_t by) {
    if ((n | by) >> 32 == 0)
        return (Quotient){(uint32_t)n / (uint32_t)by, (uint32_t)n % (uint32_t)by};
    if (n < by) return (Quotient){0, n};
    int bits = __builtin_clzll(by) - __builtin_clzll(n);
    Quotient q = {0, n};
    for (; bits >= 0; bits--) {
        q.whole <<= 1;
        if (q.rest >> bits >= by) q.rest -= by << bits, q.whole |= 1;
    }
    return q;
}

static uint64_t size_of(int64_t n) {
    return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

uint64_t soft_udiv(uint64_t n, uint64_t by) {
    return divided(n, by).whole;
}

uint64_t soft_urem(uint64_t n, uint64_t by) {
    return divided(n, by).rest;
}

int64_t soft_sdiv(int64_t n, int64_t by) {
    uint64_t whole = divided(size_of(n), size_of(by)).whole;
    return (int64_t)((n < 0) != (by < 0) ? -whole : whole);
}

int64_t soft_srem(int64_t n, int64_t by) {
    uint64_t rest = divided(size_of(n), size_of(by)).rest;
    return (int64_t)(n < 0 ? -rest : rest);
}
