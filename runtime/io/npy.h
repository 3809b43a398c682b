// SPDX-License-Identifier: 0BSD
// NPY, numpy's format of an array, versions 1 to 3, and NPZ, a zip of such. NPY: \x93NUMPY, the version, the
// length of the header, the header, a Python dict with descr, fortran_order and shape, and the values. The file
// is mapped; a packed member of an NPZ is unpacked to memory and held to its size and checksum.
#ifndef CNN_NPY_H
#define CNN_NPY_H
#include "io/mapped.h"

enum { NPY_RANK = 6 };
typedef struct NpyHeader {
    int64_t type; // CNN_U1 and its like
    bool swapped; // its bytes are big-endian
    int64_t rank, dim[NPY_RANK], count;
    int64_t data_at; // bytes from the start
} NpyHeader;
typedef struct Npy {
    NpyHeader header;
    const uint8_t *value; // header.count of them
    Mapped file;
    void *memory; // of an unpacked member
} Npy;

// Of an array of `size` bytes its header, which the first `there` of them hold. name: for messages.
bool npy_header(const char *name, const uint8_t *byte, int64_t there, int64_t size, NpyHeader *h,
                CnnError *error);
// key: of a member of an NPZ; NULL: the file is an NPY. only_header: the values are left out.
bool npy_open(Npy *npy, const char *path, const char *key, bool only_header, CnnError *error);
void npy_close(Npy *npy);

// ---- npz.c
typedef struct NpzMember { // of a zip
    const char *name; // not ended
    int64_t name_bytes, packed, size, data_at;
    int method; // 0 stored, 8 deflated
    uint32_t crc;
} NpzMember;
// Member number i; false with error->code 0: there are no more.
bool npz_member(const Mapped *file, const char *path, int64_t i, NpzMember *m, CnnError *error);
// Its first n bytes, to memory of the caller; all of them are held to the checksum.
bool npz_unpack(const Mapped *file, const char *path, const NpzMember *m, uint8_t *to, int64_t n,
                CnnError *error);
#endif
