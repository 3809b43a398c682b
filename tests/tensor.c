// SPDX-License-Identifier: MIT
// Writes one tensor of a safetensors file as raw bytes, for test programs that link nothing.
//     tensor FILE KEY OUT
#include "../runtime/io/safetensors.h"
#include <stdio.h>

int main(int argc, char **argv) {
    CnnError error = {0};
    Safetensors file;
    if (argc != 4) return fprintf(stderr, "usage: tensor FILE KEY OUT\n"), 2;
    if (!safetensors_read(argv[1], &file, &error)) return fprintf(stderr, "%s\n", error.text), 1;
    const StTensor *t = safetensors_find(&file, argv[2]);
    FILE *out = t ? fopen(argv[3], "wb") : NULL;
    bool ok = out && fwrite(t->data, 1, (size_t)t->bytes, out) == (size_t)t->bytes;
    if (out && fclose(out)) ok = false;
    if (!ok) fprintf(stderr, "tensor: no %s in %s, or cannot write\n", argv[2], argv[1]);
    safetensors_free(&file);
    return ok ? 0 : 1;
}
