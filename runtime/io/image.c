// SPDX-License-Identifier: 0BSD
// See image.h: which reader a file has, and what all of them share.
#include "io/image.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *begin;
    size_t length;
    ImageReader *read;
} formats[] = {
    {"\x89PNG\r\n\x1a\n", 8, image_png},
    {"\xff\xd8\xff", 3, image_jpeg},
    {"BM", 2, image_bmp},
    {"P2", 2, image_pnm},
    {"P3", 2, image_pnm},
    {"P5", 2, image_pnm},
    {"P6", 2, image_pnm},
};

static ImageReader *find(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (size >= formats[i].length && !memcmp(bytes, formats[i].begin, formats[i].length))
            return formats[i].read;
    return NULL;
}

static bool knows(const uint8_t *bytes, size_t size) {
    return find(bytes, size) != NULL;
}

bool image_room(const char *path, Image *image, size_t size, int64_t ratio, CnnError *error) {
    int64_t h = image->height, w = image->width;
    bool sides = h > 0 && w > 0 && h <= IMAGE_SIDE && w <= IMAGE_SIDE;
    if (!sides || h * w > IMAGE_BYTES / image->channels)
        return cnn_fail(error, CNN_REFUSED,
                        "%s: an image of %lld x %lld pixels; expected 1 to %d along a side, and no "
                        "more than %d MB in memory",
                        path, (long long)w, (long long)h, IMAGE_SIDE, IMAGE_BYTES >> 20);
    if (h * w / ratio > (int64_t)size)
        return cnn_fail(error, CNN_REFUSED,
                        "%s: cut short: its header says %lld x %lld pixels, more than its %zu "
                        "bytes can hold",
                        path, (long long)w, (long long)h, size);
    image->value = calloc((size_t)(h * w), (size_t)image->channels);
    if (image->value) return true;
    return cnn_fail(error, CNN_SYSTEM, "%s: out of memory for an image of %lld x %lld pixels", path,
                    (long long)w, (long long)h);
}

bool image_decode(const char *path, const uint8_t *bytes, size_t size, Image *image,
                  CnnError *error) {
    ImageReader *read = find(bytes, size);
    *image = (Image){.turned = 1};
    if (!read)
        return cnn_fail(error, CNN_REFUSED,
                        "%s: no image: expected PNG, JPEG, BMP, PGM or PPM, by how the file begins",
                        path);
    if (read(path, bytes, size, image, error)) return true;
    image_free(image);
    return false;
}

// All of a regular file, from malloc.
static uint8_t *read_all(const char *path, int fd, size_t *size, CnnError *error) {
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > IMAGE_BYTES) {
        cnn_fail(error, CNN_REFUSED,
                 "%s: no image file: a folder, a pipe, a device, or more than %d MB", path,
                 IMAGE_BYTES >> 20);
        return NULL;
    }
    uint8_t *bytes = malloc((size_t)info.st_size + 1);
    ssize_t n = bytes ? 1 : -1;
    *size = 0;
    while (n > 0 && *size < (size_t)info.st_size) {
        do n = read(fd, bytes + *size, (size_t)info.st_size - *size);
        while (n < 0 && errno == EINTR);
        if (n > 0) *size += (size_t)n;
    }
    if (n >= 0) return bytes; // if it has become shorter, its reader finds out
    cnn_fail(error, CNN_SYSTEM, "cannot read %s: %s", path, strerror(errno));
    free(bytes);
    return NULL;
}

static bool read_file(const char *path, Image *image, CnnError *error) {
    size_t size;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); // waits for no pipe
    *image = (Image){0};
    if (fd < 0)
        return cnn_fail(error, cnn_errno_code(errno), "cannot read %s: %s", path, strerror(errno));
    uint8_t *bytes = read_all(path, fd, &size, error);
    close(fd);
    bool ok = bytes && image_decode(path, bytes, size, image, error);
    free(bytes);
    return ok;
}

const CnnImages cnn_images = {.read = read_file, .knows = knows};
