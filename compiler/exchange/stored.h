// SPDX-License-Identifier: MIT
// A model's weights in a file of Keras's.
#ifndef CNNC_STORED_H
#define CNNC_STORED_H
#include "exchange/hdf5_file.h"
#include "model/model.h"

// All weights, in the model's order one behind the other. Keras 3's layout, or the one before it (see stored_old.c).
// To be called within guarded().
bool stored_read(Arena *a, const Model *m, const Hdf5Source *source, float *to, CnnError *error);
bool stored_read_old(Arena *a, const Model *m, hid_t group, float *to, CnnError *error);
bool stored_is_old(hid_t group); // it has that layout

// The JSON texts of a whole model in the file before Keras 3; "" where there is none.
enum { MOST_CONFIG = 1 << 24 };
typedef struct StoredConfig {
    char model[MOST_CONFIG + 1], training[MOST_CONFIG + 1];
} StoredConfig;
bool stored_config(const Hdf5Source *source, StoredConfig *to, CnnError *error);
#endif
