// SPDX-License-Identifier: 0BSD
// An image as those were that the model was trained with: upright, of their size and colours, and where it is dark
// on light and they were light on dark, or the other way round, inverted. What is behind the picture is known by
// its border: the median there is nearer to the picture's lightest byte or to its darkest. When it is inverted, that
// median becomes 0 and the other end 255, so that paper in poor light becomes black, as theirs is.
#include "cli/predict.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FAINT = 32 }; // a picture with less between its darkest and its lightest has no figure

static void say(char note[NOTE], const char *format, ...) {
    size_t used = strlen(note);
    va_list args;
    if (used) used += (size_t)snprintf(note + used, NOTE - used, ", ");
    va_start(args, format);
    if (used < NOTE) vsnprintf(note + used, NOTE - used, format, args);
    va_end(args);
}

typedef struct Levels {
    int least, most, border; // border: the median there
} Levels;

static Levels levels_of(const Image *image) {
    int64_t count[256] = {0}, h = image->height, w = image->width, c = image->channels, all = 0;
    Levels l = {.least = 255};
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w * c; x++) {
            int value = image->value[y * w * c + x];
            bool edge = y == 0 || y == h - 1 || x < c || x >= (w - 1) * c;
            count[value] += edge;
            all += edge;
            if (value < l.least) l.least = value;
            if (value > l.most) l.most = value;
        }
    for (int64_t below = count[0]; 2 * below < all; below += count[l.border]) l.border++;
    return l;
}

static Background behind(const Levels *l) {
    if (l->most - l->least < FAINT) return BACKGROUND_MIXED;
    return 2 * l->border > l->most + l->least ? BACKGROUND_LIGHT : BACKGROUND_DARK;
}

static void invert(Image *image, const Levels *l) {
    Background there = behind(l);
    int high = there == BACKGROUND_LIGHT ? l->border : there == BACKGROUND_DARK ? l->most : 255;
    int low = there == BACKGROUND_LIGHT ? l->least : there == BACKGROUND_DARK ? l->border : 0;
    int64_t n = image->height * image->width * image->channels;
    for (int64_t i = 0; i < n; i++) {
        int value = 255 * (high - image->value[i]) / (high - low);
        image->value[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

static void invert_if(const Frame *f, Image *image, char note[NOTE]) {
    static const char *const names[] = {[BACKGROUND_DARK] = "dark", [BACKGROUND_LIGHT] = "light"};
    Levels l = levels_of(image);
    Background seen = behind(&l);
    bool differ = seen && f->trained && seen != f->trained;
    if (f->invert == INVERT_NO || (f->invert == INVERT_AUTO && !differ)) return;
    invert(image, &l);
    if (differ)
        say(note, "inverted, as its background is %s (%d) and in training it was %s", names[seen],
            l.border, names[f->trained]);
    else
        say(note, "inverted");
}

// ---- size and colours

static const char *colours(int64_t channels) {
    return channels == 1 ? "grey" : channels == 3 ? "RGB" : "RGB with alpha";
}

static bool refuse(const Frame *f, const char *name, const Image *image, CnnError *error) {
    return cnn_fail(error, CNN_REFUSED,
                    "%s: is %lld x %lld pixels, but the model's images are %lld x %lld; without "
                    "--exact it is resized",
                    name, (long long)image->width, (long long)image->height, (long long)f->size[1],
                    (long long)f->size[0]);
}

static bool resize(const Frame *f, const char *name, Image *image, char note[NOTE],
                   CnnError *error) {
    int64_t h = image->height, w = image->width;
    if (h == f->size[0] && w == f->size[1]) return true;
    if (f->exact) return refuse(f, name, image, error);
    say(note, "resized from %lld x %lld to %lld x %lld", (long long)w, (long long)h,
        (long long)f->size[1], (long long)f->size[0]);
    return f->later || image_resize(image, f->size[0], f->size[1], error);
}

bool prepare_image(const Frame *f, const char *name, Image *image, char note[NOTE],
                   CnnError *error) {
    int64_t channels = image->channels;
    *note = 0;
    if (image->turned > 1) say(note, "turned upright");
    if (!image_upright(image, error)) return false;
    if (channels == 2 || (channels == 4 && f->size[2] != 4)) {
        image_on_white(image);
        say(note, "put on white");
    }
    if (image->channels != f->size[2]) say(note, "made %s", colours(f->size[2]));
    if (!image_to(image, f->size[2], error) || !resize(f, name, image, note, error)) return false;
    invert_if(f, image, note);
    return true;
}
