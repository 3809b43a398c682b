// SPDX-License-Identifier: 0BSD
// Arithmetic for machines that lack it: doubles as their bits, rounded as IEEE 754 says, and quotients of 64 bits. The
// compiler puts calls of these where a target has no instruction (codegen/soft.c), so the core's own files and the
// kernels compute with doubles as anywhere, to the same bits. Only what a nan is made of is not kept.
#ifndef CNN_SOFT_H
#define CNN_SOFT_H
#include <stdint.h>

uint64_t soft_add(uint64_t x, uint64_t y);
uint64_t soft_sub(uint64_t x, uint64_t y);
uint64_t soft_mul(uint64_t x, uint64_t y);
uint64_t soft_div(uint64_t x, uint64_t y);
uint64_t soft_sqrt(uint64_t x);
enum { SOFT_EQUAL = 1, SOFT_GREATER = 2, SOFT_LESS = 4, SOFT_UNORDERED = 8 };
uint32_t soft_order(uint64_t x, uint64_t y); // which of them x is, beside y

uint64_t soft_of_int(int64_t n);
uint64_t soft_of_unsigned(uint64_t n);
uint64_t soft_of_float(uint32_t x);
uint32_t soft_to_float(uint64_t x);
int64_t soft_to_int(uint64_t x); // towards 0; it must fit
uint64_t soft_to_unsigned(uint64_t x);

uint64_t soft_udiv(uint64_t n, uint64_t by); // by is not 0
uint64_t soft_urem(uint64_t n, uint64_t by);
int64_t soft_sdiv(int64_t n, int64_t by); // towards 0
int64_t soft_srem(int64_t n, int64_t by);
#endif
