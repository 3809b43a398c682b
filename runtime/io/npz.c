// SPDX-License-Identifier: 0BSD
// Members of a zip: found by the directory at its end, also by that of large files (zip64). Each field is held
// to the file before it is used. No more is unpacked than a member says it has, and it must have that.
#include "io/npy.h"
#include <string.h>
#include <zlib.h>

enum {
    END = 22,
    ENTRY = 46,
    LOCAL = 30,
    COMMENT = 65535,
    MEMBERS = 4096,
    LOCATOR = 20,
    END64 = 56
};
enum { RATIO = 1032 }; // deflate packs no tighter

static uint64_t bits(const uint8_t *from, int n) {
    uint64_t v = 0;
    for (int i = 0; i < n; i++) v |= (uint64_t)from[i] << (8 * i);
    return v;
}

static bool damaged(const char *path, const char *what, CnnError *error) {
    return cnn_fail(error, CNN_REFUSED, "%s: not a whole NPZ file: %s", path, what);
}

// Where the directory is, and how many members it lists.
static bool find_directory(const Mapped *f, const char *path, int64_t *at, int64_t *n,
                           CnnError *error) {
    int64_t end = f->size - END, least = end - COMMENT;
    while (end >= 0 && end >= least && bits(f->byte + end, 4) != 0x06054b50) end--;
    if (end < 0 || end < least) return damaged(path, "it has no directory", error);
    *n = (int64_t)bits(f->byte + end + 10, 2);
    uint64_t start = bits(f->byte + end + 16, 4);
    int64_t locator = end - LOCATOR;
    if (locator >= 0 && bits(f->byte + locator, 4) == 0x07064b50) {
        uint64_t wide = bits(f->byte + locator + 8, 8);
        if (wide > (uint64_t)f->size || (uint64_t)f->size - wide < END64 ||
            bits(f->byte + wide, 4) != 0x06064b50)
            return damaged(path, "its directory is not where it says", error);
        uint64_t many = bits(f->byte + wide + 32, 8);
        if (many > (uint64_t)f->size) return damaged(path, "its directory is too long", error);
        *n = (int64_t)many;
        start = bits(f->byte + wide + 48, 8);
    }
    if (start > (uint64_t)f->size)
        return damaged(path, "its directory is not where it says", error);
    *at = (int64_t)start;
    if (*n > MEMBERS) return damaged(path, "it has more than 4096 members", error);
    return true;
}

typedef struct Entry {
    uint64_t packed, size, local;
} Entry;

// Sizes beyond 32 bits stand in an extra field, those alone that are left out of the entry.
static bool widen(Entry *e, const uint8_t *extra, int64_t bytes) {
    uint64_t *field[] = {&e->size, &e->packed, &e->local};
    while (bytes >= 4) {
        int64_t kind = (int64_t)bits(extra, 2), n = (int64_t)bits(extra + 2, 2), used = 4;
        if (n > bytes - 4) return false;
        for (int i = 0; kind == 1 && i < 3; i++) {
            if (*field[i] != UINT32_MAX) continue;
            if (used + 8 > n + 4) return false;
            *field[i] = bits(extra + used, 8);
            used += 8;
        }
        extra += n + 4;
        bytes -= n + 4;
    }
    return true;
}

// The data of a member begin behind its own header, whose lengths are not those of the directory.
static bool locate(const Mapped *f, const char *path, const Entry *e, NpzMember *m,
                   CnnError *error) {
    uint64_t size = (uint64_t)f->size;
    if (e->local > size || size - e->local < LOCAL || bits(f->byte + e->local, 4) != 0x04034b50)
        return damaged(path, "a member is not where the directory says", error);
    uint64_t at =
        e->local + LOCAL + bits(f->byte + e->local + 26, 2) + bits(f->byte + e->local + 28, 2);
    if (at > size || e->packed > size - at)
        return damaged(path, "a member reaches beyond the end", error);
    if (e->size / RATIO > e->packed || (m->method == 0 && e->size != e->packed))
        return damaged(path, "a member cannot have the size that it says", error);
    m->packed = (int64_t)e->packed;
    m->size = (int64_t)e->size;
    m->data_at = (int64_t)at;
    return true;
}

bool npz_member(const Mapped *f, const char *path, int64_t i, NpzMember *m, CnnError *error) {
    int64_t at = 0, n = 0;
    if (!find_directory(f, path, &at, &n, error) || i >= n) return false;
    for (;; i--) {
        if (f->size - at < ENTRY || bits(f->byte + at, 4) != 0x02014b50)
            return damaged(path, "its directory ends early", error);
        const uint8_t *e = f->byte + at;
        int64_t name = (int64_t)bits(e + 28, 2), extra = (int64_t)bits(e + 30, 2);
        int64_t all = ENTRY + name + extra + (int64_t)bits(e + 32, 2);
        if (all > f->size - at) return damaged(path, "its directory ends early", error);
        at += all;
        if (i > 0) continue;
        Entry entry = {bits(e + 20, 4), bits(e + 24, 4), bits(e + 42, 4)};
        *m = (NpzMember){.name = (const char *)e + ENTRY,
                         .name_bytes = name,
                         .method = (int)bits(e + 10, 2),
                         .crc = (uint32_t)bits(e + 16, 4)};
        if (bits(e + 8, 2) & 1) return damaged(path, "a member is encrypted", error);
        if (m->method != 0 && m->method != 8)
            return damaged(path, "a member is packed, but not by deflate", error);
        if (!widen(&entry, e + ENTRY + name, extra))
            return damaged(path, "its directory is damaged", error);
        return locate(f, path, &entry, m, error);
    }
}

static bool inflate_to(const Mapped *f, const NpzMember *m, uint8_t *to, int64_t n) {
    enum { PART = 1 << 30 };
    z_stream z = {0};
    int64_t in = 0, out = 0;
    int code = inflateInit2(&z, -MAX_WBITS);
    while (code == Z_OK && out < n) {
        int64_t more = m->packed - in < PART ? m->packed - in : PART;
        int64_t room = n - out < PART ? n - out : PART;
        z.next_in = (Bytef *)(uintptr_t)(f->byte + m->data_at + in);
        z.avail_in = (uInt)more;
        z.next_out = to + out;
        z.avail_out = (uInt)room;
        code = inflate(&z, Z_NO_FLUSH);
        in += more - z.avail_in;
        out += room - z.avail_out;
        if (code == Z_OK && more == z.avail_in && room == z.avail_out) break;
    }
    inflateEnd(&z);
    return out == n && (code == Z_OK || code == Z_STREAM_END);
}

bool npz_unpack(const Mapped *f, const char *path, const NpzMember *m, uint8_t *to, int64_t n,
                CnnError *error) {
    const uint8_t *from = m->method == 0 ? f->byte + m->data_at : to;
    if (m->method != 0 && !inflate_to(f, m, to, n))
        return damaged(path, "a member is cut short or damaged", error);
    if (n < m->size || crc32_z(crc32_z(0, NULL, 0), from, (z_size_t)n) == m->crc) return true;
    return damaged(path, "the checksum of a member is wrong", error);
}
