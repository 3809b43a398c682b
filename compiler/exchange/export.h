// SPDX-License-Identifier: MIT
// cnnc export: a model with its weights in formats of others. A format is a row of a table: an ending, and a function
// that makes the bytes of a file.
#ifndef CNNC_EXPORT_H
#define CNNC_EXPORT_H
#include "driver/options.h"
#include "model/model.h"
#include <jansson.h>

typedef struct Export {
    Arena *a;
    const Model *model;
    const char *file; // the script's name
    float **weight; // by layer: its weights, one behind the other
} Export;

typedef struct Bytes { // malloc's
    char *data;
    size_t size;
} Bytes;

// A layer's weight, and how many numbers it has.
const float *export_weight(const Export *x, const Layer *l, int i, int64_t *count);
ExitCode export_run(const Options *o, Arena *a, Diag *d, const Model *m);

// The formats. They report what is wrong; NULL data: there is an error.
ExitCode write_keras(const Export *x, Bytes *out);
ExitCode write_keras_weights(const Export *x, Bytes *out);
ExitCode write_npz(const Export *x, Bytes *out);
ExitCode write_onnx(const Export *x, Bytes *out);
#endif
