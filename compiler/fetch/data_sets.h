// SPDX-License-Identifier: MIT
// The data sets that can be fetched: where they are, and what must come out.
#ifndef CNNC_DATA_SETS_H
#define CNNC_DATA_SETS_H
#include <stdint.h>

typedef struct DataFile { // as programs read it
    const char *name;
    int64_t size;
    const char *sha256;
} DataFile;

typedef struct DataSet {
    const char *name;
    const char *mirror[4]; // folders, ended by NULL; tried in order
    const char *archive; // a .tar.gz that holds all files; NULL: each lies there as NAME.gz
    const char *
        sha256; // of the archive; mirrors pack single files differently, so only what is in them counts
    int64_t most; // bytes that a download may have
    DataFile file[7]; // ended by a NULL name
} DataSet;

extern const DataSet data_sets[]; // ended by a NULL name
#endif
