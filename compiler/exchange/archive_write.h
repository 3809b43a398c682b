// SPDX-License-Identifier: MIT
// A zip archive in memory, of stored members in the order given; of equal members equal bytes.
#ifndef CNNC_ARCHIVE_WRITE_H
#define CNNC_ARCHIVE_WRITE_H
#include "exchange/export.h"

typedef struct Member {
    const char *name;
    Bytes bytes; // which stay the caller's
} Member;

ExitCode archive_write(const Member *member, int n, Bytes *out); // reports what is wrong
#endif
