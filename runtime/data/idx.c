// SPDX-License-Identifier: 0BSD
// IDX files, MNIST's format: two zero bytes, a byte for the type of the values (8: unsigned bytes),
// a byte for the number of dimensions, the dimensions as 32-bit big-endian numbers, the values.
// Plain or gzipped. What the header claims is held against the file's size before memory is asked
// for, and nothing is inflated beyond it.
#include "runtime.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { TYPE_BYTE = 8, DEFLATE_RATIO = 1032, CHUNK = 1 << 20 }; // deflate packs no tighter than 1032

typedef struct Reader {
    gzFile file;
    const char *path;
    int64_t size; // of the file as it is stored
    IdxCheck *check; // or NULL
    const void *context;
    CnnError *error;
} Reader;

// Why reading failed; *number is zlib's code, Z_OK at the end of a whole file. zlib puts the file's
// number before its words.
static const char *reason(gzFile file, int *number) {
    const char *text = gzerror(file, number), *words = strstr(text, ">: ");
    return *number == Z_ERRNO ? strerror(errno) : words ? words + 3 : text;
}

static bool no_memory(const Reader *r) {
    return cnn_fail(r->error, CNN_SYSTEM, "%s: out of memory", r->path);
}

// Reads exactly n bytes of `what`.
static bool read_bytes(const Reader *r, uint8_t *to, int64_t n, const char *what) {
    for (int64_t done = 0; done < n;) {
        int64_t part = n - done < CHUNK ? n - done : CHUNK;
        int got = gzread(r->file, to + done, (unsigned)part), number;
        if (got > 0) {
            done += got;
            continue;
        }
        const char *why = reason(r->file, &number);
        if (got < 0 && number == Z_MEM_ERROR) return no_memory(r);
        return cnn_fail(r->error, CNN_REFUSED,
                        "%s: cut short or damaged: %s should be %lld bytes, but after %lld %s%s%s; "
                        "get the file again",
                        r->path, what, (long long)n, (long long)done,
                        got < 0 ? "reading fails (" : "the file ends", got < 0 ? why : "",
                        got < 0 ? ")" : "");
    }
    return true;
}

static bool read_header(const Reader *r, Idx *idx) {
    uint8_t head[4], dim[4];
    if (!read_bytes(r, head, sizeof head, "the IDX header")) return false;
    if (head[0] || head[1])
        return cnn_fail(r->error, CNN_REFUSED,
                        "%s: not an IDX file: expected two zero bytes first, seen %02x %02x",
                        r->path, head[0], head[1]);
    if (head[2] != TYPE_BYTE)
        return cnn_fail(r->error, CNN_REFUSED,
                        "%s: holds values of IDX type 0x%02x; expected 0x08, unsigned bytes",
                        r->path, head[2]);
    if (head[3] < 1 || head[3] > IDX_RANK)
        return cnn_fail(r->error, CNN_REFUSED, "%s: has %d dimensions; expected 1 to %d", r->path,
                        head[3], IDX_RANK);
    idx->rank = head[3];
    idx->count = 1;
    for (int64_t i = 0; i < idx->rank; i++) {
        if (!read_bytes(r, dim, sizeof dim, "a dimension in the IDX header")) return false;
        idx->dim[i] = (int64_t)dim[0] << 24 | (int64_t)dim[1] << 16 | (int64_t)dim[2] << 8 | dim[3];
        if (__builtin_mul_overflow(idx->count, idx->dim[i], &idx->count))
            return cnn_fail(r->error, CNN_REFUSED, "%s: its dimensions overflow 64 bits", r->path);
    }
    return true;
}

// Whether a file of this size can hold what its header claims.
static bool check_size(const Reader *r, const Idx *idx) {
    int64_t header = 4 + 4 * idx->rank, wanted = 0;
    char shape[TEXT_SHAPE];
    text_shape(shape, idx->dim, idx->rank);
    bool fits = !__builtin_add_overflow(idx->count, header, &wanted);
    if (gzdirect(r->file) && (!fits || wanted != r->size))
        return cnn_fail(
            r->error, CNN_REFUSED,
            "%s: its header says %s, %lld bytes with the header, but the file has %lld; "
            "get it again",
            r->path, shape, (long long)wanted, (long long)r->size);
    if (!fits || wanted / DEFLATE_RATIO > r->size)
        return cnn_fail(
            r->error, CNN_REFUSED,
            "%s: its header says %s, more than %lld gzipped bytes can hold; get it again", r->path,
            shape, (long long)r->size);
    return true;
}

static bool read_values(const Reader *r, Idx *idx) {
    uint8_t rest;
    if (!read_header(r, idx) || !check_size(r, idx)) return false;
    if (r->check && !r->check(r->context, r->error)) return false;
    idx->value = memory_raw(idx->count);
    if (!idx->value)
        return cnn_fail(r->error, CNN_SYSTEM, "%s: out of memory for %lld bytes", r->path,
                        (long long)idx->count);
    if (!read_bytes(r, idx->value, idx->count, "the values")) return false;
    int number, more = gzread(r->file, &rest, 1); // at the end this also checks gzip's checksum
    const char *why =
        more > 0 ? "has bytes beyond those its header says" : gzerror(r->file, &number);
    if (more == 0 && number == Z_OK) return true;
    if (more < 0 && number == Z_MEM_ERROR) return no_memory(r);
    return cnn_fail(r->error, CNN_REFUSED, "%s: %s; get the file again", r->path, why);
}

bool idx_read_fd(int fd, const char *path, Idx *idx, IdxCheck *check, const void *context,
                 CnnError *error) {
    struct stat info = {0};
    Reader r = {.path = path, .check = check, .context = context, .error = error};
    *idx = (Idx){0};
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return cnn_fail(error, CNN_REFUSED,
                        "%s: not a file that can be read (a folder, a pipe or a device)", path);
    }
    r.size = info.st_size;
    r.file = gzdopen(fd, "rb");
    if (!r.file) {
        close(fd);
        return cnn_fail(error, CNN_SYSTEM, "%s: out of memory", path);
    }
    bool ok = read_values(&r, idx);
    gzclose(r.file);
    if (ok) return true;
    free(idx->value);
    *idx = (Idx){0};
    return false;
}

bool idx_read(const char *path, Idx *idx, IdxCheck *check, const void *context, CnnError *error) {
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); // waits for no pipe
    if (fd >= 0) return idx_read_fd(fd, path, idx, check, context, error);
    return cnn_fail(error, cnn_errno_code(errno), "cannot read %s: %s", path, strerror(errno));
}
