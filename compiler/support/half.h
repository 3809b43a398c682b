// SPDX-License-Identifier: MIT
// Numbers in 16 bits: IEEE's half, of 11 bits of precision up to 65,504, and bfloat16, the upper half of a float.
#ifndef CNNC_HALF_H
#define CNNC_HALF_H
#include <stdbool.h>
#include <stdint.h>

typedef enum { NARROW_NONE, NARROW_F16, NARROW_BF16, NARROWS } Narrow;
extern const char *const narrow_name[]; // by Narrow

// The nearest one, of two as near the even one. False where that is not finite.
bool narrow_from(Narrow to, float x, uint16_t *bits);
float narrow_value(Narrow of, uint16_t bits);
#endif
