// SPDX-License-Identifier: 0BSD
// Reader and writer of safetensors files: 8 bytes of header length (little-endian), a JSON header
// {"NAME": {"dtype": "F32", "shape": [3, 3], "data_offsets": [begin, end]}, …}, then the raw
// little-endian tensors. Nothing in a file is trusted. Used by programs and by the compiler.
#ifndef CNN_SAFETENSORS_H
#define CNN_SAFETENSORS_H
#include "error.h"
#include "io/outfile.h"
#include <stdint.h>

enum { ST_RANK = 8 }; // more dimensions than this are refused

typedef enum StType { ST_F32, ST_I32, ST_OTHER } StType; // of other types only the name is known

typedef struct StTensor {
    char *name;
    StType type;
    const char *type_name; // "F32", "BF16", …
    int64_t rank, dim[ST_RANK], count, bytes;
    int64_t offset; // of its first byte, from the end of the header
    const void *data; // bytes bytes, of any alignment; NULL: not loaded
    void *own; // what of it is to be freed
} StTensor;

typedef struct StPair {
    char *key, *value;
} StPair;

typedef struct Safetensors {
    const char *path;
    int fd; // -1: none
    int64_t data_at; // where in the file the header ends
    int64_t ntensor, room;
    StTensor *tensor; // in the order of their data
    StTensor **by_name;
    StPair *meta;
    int64_t nmeta;
    void *bytes; // the whole file, of safetensors_parse
} Safetensors;

// Opens the file at path, which has to stay, and reads its header. Checked: header length, JSON
// without duplicate names, types, shapes, sizes in 64-bit arithmetic, data without overlap, gap or
// rest. It takes a few times the header's size in memory. The result is the caller's, to be freed
// with safetensors_free; after false there is nothing to free.
bool safetensors_open(const char *path, Safetensors *file, CnnError *error);

// Reads a tensor of an open file to where its bytes have room.
bool safetensors_copy(const Safetensors *file, const StTensor *t, void *to, CnnError *error);

// Reads a tensor of an open file into memory that is the file's: then it has data.
bool safetensors_load(Safetensors *file, const StTensor *t, CnnError *error);

// Opens the file at path and loads all of it.
bool safetensors_read(const char *path, Safetensors *file, CnnError *error);

// The same from size bytes got from malloc, which are the file's from here on (freed on failure).
bool safetensors_parse(const char *path, void *bytes, int64_t size, Safetensors *file,
                       CnnError *error);

// The header alone, of a file with so many bytes of data after it. After false, too, what there is
// has to be freed.
bool safetensors_header(const char *path, const char *header, int64_t size, int64_t data_bytes,
                        Safetensors *file, CnnError *error);

void safetensors_free(Safetensors *file);

// The tensor of that name, or NULL.
const StTensor *safetensors_find(const Safetensors *file, const char *name);
// The same, of a name in two parts.
const StTensor *safetensors_find_below(const Safetensors *file, const char *prefix,
                                       const char *name);

// The metadata of that name, or NULL. Of very many the first are kept.
const char *safetensors_meta(const Safetensors *file, const char *key);

int64_t safetensors_not_finite(const float *value, int64_t n); // how many are nan or infinite

// Writes tensors in the order given, and metadata. Of a tensor name, type (F32 or I32), rank, dim and
// data are read.
bool safetensors_write(const OutFile *out, const StTensor *tensor, int64_t ntensor,
                       const StPair *meta, int64_t nmeta, CnnError *error);
#endif
