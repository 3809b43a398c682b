// SPDX-License-Identifier: 0BSD
// PGM (P2, P5) and PPM (P3, P6) files: width, height and the largest value as decimals, with comments from # to
// the end of a line; then the values, as decimals (P2, P3) or bytes, two a value where the largest is beyond 255.
// They are scaled so that the largest becomes 255.
#include "io/image.h"

typedef struct Pnm {
    const uint8_t *bytes;
    size_t size, at;
} Pnm;

static bool is_blank(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// The next decimal, or -1.
static int64_t decimal(Pnm *p) {
    bool comment = false;
    for (; p->at < p->size; p->at++) {
        uint8_t c = p->bytes[p->at];
        comment = comment ? c != '\n' : c == '#';
        if (!comment && !is_blank(c)) break;
    }
    int64_t value = -1;
    for (; p->at < p->size && p->bytes[p->at] >= '0' && p->bytes[p->at] <= '9'; p->at++) {
        value = (value < 0 ? 0 : value) * 10 + p->bytes[p->at] - '0';
        if (value > IMAGE_BYTES) return -1;
    }
    return value;
}

static int64_t next_value(Pnm *p, bool text, bool wide) {
    size_t bytes = wide ? 2 : 1;
    if (text) return decimal(p);
    if (p->size - p->at < bytes) return -1;
    int64_t value = wide ? p->bytes[p->at] << 8 | p->bytes[p->at + 1] : p->bytes[p->at];
    p->at += bytes;
    return value;
}

bool image_pnm(const char *path, const uint8_t *bytes, size_t size, Image *image, CnnError *error) {
    Pnm p = {bytes, size, 2};
    bool text = bytes[1] < '5';
    image->channels = bytes[1] == '3' || bytes[1] == '6' ? 3 : 1;
    image->width = decimal(&p);
    image->height = decimal(&p);
    int64_t most = decimal(&p);
    bool good = image->width >= 0 && image->height >= 0 && most > 0 && most <= 0xffff;
    if (!good || p.at >= size || !is_blank(bytes[p.at]))
        return cnn_fail(error, CNN_REFUSED,
                        "%s: not a PGM or PPM file: expected width, height and the largest value, "
                        "1 to 65535, behind P%c",
                        path, bytes[1]);
    p.at++; // one blank
    if (!image_room(path, image, size, 1, error)) return false;
    for (int64_t i = 0; i < image->height * image->width * image->channels; i++) {
        int64_t value = next_value(&p, text, most > 255);
        if (value < 0 || value > most)
            return cnn_fail(error, CNN_REFUSED,
                            "%s: value %lld of its pixels is missing or beyond %lld, the largest "
                            "that its header allows",
                            path, (long long)i, (long long)most);
        image->value[i] = (uint8_t)((value * 255 + most / 2) / most);
    }
    return true;
}
