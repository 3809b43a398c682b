// SPDX-License-Identifier: 0BSD
// See gunzip.h. How large the file becomes is not known before, so the room for it doubles. zlib holds each part to the
// sum of its bytes; parts follow each other as `cat a.gz b.gz` writes them.
#include "io/gunzip.h"
#include <stdlib.h>
#include <zlib.h>

enum { GZIP = MAX_WBITS + 16, FIRST = 1 << 16, MOST_IN = 1 << 30 };

bool gunzip_is(const Mapped *file) {
    return file->size >= 2 && file->byte[0] == 0x1f && file->byte[1] == 0x8b;
}

typedef struct Unpacked {
    uint8_t *byte;
    int64_t size, room;
} Unpacked;

static bool grow(Unpacked *u) {
    if (u->size < u->room) return true;
    int64_t room = u->room ? 2 * u->room : FIRST;
    uint8_t *more = realloc(u->byte, (size_t)room);
    if (!more) return false;
    u->byte = more;
    u->room = room;
    return true;
}

// One call of inflate: what it says.
static int more(z_stream *z, Unpacked *u) {
    int64_t room = u->room - u->size;
    z->next_out = u->byte + u->size;
    z->avail_out = (uInt)(room < MOST_IN ? room : MOST_IN);
    uInt before = z->avail_out;
    int code = inflate(z, Z_NO_FLUSH);
    u->size += before - z->avail_out;
    return code;
}

static int run(z_stream *z, const Mapped *file, Unpacked *u) {
    int64_t rest = file->size;
    int code = Z_OK;
    z->next_in = (Bytef *)(uintptr_t)file->byte;
    while (code == Z_OK) {
        if (!grow(u)) return Z_MEM_ERROR;
        if (z->avail_in == 0) {
            z->avail_in = (uInt)(rest < MOST_IN ? rest : MOST_IN);
            rest -= z->avail_in;
        }
        code = more(z, u);
        bool goes_on = code == Z_STREAM_END && (z->avail_in > 0 || rest > 0);
        if (goes_on) code = inflateReset(z);
    }
    return code;
}

bool gunzip(const Mapped *file, const char *path, uint8_t **to, int64_t *size, CnnError *error) {
    Unpacked u = {0};
    z_stream z = {0};
    int code = inflateInit2(&z, GZIP);
    if (code == Z_OK) code = run(&z, file, &u);
    inflateEnd(&z);
    if (code == Z_STREAM_END) return *to = u.byte, *size = u.size, true;
    free(u.byte);
    if (code == Z_MEM_ERROR)
        return cnn_fail(error, CNN_SYSTEM, "%s: out of memory for what is packed in it", path);
    return cnn_fail(error, CNN_REFUSED, "%s: is no whole gzip file; get it again", path);
}
