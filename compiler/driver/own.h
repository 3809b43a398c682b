// SPDX-License-Identifier: MIT
// Where this program lies: what belongs to it is found from there.
#ifndef CNNC_OWN_H
#define CNNC_OWN_H
#include "support/arena.h"

// Absolute; "" where the system does not say, and then nothing may be taken from anywhere near.
const char *own_path(Arena *a);
const char *own_folder(Arena *a); // with the slash after it, or ""
#endif
