// SPDX-License-Identifier: MIT
// A member of a zip archive, which may be stored or deflated.
#ifndef CNNC_ARCHIVE_H
#define CNNC_ARCHIVE_H
#include "../runtime/error.h"
#include "support/arena.h"
#include <stdint.h>
#include <zip.h>

zip_t *archive_open(const char *path, CnnError *error); // NULL: an error
bool archive_has(zip_t *archive, const char *member);
// Its bytes, malloc's, with a 0 behind them. NULL with an error: it is not there, has more than `most` bytes, claims
// more than so little can have been packed from, or is damaged.
char *archive_read(zip_t *archive, const char *path, const char *member, int64_t most,
                   int64_t *size, CnnError *error);
#endif
