// SPDX-License-Identifier: 0BSD
// Image files as bytes: PNG, JPEG, BMP, PGM and PPM, told apart by how they begin. A file is read as it is
// stored: grey stays grey, and what is seen through it and which way up it was taken are kept beside it. What a
// header claims is held against the file's size and the limits below before memory is asked for.
#ifndef CNN_IMAGE_H
#define CNN_IMAGE_H
#include "abi.h"
#include "error.h"
#include <stddef.h>
#include <stdint.h>

enum {
    IMAGE_SIDE = 1 << 16,
    IMAGE_BYTES = 1 << 28
}; // at most: pixels along a side, bytes in memory

typedef struct Image {
    int64_t height, width, channels; // 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
    uint8_t *value; // [height, width, channels], from malloc
    int turned; // as EXIF counts: 1 upright, 2 to 8 otherwise
} Image;

// A program is linked with the readers if its descriptor points at this: if the model's input can be an image.
struct CnnImages {
    bool (*read)(const char *path, Image *image, CnnError *error);
    bool (*knows)(const uint8_t *bytes, size_t size); // is this how an image file begins?
};
extern const CnnImages cnn_images;
bool image_decode(const char *path, const uint8_t *bytes, size_t size, Image *image,
                  CnnError *error);

// ---- for the readers: zeroed bytes of that size, which `size` bytes of a file can hold at `ratio` to one.
bool image_room(const char *path, Image *image, size_t size, int64_t ratio, CnnError *error);
typedef bool ImageReader(const char *path, const uint8_t *bytes, size_t size, Image *image,
                         CnnError *error); // after false the image may hold memory
ImageReader image_png, image_jpeg, image_bmp, image_pnm;
int image_exif(const uint8_t *bytes,
               size_t size); // which way up, of a TIFF header and what follows

// ---- picture.c: images as a network takes them
enum { IMAGE_DIMS = 3 };
// Height, width and channels of the images that an input of this shape is made of: (h, w, c) with 1, 3 or 4
// channels, (h, w), or all in a row of an image as high as wide, grey or RGB. False: it is no image.
bool picture_size(const int64_t *dim, int64_t rank, int64_t size[IMAGE_DIMS]);
void image_free(Image *image); // {0} and what was freed are nothing
// These may be out of memory.
bool image_copy(Image *to, const Image *from, CnnError *error);
bool image_upright(Image *image, CnnError *error); // as it was seen when it was taken
void image_on_white(Image *image); // what alpha lets through
bool image_to(Image *image, int64_t channels, CnnError *error); // 1, 3 or 4
// Along an axis that gets shorter pixels are averaged by the area they share, along one that gets longer the
// nearest two are mixed.
bool image_resize(Image *image, int64_t height, int64_t width, CnnError *error);
#endif
