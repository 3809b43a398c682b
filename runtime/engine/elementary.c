// SPDX-License-Identifier: 0BSD
// Logarithm, power and cosine. Numbers are taken apart into a part near 1 (or 0), of which a short series is summed,
// and a whole number, which is exact:
//     log(m 2^k) = k log 2 + 2 (s + s^3/3 + s^5/5 + ...)    s = (m - 1) / (m + 1), m near 1
//     x^y        = e^(y log x);  e^(k log 2 + r) = 2^k (1 + r + r^2/2! + ...)
//     cos(x)     = cos, sin, -cos or -sin of x - k pi/2
// A power is as exact as y log x is in absolute terms, so that a logarithm is kept as a sum of two doubles, the second
// far smaller than the first. Products of two doubles are split exactly (Dekker), for there may be no instruction
// that does it, and none is used where there is one: all machines get the same bits.
#include "engine/elementary.h"
#include <stdint.h>

typedef struct Pair { // high + low
    double high, low;
} Pair;

static const double infinity = __builtin_inf(), not_a_number = __builtin_nan("");
static const double log2_high = 0x1.62e42feep-1, log2_low = 0x1.a39ef35793c76p-33; // high: 31 bits

static uint64_t bits_of(double x) {
    union {
        double x;
        uint64_t bits;
    } u = {x};
    return u.bits;
}

static double of_bits(uint64_t bits) {
    union {
        uint64_t bits;
        double x;
    } u = {bits};
    return u.x;
}

static double power_of_2(int k) { // -1022 to 1023
    return of_bits((uint64_t)(k + 1023) << 52);
}

static Pair sum(double a, double b) {
    double s = a + b, b_of_it = s - a;
    return (Pair){s, (a - (s - b_of_it)) + (b - b_of_it)};
}

static Pair halves(double x) {
    double big = x * 0x8000001p0, high = big - (big - x);
    return (Pair){high, x - high};
}

static Pair product(double a, double b) {
    Pair p = halves(a), q = halves(b);
    double all = a * b;
    return (Pair){all, ((p.high * q.high - all) + p.high * q.low + p.low * q.high) + p.low * q.low};
}

// x is positive and finite.
static Pair log_of(double x) {
    int k = 0;
    if (x < 0x1p-1022) x *= 0x1p54, k = -54;
    uint64_t bits = bits_of(x);
    k += (int)(bits >> 52) - 1023;
    double m = of_bits((bits & 0xFFFFFFFFFFFFFu) | 0x3FF0000000000000u);
    if (m > 1.4142135623730951) m /= 2, k++;
    double f = m - 1;
    Pair d = sum(m, 1);
    double s = f / d.high;
    Pair square = product(s, s), cube = product(square.high, s), third = {cube.high / 3, 0};
    Pair back = product(s, d.high), back3 = product(third.high, 3);
    double rest = (((f - back.high) - back.low) - s * d.low) / d.high, series = 0; // rest: of s
    third.low = ((cube.high - back3.high) - back3.low + cube.low + square.low * s) / 3;
    for (int i = 25; i >= 5; i -= 2) series = series * square.high + 1.0 / i;
    double low = third.low + rest + rest * square.high + series * square.high * cube.high;
    Pair most = sum(2 * s, 2 * third.high), all = sum(k * log2_high, most.high);
    low = all.low + (k * log2_low + (most.low + 2 * low));
    double high = all.high + low;
    return (Pair){high, low - (high - all.high)};
}

double cnn_log(double x) {
    if (cnn_is_nan(x) || x == infinity) return x;
    if (x <= 0) return x == 0 ? -infinity : not_a_number;
    return log_of(x).high;
}

// e to the power of that, which is finite.
static double exp_of(Pair x) {
    if (x.high > 710) return infinity;
    if (x.high < -746) return 0;
    int k = (int)(x.high / 0.6931471805599453 + (x.high < 0 ? -0.5 : 0.5));
    double r = x.high - k * log2_high - k * log2_low + x.low, series = 0;
    for (int i = 13; i >= 2; i--) series = (series + 1) * r / i;
    double e = 1 + (r + r * series);
    int half = k / 2;
    return e * power_of_2(half) * power_of_2(k - half);
}

static int is_whole(double x) {
    return cnn_floor(x) == x;
}

static int is_odd(double x) {
    return is_whole(x) && !is_whole(x / 2);
}

double cnn_pow(double x, double y) {
    double size = cnn_abs(x), sign = x < 0 && is_odd(y) ? -1 : 1;
    if (y == 0 || x == 1) return 1;
    if (cnn_is_nan(x) || cnn_is_nan(y)) return not_a_number;
    if (cnn_abs(y) == infinity) return size == 1 ? 1 : (size > 1) == (y > 0) ? infinity : 0;
    if (x == 0 || size == infinity) {
        double zero = (x == 0) == (y > 0) ? 0 : infinity;
        return is_odd(y) && bits_of(x) >> 63 ? -zero : zero;
    }
    if (x < 0 && !is_whole(y)) return not_a_number;
    Pair l = log_of(size);
    if (l.high == 0) return sign;
    if (cnn_abs(y) > 0x1p70)
        return (l.high > 0) == (y > 0) ? infinity : 0; // halves() must not overflow
    Pair all = product(y, l.high);
    return sign * exp_of((Pair){all.high, all.low + y * l.low});
}

double cnn_floor(double x) {
    if (!(cnn_abs(x) < 0x1p52)) return x; // whole, or nan
    double whole = (double)(int64_t)x;
    return whole > x ? whole - 1 : x == 0 ? x : whole;
}

double cnn_cos(double x) {
    static const double part[] = {0x1.921fb544p+0, 0x1.0b4611a6p-34,
                                  0x1.3198a2e037073p-69}; // of pi/2
    double size = cnn_abs(x);
    if (!(size <= 1e6)) return not_a_number;
    int k = (int)(size / 1.5707963267948966 + 0.5);
    Pair a = sum(size - k * part[0], -k * part[1]); // products exact: 33 bits by 20
    double r = a.high + (a.low - k * part[2]), square = r * r, series = 0;
    double rest = (a.high - r) + (a.low - k * part[2]);
    if (k % 2) { // sin
        for (int i = 20; i >= 2; i -= 2) series = -(series + 1) * square / (i * (i + 1));
        r += r * series + rest;
        return k % 4 == 1 ? -r : r;
    }
    for (int i = 19; i >= 3; i -= 2) series = -(series + 1) * square / (i * (i + 1));
    series = 1 - (square / 2 + (square / 2 * series + r * rest));
    return k % 4 == 2 ? -series : series;
}

float cnn_below(float x) {
    union {
        float x;
        uint32_t bits;
    } u = {x};
    if (x == 0) return -0x1p-149f;
    u.bits += x > 0 ? ~UINT32_C(0) : 1;
    return u.x;
}
