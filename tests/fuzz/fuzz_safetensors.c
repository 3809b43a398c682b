// SPDX-License-Identifier: 0BSD
// Any bytes as a safetensors file: read or refused, and what is read lies inside the file.
#include "../../runtime/io/safetensors.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CnnError error = {0};
    Safetensors file;
    unsigned char *bytes = malloc(size + 1);
    if (!bytes) return 0;
    memcpy(bytes, data, size);
    if (safetensors_parse("fuzz", bytes, (int64_t)size, &file, &error)) {
        unsigned sum = 0;
        for (int64_t i = 0; i < file.ntensor; i++) {
            const unsigned char *value = file.tensor[i].data;
            if (file.tensor[i].rank > ST_RANK || !file.tensor[i].name) abort();
            if (safetensors_find(&file, file.tensor[i].name) != &file.tensor[i]) abort();
            for (int64_t k = 0; k < file.tensor[i].bytes; k++) sum += value[k];
        }
        if (sum > 255 * size) abort();
        safetensors_free(&file);
    } else if (!error.code || !*error.text)
        abort();
    return 0;
}
