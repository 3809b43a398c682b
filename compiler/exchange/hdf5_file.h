// SPDX-License-Identifier: MIT
// Reading HDF5 files that nobody vouches for. Nothing outside the file is followed: no soft or external links, no
// external or virtual storage, no filters from elsewhere; and a tensor has exactly the extents that are expected
// before a byte of it is read. To be called within guarded().
#ifndef CNNC_HDF5_FILE_H
#define CNNC_HDF5_FILE_H
#include "../runtime/error.h"
#include <hdf5.h>
#include <stdint.h>

typedef struct Hdf5Source { // a file, or its bytes
    const char *path;
    const void *bytes; // NULL: the file at path
    size_t size;
} Hdf5Source;

// All that return hid_t give -1 with an error, but for those called find. What they open closes with the process.
hid_t hdf5_open(const Hdf5Source *source, CnnError *error);
hid_t hdf5_group(hid_t at, const char *path, CnnError *error); // parts between slashes
bool hdf5_has(hid_t at, const char *name); // a hard link of this one name
int64_t hdf5_links(hid_t group); // how many there are
// Their names in order, in at most `size` bytes.
bool hdf5_link(hid_t group, int64_t i, char *name, size_t size, CnnError *error);
// path within the group is a dataset of floats or integers with these extents: its values.
bool hdf5_floats(hid_t at, const char *path, int rank, const int64_t *dim, float *to,
                 CnnError *error);
// A string, in malloc's memory. NULL with an error, or without one where there is no such attribute.
char *hdf5_text(hid_t at, const char *attribute, size_t most, CnnError *error);
// So many strings of a list; *list is malloc's. -1: an error; 0 also where there is no such attribute.
int64_t hdf5_texts(hid_t at, const char *attribute, char ***list, CnnError *error);
#endif
