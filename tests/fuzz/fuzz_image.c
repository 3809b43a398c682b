// SPDX-License-Identifier: 0BSD
// Any bytes as an image file: read or refused, never worse; and what is read can be turned and resized.
#include "../../runtime/io/image.h"
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CnnError error = {0};
    Image image;
    if (!image_decode("fuzz", data, size, &image, &error)) {
        if (!error.code || !*error.text || image.value) abort();
        return 0;
    }
    if (!image.value || image.channels < 1 || image.channels > 4) abort();
    if (image.height * image.width < 1 << 20) {
        if (!image_upright(&image, &error)) abort();
        image_on_white(&image);
        if (!image_to(&image, 1 + size % 2 * 2, &error)) abort();
        if (!image_resize(&image, 1 + (int64_t)size % 9, 1 + (int64_t)size % 40, &error)) abort();
    }
    image_free(&image);
    return 0;
}
