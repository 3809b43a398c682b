// SPDX-License-Identifier: 0BSD
#include "data/types.h"
#include <math.h>
#include <string.h>

#define POWER(n) ((double)(1LL << (n)))
const TypeRow type_rows[CNN_TYPES] = {
    [CNN_U1] = {"uint8", "u1", 1, false, 0, 255},
    [CNN_I1] = {"int8", "i1", 1, false, -128, 127},
    [CNN_U2] = {"uint16", "u2", 2, false, 0, 65535},
    [CNN_I2] = {"int16", "i2", 2, false, -32768, 32767},
    [CNN_U4] = {"uint32", "u4", 4, false, 0, 4294967295.0},
    [CNN_I4] = {"int32", "i4", 4, false, -2147483648.0, 2147483647.0},
    [CNN_U8] = {"uint64", "u8", 8, false, 0, 2 * POWER(62) * 2},
    [CNN_I8] = {"int64", "i8", 8, false, -2 * POWER(62), 2 * POWER(62)},
    [CNN_F4] = {"float32", "f4", 4, true, 0, 0},
    [CNN_F8] = {"float64", "f8", 8, true, 0, 0},
    [CNN_B1] = {"bool", "b1", 1, false, 0, 1},
};

double type_round(int64_t type, double value) {
    const TypeRow *row = &type_rows[type];
    if (row->real) return type == CNN_F4 ? (double)(float)value : value;
    if (type == CNN_B1) return value != 0;
    double whole = trunc(value) + 0.0; // no integer is -0
    if (whole >= row->least && whole <= row->most) return whole;
    if (!isfinite(whole)) return 0;
    double span = ldexp(1, (int)(8 * row->bytes));
    whole = fmod(whole, span);
    if (whole < 0) whole += span;
    return whole > row->most ? whole - span : whole;
}

double type_cast(int64_t from, int64_t to, double value) {
    const TypeRow *row = &type_rows[to];
    if (!type_rows[from].real || row->real || to == CNN_B1) return type_round(to, value);
    bool large = row->bytes == 8 || to == CNN_U4; // by way of 64 bits
    const TypeRow *way = &type_rows[large ? CNN_I8 : CNN_I4];
    if (to == CNN_U8 && value >= way->most) return value < row->most ? trunc(value) : 0;
    bool fits = value > way->least - 1 && value < way->most + !large; // 2^63 - 1 is no double
    return type_round(to, fits ? value : way->least);
}

static uint64_t read_bits(const uint8_t *from, int64_t bytes, bool swapped) {
    uint64_t bits = 0;
    for (int64_t i = 0; i < bytes; i++)
        bits |= (uint64_t)from[i] << (8 * (swapped ? bytes - 1 - i : i)); // little-endian else
    return bits;
}

// A value of its bits.
static double value_of(int64_t type, uint64_t bits) {
    float single;
    double real;
    switch (type) {
    case CNN_F4: return memcpy(&single, &(uint32_t){(uint32_t)bits}, sizeof single), (double)single;
    case CNN_F8: return memcpy(&real, &bits, sizeof real), real;
    case CNN_I1: return (int8_t)bits;
    case CNN_I2: return (int16_t)bits;
    case CNN_I4: return (int32_t)bits;
    case CNN_I8: return (double)(int64_t)bits;
    default: return (double)bits;
    }
}

// As a double; of those beyond 2^53 some become others.
static bool is_exact(int64_t type, uint64_t bits) {
    bool wide = type == CNN_U8 || type == CNN_I8;
    uint64_t size = type == CNN_I8 && (int64_t)bits < 0 ? -bits : bits;
    return !wide || size <= UINT64_C(1) << 53;
}

bool type_read(int64_t type, bool swapped, const void *from, int64_t n, double *to, int64_t *at) {
    const uint8_t *byte = from;
    int64_t bytes = type_rows[type].bytes;
    if (type == CNN_U1) {
        for (int64_t i = 0; i < n; i++) to[i] = byte[i];
        return true;
    }
    for (int64_t i = 0; i < n; i++) {
        uint64_t bits = read_bits(byte + i * bytes, bytes, swapped);
        if (!is_exact(type, bits)) return *at = i, false;
        to[i] = value_of(type, bits);
    }
    return true;
}
