// SPDX-License-Identifier: MIT
// Constants of 16 bits, between the words of builder.h that address and load.
#ifndef CNNC_NARROW_H
#define CNNC_NARROW_H
#include "codegen/builder.h"

Narrow narrow_at(const Builder *ir, Val at); // what lies there
// What floats at that address are counted in.
Type narrow_element(Builder *ir, Val base, Type element);
Val narrow_widen(Builder *ir, Narrow of, Val bits); // an integer of 16 bits or a vector of them
#endif
