// SPDX-License-Identifier: MIT
// Weights as numpy's NPZ: an archive of an NPY file for each, LAYER/VARIABLE.npy. numpy.load() gives them by name.
#include "exchange/archive_write.h"
#include "support/tell.h"
#include <stdlib.h>
#include <string.h>

// "\x93NUMPY", version 1.0, the length of the header, the header, which ends a block of 64 bytes, and the numbers.
static Bytes npy(Arena *a, const Shape *shape, const float *value, int64_t count) {
    enum { FIXED = 10, BLOCK = 64 };
    const char *dims = "";
    for (int d = 0; d < shape->rank; d++)
        dims = arena_printf(a, "%s%lld, ", dims, (long long)shape->dim[d]);
    const char *text =
        arena_printf(a, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", dims);
    size_t used = FIXED + strlen(text) + 1, head = (used + BLOCK - 1) / BLOCK * BLOCK;
    size_t size = (size_t)count * sizeof *value;
    char *data = malloc(head + size);
    if (!data) return (Bytes){0};
    memset(data, ' ', head);
    memcpy(data, "\x93NUMPY\x01\x00", 8);
    data[8] = (char)((head - FIXED) & 0xff), data[9] = (char)((head - FIXED) >> 8);
    memcpy(data + FIXED, text, strlen(text));
    data[head - 1] = '\n';
    memcpy(data + head, value, size);
    return (Bytes){data, head + size};
}

ExitCode write_npz(const Export *x, Bytes *out) {
    Member *member = NULL;
    int n = 0;
    bool ok = true;
    for (int i = 0; i < x->model->nlayer; i++) {
        const Layer *l = &x->model->layer[i];
        for (int k = 0; k < l->nweight; k++) {
            int64_t count;
            const float *value = export_weight(x, l, k, &count);
            Member one = {arena_printf(x->a, "%s/%s.npy", l->name, l->weight[k].name),
                          npy(x->a, &l->weight[k].shape, value, count)};
            ok &= one.bytes.data != NULL;
            ARENA_PUSH(x->a, member, n, one);
        }
    }
    if (!ok) tell("error: out of memory for the weights");
    ExitCode code = ok ? archive_write(member, n, out) : EXIT_SYSTEM;
    for (int i = 0; i < n; i++) free(member[i].bytes.data);
    return code;
}
