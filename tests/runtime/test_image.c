// SPDX-License-Identifier: 0BSD
// Image files of all forms, held to what Pillow reads there (tests/images/make.py); damaged ones; and what is done
// with images, held to the definitions.
//     test_image FOLDER-OF-IMAGES
#include "check.h"
#include "../../runtime/io/image.h"

static const char *folder;
static const char *library_for(const char *name) {
    const char *dot = strrchr(name, '.');
#ifndef CNN_PNG
    if (!strcmp(dot, ".png"))
        return ": a PNG file, but this cnnc was built without libpng (Debian: apt install "
               "libpng-dev, then build "
               "cnnc and the program anew)";
#endif
#ifndef CNN_JPEG
    if (!strcmp(dot, ".jpg"))
        return ": a JPEG file, but this cnnc was built without libjpeg (Debian: apt install "
               "libjpeg-dev, then build "
               "cnnc and the program anew)";
#endif
    (void)dot;
    return NULL;
}

static uint8_t byte_at(const char *hex, int64_t i) {
    unsigned value;
    assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
    return (uint8_t)value;
}

// Each with all its beginnings, which are refused or, where only what is not needed is missing, read.
static void check_beginnings(const char *path) {
    size_t size;
    char *bytes = read_file(path, &size);
    int refused = 0;
    for (size_t n = 0; n < size; n++) {
        uint8_t *part =
            malloc(n ? n : 1); // as large as it is, so that ASan sees any step beyond it
        CnnError error = {0};
        Image image;
        memcpy(part, bytes, n);
        if (image_decode(path, part, n, &image, &error)) {
            image_free(&image);
        } else {
            refused++;
            assert_int_equal(error.code, CNN_REFUSED);
            ASSERT_HAS(error.text, path);
        }
        free(part);
    }
    assert_true(refused > (int)size - 32);
    free(bytes);
}

static void check_case(const char *name, const int64_t shape[3], int turned, int tolerance,
                       const char *hex) {
    char path[1024];
    CnnError error = {0};
    Image image;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const char *library = library_for(name);
    bool ok = cnn_images.read(path, &image, &error);
    if (library) {
        assert_false(ok);
        ASSERT_HAS(error.text, library);
        return;
    }
    if (!ok) fail_msg("%s", error.text);
    assert_int_equal(image.height, shape[0]);
    assert_int_equal(image.width, shape[1]);
    if (image.channels != shape[2]) fail_msg("%s: %d channels", name, (int)image.channels);
    assert_int_equal(image.turned, turned);
    for (int64_t i = 0; i < shape[0] * shape[1] * shape[2]; i++)
        if (abs(image.value[i] - byte_at(hex, i)) > tolerance)
            fail_msg("%s: byte %d is %d, expected %d", name, (int)i, image.value[i],
                     byte_at(hex, i));
    image_free(&image);
    check_beginnings(path);
}

static void images_are_what_pillow_reads(void **state) {
    char path[1024], name[64], hex[1024];
    long long h, w, c;
    int turned, tolerance, cases = 0;
    (void)state;
    snprintf(path, sizeof path, "%s/cases", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fscanf(file, "%63s %lld %lld %lld %d %d %1023s", name, &h, &w, &c, &turned, &tolerance,
                  hex) == 7) {
        check_case(name, (const int64_t[]){h, w, c}, turned, tolerance, hex);
        cases++;
    }
    fclose(file);
    assert_int_equal(cases, 27);
}

static void refuse(const char *text, const char *says) {
    CnnError error = {0};
    Image image;
    assert_false(image_decode("it", (const uint8_t *)text, strlen(text), &image, &error));
    ASSERT_HAS(error.text, says);
    assert_null(image.value);
}

static void what_is_no_image_is_refused(void **state) {
    CnnError error = {0};
    Image image;
    (void)state;
    refuse("", "it: no image: expected PNG, JPEG, BMP, PGM or PPM, by how the file begins");
    refuse("GIF89a", "no image: expected PNG, JPEG, BMP, PGM or PPM");
    refuse("P5 0 1 255\n", "it: an image of 0 x 1 pixels; expected 1 to 65536 along a side, and no "
                           "more than 256 MB in memory");
    refuse("P5 70000 1 255\n", "70000 x 1 pixels");
    refuse("P5 60000 60000 255\n", "256 MB");
    refuse("P5 20000 10000 255\n",
           "it: cut short: its header says 20000 x 10000 pixels, more than its 19 bytes can hold");
    refuse("P5 2 2 0\n    ", "it: not a PGM or PPM file: expected width, height and the largest "
                             "value, 1 to 65535, behind P5");
    refuse("P5 2 2 65536\n    ", "largest value");
    refuse("P2 2 2 7\n1 2 8 4",
           "it: value 2 of its pixels is missing or beyond 7, the largest that its header allows");
    refuse("P5 99999999999999999999 1 1\n0", "expected width, height");
    assert_false(cnn_images.read("/dev/null", &image, &error));
    ASSERT_HAS(error.text,
               "/dev/null: no image file: a folder, a pipe, a device, or more than 256 MB");
    assert_false(cnn_images.read("nowhere", &image, &error));
    assert_int_equal(error.code, CNN_REFUSED);
}

// A BMP file of 2 x 2 pixels of 8 bits, grey, which is one, with a number of it changed.
static void what_no_bmp_is_is_refused(void **state) {
    static const struct {
        size_t at;
        int value;
        size_t size;
        const char *says;
    } cases[] = {
        {14, 40, 20, "it: a BMP file that is cut short"},
        {14, 39, 1086, "it: a BMP file with a header of another kind, or cut short"},
        {30, 1, 1086, "it: a compressed BMP file; save it uncompressed, or as PNG"},
        {28, 16, 1086, "it: a BMP file of another number of bits than 1, 4, 8, 24 or 32 a pixel"},
        {10, 54, 1086, "it: a BMP file without a palette, or cut short"},
        {14, 40, 1085, "it: a BMP file that is cut short"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[1086] = {
            'B', 'M', [11] = 4, [14] = 40, [18] = 2, [22] = 2, [26] = 1, [28] = 8};
        CnnError error = {0};
        Image image;
        bytes[10] = 54; // where the pixels begin, behind a palette of 256 colours: 54 + 1024
        assert_true(image_decode("it", bytes, sizeof bytes, &image, &error));
        image_free(&image);
        bytes[cases[i].at] = (uint8_t)cases[i].value;
        if (cases[i].at == 10) bytes[11] = 0;
        assert_false(image_decode("it", bytes, cases[i].size, &image, &error));
        ASSERT_HAS(error.text, cases[i].says);
    }
}

static void refuse_bytes(const uint8_t *bytes, size_t size, const char *says) {
    CnnError error = {0};
    Image image;
    assert_false(image_decode("it", bytes, size, &image, &error));
    ASSERT_HAS(error.text, says);
}

static void what_no_png_is_is_refused(void **state) {
    static const uint8_t begins[] = "\x89PNG\r\n\x1a\n";
    (void)state;
    if (library_for(".png")) return;
    refuse_bytes(begins, sizeof begins - 1, "it: a damaged PNG file: the file ends too early");
}

static size_t put_bytes(uint8_t *to, const char *hex) {
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) to[i] = byte_at(hex, (int64_t)i);
    return n;
}

// One block of grey whose coefficients come one by one, each in five scans: of a few bytes a scan that would be work
// for as long as one likes.
static size_t many_scans(uint8_t *to) {
    static const char head[] = "ffc2000b080008000801011100"
                               "ffc40014000100000000000000000000000000000000"
                               "ffc40014100100000000000000000000000000000000"
                               "ffda000801010000000100"
                               "7f";
    char hex[32];
    size_t n = put_bytes(to, "ffd8ffdb004300");
    memset(to + n, 1, 64);
    n += 64 + put_bytes(to + n + 64, head);
    for (int k = 1; k < 64; k++)
        for (int bit = 4; bit >= 0; bit--) {
            snprintf(hex, sizeof hex, "ffda0008010100%02x%02x%02x7f", k, k,
                     bit < 4 ? (bit + 1) << 4 | bit : bit);
            n += put_bytes(to + n, hex);
        }
    return n + put_bytes(to + n, "ffd9");
}

static void what_no_jpeg_is_is_refused(void **state) {
    uint8_t bytes[4096];
    (void)state;
    if (library_for(".jpg")) return;
    refuse_bytes(bytes, put_bytes(bytes, "ffd8ff"), "it: a damaged JPEG file: ");
    refuse_bytes(bytes,
                 put_bytes(bytes, "ffd8ffc00014080001000104011100021100031100041100"
                                  "ffda000e040100020003000400003f00"),
                 "it: a JPEG file in CMYK; expected grey or RGB: convert it");
    refuse_bytes(bytes, many_scans(bytes), "it: a damaged JPEG file: it has too many scans");
}

// A picture of 2 x 3 whose pixels are numbered, stored as the camera held it; upright again it is 0 to 5.
static void turned_images_stand_up(void **state) {
    static const struct {
        int turned;
        int64_t h, w;
        uint8_t stored[6];
    } cases[] = {{1, 2, 3, {0, 1, 2, 3, 4, 5}}, {2, 2, 3, {2, 1, 0, 5, 4, 3}},
                 {3, 2, 3, {5, 4, 3, 2, 1, 0}}, {4, 2, 3, {3, 4, 5, 0, 1, 2}},
                 {5, 3, 2, {0, 3, 1, 4, 2, 5}}, {6, 3, 2, {2, 5, 1, 4, 0, 3}},
                 {7, 3, 2, {5, 2, 4, 1, 3, 0}}, {8, 3, 2, {3, 0, 4, 1, 5, 2}}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CnnError error = {0};
        Image image = {.height = cases[i].h, .width = cases[i].w, .channels = 1};
        image.turned = cases[i].turned;
        image.value = malloc(6);
        memcpy(image.value, cases[i].stored, 6);
        assert_true(image_upright(&image, &error));
        assert_int_equal(image.height, 2);
        assert_int_equal(image.width, 3);
        assert_memory_equal(image.value, cases[0].stored, 6);
        image_free(&image);
    }
}

static Image new_image(int64_t h, int64_t w, int64_t c, const uint8_t *value) {
    Image image = {.height = h, .width = w, .channels = c, .turned = 1};
    image.value = malloc((size_t)(h * w * c));
    memcpy(image.value, value, (size_t)(h * w * c));
    return image;
}

static void colours_and_alpha(void **state) {
    static const uint8_t rgba[] = {255, 0, 0, 255, 0, 255, 0, 0, 10, 20, 30, 128};
    static const uint8_t white[] = {255, 0, 0, 255, 255, 255, 132, 137, 142};
    static const uint8_t grey[] = {76, 255, 136},
                         again[] = {76, 76, 76, 255, 255, 255, 136, 136, 136};
    static const uint8_t four[] = {76, 76, 76, 255, 255, 255, 255, 255, 136, 136, 136, 255};
    CnnError error = {0};
    Image image = new_image(1, 3, 4, rgba);
    (void)state;
    image_on_white(&image);
    assert_int_equal(image.channels, 3);
    assert_memory_equal(image.value, white, 9);
    assert_true(image_to(&image, 1, &error));
    assert_memory_equal(image.value, grey, 3);
    assert_true(image_to(&image, 3, &error));
    assert_memory_equal(image.value, again, 9);
    assert_true(image_to(&image, 4, &error));
    assert_memory_equal(image.value, four, 12);
    image_free(&image);
}

static void sizes_change(void **state) {
    static const uint8_t from[] = {0, 10, 20, 30, 40, 50, 60, 70};
    static const uint8_t half[] = {25, 45}; // means of 2 x 2
    static const uint8_t wide[] = {0, 25, 75, 100}; // between centres
    static const uint8_t row[] = {0, 40, 100, 40, 80, 120}, ends[] = {0, 100};
    CnnError error = {0};
    (void)state;
    Image image = new_image(2, 4, 1, from);
    assert_true(image_resize(&image, 1, 2, &error));
    assert_int_equal(image.height, 1);
    assert_int_equal(image.width, 2);
    assert_memory_equal(image.value, half, 2);
    image_free(&image);
    image = new_image(1, 2, 1, ends);
    assert_true(image_resize(&image, 1, 4, &error));
    assert_memory_equal(image.value, wide, 4);
    image_free(&image);
    image = new_image(1, 3, 2, row); // pairs (0, 40), (100, 40), (80, 120)
    assert_true(image_resize(&image, 1, 2, &error));
    assert_memory_equal(image.value, ((const uint8_t[]){33, 40, 87, 93}), 4);
    image_free(&image);
}

static void sizes_of_inputs(void **state) {
    static const struct {
        int64_t rank, dim[5], size[3];
        bool is;
    } cases[] = {{3, {28, 20, 1}, {28, 20, 1}, true},
                 {3, {28, 28, 2}, {0}, false},
                 {2, {28, 20}, {28, 20, 1}, true},
                 {1, {784}, {28, 28, 1}, true},
                 {1, {3072}, {32, 32, 3}, true},
                 {1, {13}, {0}, false},
                 {1, {1}, {0}, false},
                 {1, {49}, {0}, false},
                 {1, {64}, {8, 8, 1}, true},
                 {4, {4, 4, 4, 1}, {0}, false},
                 {3, {1, 28, 1}, {0}, false},
                 {3, {9, 9, 4}, {9, 9, 4}, true}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t size[IMAGE_DIMS];
        assert_int_equal(picture_size(cases[i].dim, cases[i].rank, size), cases[i].is);
        if (cases[i].is) assert_memory_equal(size, cases[i].size, sizeof size);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_what_pillow_reads),
        cmocka_unit_test(what_is_no_image_is_refused),
        cmocka_unit_test(what_no_bmp_is_is_refused),
        cmocka_unit_test(what_no_png_is_is_refused),
        cmocka_unit_test(what_no_jpeg_is_is_refused),
        cmocka_unit_test(turned_images_stand_up),
        cmocka_unit_test(colours_and_alpha),
        cmocka_unit_test(sizes_change),
        cmocka_unit_test(sizes_of_inputs),
    };
    if (argc != 2) return 2;
    folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
