// SPDX-License-Identifier: 0BSD
// What is in a gzipped file, as a whole.
#ifndef CNN_GUNZIP_H
#define CNN_GUNZIP_H
#include "io/mapped.h"
#include <stdbool.h>

bool gunzip_is(const Mapped *file); // by its first bytes
// *to: from malloc. False: reported, of `path`.
bool gunzip(const Mapped *file, const char *path, uint8_t **to, int64_t *size, CnnError *error);
#endif
