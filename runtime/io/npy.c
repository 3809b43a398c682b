// SPDX-License-Identifier: 0BSD
// See npy.h. The header is read by hand: it is a dict of three known keys, in any order, of a string, a bool and
// a tuple of integers. What it claims is held to the size of the file.
#include "io/npy.h"
#include "data/types.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX = 8, MOST_HEADER = 1 << 16 };

typedef struct Reader {
    const char *name;
    const char *at, *end; // of the header's text
    NpyHeader *h;
    CnnError *error;
} Reader;

static bool damaged(const Reader *r, const char *what) {
    return cnn_fail(r->error, CNN_REFUSED, "%s: not a whole NPY file: %s", r->name, what);
}

static void blanks(Reader *r) {
    while (r->at < r->end && strchr(" \t\n", *r->at)) r->at++;
}

static bool next(Reader *r, char c) {
    blanks(r);
    if (r->at == r->end || *r->at != c) return false;
    r->at++;
    return true;
}

static bool read_word(Reader *r, const char *word) {
    size_t n = strlen(word);
    blanks(r);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0) return false;
    r->at += n;
    return true;
}

// A string without escapes, as keys and types are.
static bool read_string(Reader *r, char *to, size_t size) {
    blanks(r);
    if (r->at == r->end || (*r->at != '\'' && *r->at != '"')) return false;
    char quote = *r->at++;
    size_t n = 0;
    while (r->at < r->end && *r->at != quote && n + 1 < size) to[n++] = *r->at++;
    to[n] = 0;
    return next(r, quote);
}

static bool read_type(Reader *r) {
    char text[16];
    if (!read_string(r, text, sizeof text))
        return cnn_fail(r->error, CNN_REFUSED,
                        "%s: holds a table of named columns; save the columns as arrays of numbers",
                        r->name);
    r->h->swapped = *text == '>';
    const char *code = strchr("<>|=", *text) && *text ? text + 1 : text;
    for (int64_t t = 0; t < CNN_TYPES; t++)
        if (strcmp(type_rows[t].code, code) == 0) return r->h->type = t, true;
    return cnn_fail(r->error, CNN_REFUSED,
                    "%s: holds values of type '%s'; expected integers of 1 to 8 bytes, float32 or "
                    "float64: save it with .astype(\"float32\")",
                    r->name, text);
}

static bool read_order(Reader *r) {
    if (read_word(r, "False")) return true;
    if (!read_word(r, "True")) return damaged(r, "fortran_order is neither True nor False");
    r->h->data_at = -1; // columns first
    return true;
}

static bool read_number(Reader *r, int64_t *n) {
    blanks(r);
    const char *start = r->at;
    for (*n = 0; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        if (__builtin_mul_overflow(*n, 10, n) || __builtin_add_overflow(*n, *r->at - '0', n))
            return false;
    bool any = r->at > start;
    if (any && r->at < r->end && *r->at == 'L') r->at++; // as Python 2 wrote it
    return any;
}

static bool read_shape(Reader *r) {
    NpyHeader *h = r->h;
    if (!next(r, '(')) return damaged(r, "its shape is no tuple");
    h->count = 1;
    for (h->rank = 0; !next(r, ')'); h->rank++) {
        if (h->rank == NPY_RANK)
            return cnn_fail(r->error, CNN_REFUSED, "%s: has more than %d dimensions", r->name,
                            NPY_RANK);
        int64_t *n = &h->dim[h->rank];
        if (!read_number(r, n) || __builtin_mul_overflow(h->count, *n, &h->count))
            return damaged(r, "its shape is no tuple of integers within 64 bits");
        blanks(r);
        if (!next(r, ',') && (r->at == r->end || *r->at != ')'))
            return damaged(r, "its shape is no tuple");
    }
    return true;
}

static bool read_entry(Reader *r, unsigned *seen) {
    static const struct {
        const char *key;
        bool (*read)(Reader *);
    } keys[] = {{"descr", read_type}, {"fortran_order", read_order}, {"shape", read_shape}};
    char key[32];
    if (!read_string(r, key, sizeof key) || !next(r, ':'))
        return damaged(r, "its header is no dict");
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(keys[i].key, key) != 0) continue;
        *seen |= 1u << i;
        return keys[i].read(r);
    }
    return damaged(r, "its header has an unknown key");
}

static bool read_dict(Reader *r) {
    unsigned seen = 0;
    if (!next(r, '{')) return damaged(r, "its header is no dict");
    while (!next(r, '}')) {
        if (!read_entry(r, &seen)) return false;
        if (next(r, ',')) continue;
        if (!next(r, '}')) return damaged(r, "its header is no dict");
        break;
    }
    return seen == 7 || damaged(r, "its header lacks descr, fortran_order or shape");
}

static bool check(const Reader *r, int64_t start, int64_t size) {
    NpyHeader *h = r->h;
    int64_t bytes, all;
    if (h->data_at < 0 && h->rank > 1)
        return cnn_fail(r->error, CNN_REFUSED,
                        "%s: is stored columns first; save it with np.ascontiguousarray(...)",
                        r->name);
    h->data_at = start;
    if (__builtin_mul_overflow(h->count, type_rows[h->type].bytes, &bytes) ||
        __builtin_add_overflow(bytes, start, &all) || all != size)
        return cnn_fail(r->error, CNN_REFUSED,
                        "%s: its header says %lld values of %s, but it has %lld bytes behind the "
                        "header; get the file again",
                        r->name, (long long)h->count, type_rows[h->type].name,
                        (long long)(size - start));
    return true;
}

bool npy_header(const char *name, const uint8_t *byte, int64_t there, int64_t size, NpyHeader *h,
                CnnError *error) {
    Reader r = {.name = name, .h = h, .error = error};
    *h = (NpyHeader){0};
    if (there < PREFIX || memcmp(byte, "\x93NUMPY", 6) != 0)
        return cnn_fail(error, CNN_REFUSED,
                        "%s: not an NPY file: it does not begin with \\x93NUMPY", name);
    if (byte[6] < 1 || byte[6] > 3)
        return cnn_fail(error, CNN_REFUSED, "%s: is of NPY's version %d; expected 1, 2 or 3", name,
                        byte[6]);
    int wide = byte[6] == 1 ? 2 : 4;
    int64_t length = 0, start = PREFIX + wide;
    if (there < start) return damaged(&r, "it ends within its header");
    for (int i = 0; i < wide; i++) length |= (int64_t)byte[PREFIX + i] << (8 * i);
    if (length > MOST_HEADER || start + length > there)
        return damaged(&r, "it ends within its header, or that is too long");
    r.at = (const char *)byte + start;
    r.end = r.at + length;
    return read_dict(&r) && check(&r, start + length, size);
}

// ---- files

static bool find_member(const Npy *npy, const char *path, const char *key, NpzMember *m,
                        CnnError *error) {
    size_t n = strlen(key);
    char all[256] = "";
    for (int64_t i = 0; npz_member(&npy->file, path, i, m, error); i++) {
        size_t bytes = (size_t)m->name_bytes, used = strlen(all);
        if (bytes > 4 && memcmp(m->name + bytes - 4, ".npy", 4) == 0) bytes -= 4;
        if (bytes == n && memcmp(m->name, key, n) == 0) return true;
        if (used + bytes + 3 < sizeof all)
            snprintf(all + used, sizeof all - used, "%s%.*s", used ? ", " : "", (int)bytes,
                     m->name);
    }
    if (error->code == CNN_OK)
        cnn_fail(error, CNN_REFUSED, "%s: has no array '%.100s'; it has %s", path, key,
                 *all ? all : "none");
    return false;
}

static bool open_member(Npy *npy, const char *path, const char *key, bool only_header,
                        CnnError *error) {
    NpzMember m;
    error->code = CNN_OK;
    if (!find_member(npy, path, key, &m, error)) return false;
    if (m.method == 0) {
        const uint8_t *byte = npy->file.byte + m.data_at;
        if (!npy_header(path, byte, m.size, m.size, &npy->header, error)) return false;
        npy->value = byte + npy->header.data_at;
        return only_header || npz_unpack(&npy->file, path, &m, NULL, m.size, error);
    }
    int64_t n =
        only_header && m.size > MOST_HEADER + PREFIX + 4 ? MOST_HEADER + PREFIX + 4 : m.size;
    uint8_t *memory = npy->memory = malloc((size_t)(n > 0 ? n : 1));
    if (!memory) return cnn_fail(error, CNN_SYSTEM, "%s: out of memory", path);
    if (!npz_unpack(&npy->file, path, &m, memory, n, error) ||
        !npy_header(path, memory, n, m.size, &npy->header, error))
        return false;
    npy->value = memory + npy->header.data_at;
    return true;
}

bool npy_open(Npy *npy, const char *path, const char *key, bool only_header, CnnError *error) {
    *npy = (Npy){0};
    if (!mapped_open(&npy->file, path, error)) return false;
    const Mapped *file = &npy->file;
    bool ok = key ? open_member(npy, path, key, only_header, error)
                  : npy_header(path, file->byte, file->size, file->size, &npy->header, error);
    if (ok && !key) npy->value = file->byte + npy->header.data_at;
    if (!ok) npy_close(npy);
    return ok;
}

void npy_close(Npy *npy) {
    free(npy->memory);
    mapped_close(&npy->file);
    *npy = (Npy){0};
}
