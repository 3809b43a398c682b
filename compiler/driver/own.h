// SPDX-License-Identifier: MIT
// Where this program lies: what belongs to it is found from there.
#ifndef CNNC_OWN_H
#define CNNC_OWN_H
#include "support/arena.h"

const char *own_path(Arena *a); // "" where the system does not say
const char *own_folder(Arena *a); // with the slash behind it, or ""
#endif
