// SPDX-License-Identifier: 0BSD
// Text and pictures in a page. A picture is a PNG file in base64: signature, IHDR, one IDAT, IEND, each chunk with
// its length before it and its CRC behind.
#include "report/report.h"
#include "io/text.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void html_text(FILE *page, const char *text) {
    char shown[TEXT_PATH];
    for (const char *c = text_foreign(shown, sizeof shown, text); *c; c++) {
        const char *special = strchr("&<>\"'", *c);
        if (special && *special)
            fprintf(page, "&#%d;", *c);
        else
            putc(*c, page);
    }
}

void html_fact(FILE *page, const char *name, const char *format, ...) {
    char text[TEXT_PATH];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fputs("<tr><th scope=\"row\">", page);
    html_text(page, name);
    fputs("</th><td>", page);
    html_text(page, text);
    fputs("</td></tr>\n", page);
}

void html_left_out(FILE *page, const char *what, const char *why) {
    fputs("<p class=\"left\">Left out: ", page);
    html_text(page, what);
    fputs(": ", page);
    html_text(page, why);
    fputs(".</p>\n", page);
}

// ---- PNG

typedef struct Bytes {
    uint8_t *at;
    size_t size;
} Bytes;

static void put(Bytes *b, const void *from, size_t size) {
    memcpy(b->at + b->size, from, size);
    b->size += size;
}

static void put_number(Bytes *b, uint32_t x) {
    const uint8_t big[] = {(uint8_t)(x >> 24), (uint8_t)(x >> 16), (uint8_t)(x >> 8), (uint8_t)x};
    put(b, big, sizeof big);
}

static void put_chunk(Bytes *b, const char name[4], const uint8_t *data, size_t size) {
    put_number(b, (uint32_t)size);
    size_t from = b->size;
    put(b, name, 4);
    if (size) put(b, data, size);
    put_number(b, (uint32_t)crc32_z(crc32_z(0, NULL, 0), b->at + from, b->size - from));
}

// Rows with a zero, no filter, in front of each.
static Bytes pack(const uint8_t *value, int64_t height, int64_t row) {
    Bytes lines = {malloc((size_t)(height * (row + 1))), 0}, packed = {0};
    uLong bound = compressBound((uLong)(height * (row + 1)));
    packed.at = malloc(bound);
    if (lines.at && packed.at) {
        for (int64_t y = 0; y < height; y++) {
            put(&lines, "", 1);
            put(&lines, value + y * row, (size_t)row);
        }
        if (compress2(packed.at, &bound, lines.at, lines.size, 9) == Z_OK) packed.size = bound;
    }
    free(lines.at);
    return packed;
}

static Bytes make_png(const uint8_t *value, const int64_t size[3]) {
    enum { CHUNK = 12, HEADER = 13, SIGNATURE = 8 };
    Bytes packed = pack(value, size[0], size[1] * size[2]), png = {0};
    png.at = packed.size ? malloc(SIGNATURE + 3 * CHUNK + HEADER + packed.size) : NULL;
    if (png.at) {
        uint8_t header[HEADER] = {0};
        Bytes h = {header, 0};
        put_number(&h, (uint32_t)size[1]);
        put_number(&h, (uint32_t)size[0]);
        put(&h, (const uint8_t[]){8, size[2] == 3 ? 2 : 0}, 2);
        put(&png, "\x89PNG\r\n\x1a\n", SIGNATURE);
        put_chunk(&png, "IHDR", header, HEADER);
        put_chunk(&png, "IDAT", packed.at, packed.size);
        put_chunk(&png, "IEND", NULL, 0);
    }
    free(packed.at);
    return png;
}

static void put_base64(FILE *page, const Bytes *b) {
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < b->size; i += 3) {
        size_t n = b->size - i;
        unsigned three =
            (unsigned)b->at[i] << 16 | (n > 1 ? b->at[i + 1] << 8 : 0) | (n > 2 ? b->at[i + 2] : 0);
        putc(digit[three >> 18], page);
        putc(digit[three >> 12 & 63], page);
        putc(n > 1 ? digit[three >> 6 & 63] : '=', page);
        putc(n > 2 ? digit[three & 63] : '=', page);
    }
}

void html_image(FILE *page, const uint8_t *value, const int64_t size[3], int64_t times,
                const char *title) {
    Bytes png = make_png(value, size);
    if (!png.at) {
        html_left_out(page, title, "memory is out");
        return;
    }
    fprintf(page, "<img width=\"%lld\" height=\"%lld\" alt=\"", (long long)size[1] * times,
            (long long)size[0] * times);
    html_text(page, title);
    fputs("\" title=\"", page);
    html_text(page, title);
    fputs("\" src=\"data:image/png;base64,", page);
    put_base64(page, &png);
    fputs("\">", page);
    free(png.at);
}
