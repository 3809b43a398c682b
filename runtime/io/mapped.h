// SPDX-License-Identifier: 0BSD
// A regular file in memory without a copy.
#ifndef CNN_MAPPED_H
#define CNN_MAPPED_H
#include "error.h"
#include <stddef.h>
#include <stdint.h>

typedef struct Mapped {
    const uint8_t *byte; // NULL for an empty file
    int64_t size;
} Mapped;
// A file that another process makes shorter afterwards ends the program with a message, not by a crash.
bool mapped_open(Mapped *m, const char *path, CnnError *error);
void mapped_close(Mapped *m);
#endif
