// SPDX-License-Identifier: 0BSD
// A safetensors file for a test, in one call.
#ifndef WRITE_TENSORS_H
#define WRITE_TENSORS_H
#include "../../runtime/io/safetensors.h"

static inline bool write_tensors(const char *path, const StTensor *tensor, int64_t n,
                                 const StPair *meta, int64_t nmeta, CnnError *error) {
    OutFile out;
    if (!outfile_open(&out, path, NULL, 0, error)) return false;
    bool ok = safetensors_write(&out, tensor, n, meta, nmeta, error);
    outfile_close(&out);
    return ok;
}
#endif
