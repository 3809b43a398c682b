// SPDX-License-Identifier: 0BSD
// JPEG files by libjpeg, grey or RGB, with the defaults of its decoder. It leaves a fault by longjmp. What it
// would only warn of, data that are cut short or spoiled, is a fault here.
#include "io/image.h"

#ifdef CNN_JPEG
#include <stdio.h>
#include <jpeglib.h>
#include <jerror.h>
#include <setjmp.h>
#include <string.h>

// Blocks of 64 pixels take a few bits each. A progressive file of very many scans takes very long.
enum { JPEG_RATIO = 1024, SCANS = 256, EXIF_BYTES = 0xffff, JPEG_MEMORY = 1 << 30 };

typedef struct Jpeg {
    struct jpeg_decompress_struct file;
    struct jpeg_error_mgr faults;
    struct jpeg_progress_mgr progress;
    jmp_buf out;
    const char *path;
    CnnError *error;
} Jpeg;

static void fail(Jpeg *j, const char *what) {
    cnn_fail(j->error, CNN_REFUSED, "%s: a damaged JPEG file: %s", j->path, what);
    longjmp(j->out, 1);
}

static void on_error(j_common_ptr file) {
    char text[JMSG_LENGTH_MAX];
    file->err->format_message(file, text);
    fail(file->client_data, text);
}

static void on_message(j_common_ptr file, int level) {
    bool harmless = file->err->msg_code == JWRN_EXTRANEOUS_DATA;
    if (level < 0 && !harmless) on_error(file);
}

static void on_progress(j_common_ptr file) {
    if (((j_decompress_ptr)file)->input_scan_number > SCANS)
        fail(file->client_data, "it has too many scans");
}

static int which_way(const struct jpeg_decompress_struct *file) {
    static const char name[6] = "Exif\0";
    for (jpeg_saved_marker_ptr m = file->marker_list; m; m = m->next)
        if (m->data_length > sizeof name && !memcmp(m->data, name, sizeof name))
            return image_exif(m->data + sizeof name, m->data_length - sizeof name);
    return 1;
}

static bool decode(Jpeg *j, const uint8_t *bytes, size_t size, Image *image) {
    struct jpeg_decompress_struct *file = &j->file;
    jpeg_create_decompress(file);
    file->mem->max_memory_to_use = JPEG_MEMORY;
    file->progress = &j->progress;
    jpeg_mem_src(file, bytes, size);
    jpeg_save_markers(file, JPEG_APP0 + 1, EXIF_BYTES);
    jpeg_read_header(file, TRUE);
    if (file->num_components > 3)
        return cnn_fail(j->error, CNN_REFUSED,
                        "%s: a JPEG file in CMYK; expected grey or RGB: convert it", j->path);
    file->out_color_space = file->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    image->turned = which_way(file);
    image->height = file->image_height;
    image->width = file->image_width;
    image->channels = file->num_components == 1 ? 1 : 3;
    if (!image_room(j->path, image, size, JPEG_RATIO, j->error)) return false;
    jpeg_start_decompress(file);
    while (file->output_scanline < file->output_height) {
        JSAMPROW row =
            image->value + (int64_t)file->output_scanline * image->width * image->channels;
        jpeg_read_scanlines(file, &row, 1);
    }
    jpeg_finish_decompress(file);
    return true;
}

bool image_jpeg(const char *path, const uint8_t *bytes, size_t size, Image *image,
                CnnError *error) {
    Jpeg j = {.path = path, .error = error};
    volatile bool ok = false;
    j.file.err = jpeg_std_error(&j.faults);
    j.faults.error_exit = on_error;
    j.faults.emit_message = on_message;
    j.progress.progress_monitor = on_progress;
    j.file.client_data = &j;
    if (!setjmp(j.out)) ok = decode(&j, bytes, size, image);
    jpeg_destroy_decompress(&j.file);
    return ok;
}
#else
bool image_jpeg(const char *path, const uint8_t *bytes, size_t size, Image *image,
                CnnError *error) {
    (void)bytes, (void)size, (void)image;
    return cnn_fail(error, CNN_REFUSED,
                    "%s: a JPEG file, but this cnnc was built without libjpeg (Debian: apt install "
                    "libjpeg-dev, then build cnnc and the program anew)",
                    path);
}
#endif

static unsigned number(const uint8_t *at, int n, bool little) {
    unsigned value = 0;
    for (int i = 0; i < n; i++) value = value << 8 | at[little ? n - 1 - i : i];
    return value;
}

// TIFF: "II" or "MM", 42, the place of a table; there the number of entries of 12 bytes: a tag, a type, a count,
// a value. 0x112 is the orientation.
int image_exif(const uint8_t *bytes, size_t size) {
    enum { HEADER = 8, ENTRY = 12, ORIENTATION = 0x112, VALUE_AT = 8 };
    if (size < HEADER || bytes[0] != bytes[1] || (bytes[0] != 'I' && bytes[0] != 'M')) return 1;
    bool little = bytes[0] == 'I';
    size_t at = number(bytes + 4, 4, little);
    if (at > size - 2) return 1;
    unsigned entries = number(bytes + at, 2, little);
    for (at += 2; entries-- && at + ENTRY <= size; at += ENTRY) {
        unsigned value = number(bytes + at + VALUE_AT, 2, little);
        if (number(bytes + at, 2, little) == ORIENTATION)
            return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
