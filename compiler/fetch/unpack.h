// SPDX-License-Identifier: MIT
// From what was downloaded to files whose SHA-256 is right.
#ifndef CNNC_UNPACK_H
#define CNNC_UNPACK_H
#include "fetch/data_sets.h"
#include "support/arena.h"
#include <stdbool.h>

bool file_is(const char *path, int64_t size, const char *sha256); // size < 0: any
// Unpack PART into `folder`. Unless UNPACKED, *trouble (arena) says why: it is WRONG, or this machine cannot
// take it (FAILED). A file that was in the folder is replaced by a right one or stays.
typedef enum { UNPACKED, WRONG, FAILED } Unpacked;
Unpacked unpack_gzip(Arena *a, const char *part, const DataFile *file, const char *folder,
                     const char **trouble);
Unpacked unpack_archive(Arena *a, const char *part, const DataSet *set, const char *folder,
                        const char **trouble);
#endif
