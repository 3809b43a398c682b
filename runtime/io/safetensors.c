// SPDX-License-Identifier: 0BSD
// Safetensors files. The header is read and checked first (safetensors_header.c), against the file's
// size too; then the caller sees what there is, and only what it asks for is read, into its place.
#include "io/safetensors.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LENGTH_BYTES = 8, HEADER_LIMIT = 100 * 1000 * 1000 };

static bool fail(Safetensors *file, CnnError *error, const char *path) {
    cnn_fail(error, cnn_errno_code(errno), "cannot read %s: %s", path, strerror(errno));
    safetensors_free(file);
    return false;
}

// The header's length, from the first bytes of a file of so many; -1: error.
static int64_t header_length(const char *path, const unsigned char first[LENGTH_BYTES],
                             int64_t size, CnnError *error) {
    uint64_t length = 0;
    for (int i = 0; i < LENGTH_BYTES; i++) length |= (uint64_t)first[i] << (8 * i);
    if (length <= HEADER_LIMIT && (int64_t)length <= size - LENGTH_BYTES) return (int64_t)length;
    cnn_fail(
        error, CNN_REFUSED,
        "%s: not a safetensors file, or cut short: it begins with a header length of %llu, but "
        "has %lld bytes",
        path, (unsigned long long)length, (long long)size);
    return -1;
}

static bool check_size(const char *path, int64_t size, CnnError *error) {
    if (size >= LENGTH_BYTES) return true;
    return cnn_fail(error, CNN_REFUSED,
                    "%s: not a safetensors file: it has %lld bytes, fewer than the 8 of the "
                    "header's length",
                    path, (long long)size);
}

bool safetensors_parse(const char *path, void *bytes, int64_t size, Safetensors *file,
                       CnnError *error) {
    const char *header = (const char *)bytes + LENGTH_BYTES;
    int64_t length = -1;
    *file = (Safetensors){.path = path, .fd = -1, .bytes = bytes};
    if (check_size(path, size, error)) length = header_length(path, bytes, size, error);
    if (length >= 0 &&
        safetensors_header(path, header, length, size - LENGTH_BYTES - length, file, error)) {
        for (int64_t i = 0; i < file->ntensor; i++)
            file->tensor[i].data = header + length + file->tensor[i].offset;
        return true;
    }
    safetensors_free(file);
    return false;
}

static bool read_at(int fd, int64_t at, void *to, int64_t size) {
    for (int64_t done = 0; done < size;) {
        ssize_t got = pread(fd, (char *)to + done, (size_t)(size - done), at + done);
        if (got < 0 && errno == EINTR) continue;
        if (got == 0) errno = EIO; // it became shorter while it was read
        if (got <= 0) return false;
        done += got;
    }
    return true;
}

// The header of the file of so many bytes that is open.
static bool read_header(Safetensors *file, int64_t size, CnnError *error) {
    unsigned char first[LENGTH_BYTES];
    if (!check_size(file->path, size, error)) return false;
    if (!read_at(file->fd, 0, first, LENGTH_BYTES))
        return cnn_fail(error, cnn_errno_code(errno), "cannot read %s: %s", file->path,
                        strerror(errno));
    int64_t length = header_length(file->path, first, size, error);
    if (length < 0) return false;
    file->data_at = LENGTH_BYTES + length;
    char *header = malloc((size_t)length + 1);
    bool ok = header && read_at(file->fd, LENGTH_BYTES, header, length);
    if (!ok)
        cnn_fail(error, cnn_errno_code(errno), "cannot read %s: %s", file->path, strerror(errno));
    ok = ok && safetensors_header(file->path, header, length, size - file->data_at, file, error);
    free(header);
    return ok;
}

bool safetensors_open(const char *path, Safetensors *file, CnnError *error) {
    struct stat info;
    *file = (Safetensors){.path = path, .fd = -1};
    file->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); // waits for no pipe
    if (file->fd < 0 || fstat(file->fd, &info) < 0) return fail(file, error, path);
    bool ok =
        S_ISREG(info.st_mode)
            ? read_header(file, info.st_size, error)
            : cnn_fail(error, CNN_REFUSED,
                       "%s: not a file that can be read (a folder, a pipe or a device)", path);
    if (!ok) safetensors_free(file);
    return ok;
}

bool safetensors_copy(const Safetensors *file, const StTensor *t, void *to, CnnError *error) {
    if (read_at(file->fd, file->data_at + t->offset, to, t->bytes)) return true;
    return cnn_fail(error, cnn_errno_code(errno), "cannot read %s: %s", file->path,
                    strerror(errno));
}

bool safetensors_load(Safetensors *file, const StTensor *tensor, CnnError *error) {
    StTensor *t = &file->tensor[tensor - file->tensor];
    if (t->data) return true;
    void *own = malloc((size_t)t->bytes + 1);
    if (!own)
        return cnn_fail(error, CNN_SYSTEM, "%s: out of memory for the %lld bytes of %s", file->path,
                        (long long)t->bytes, t->name);
    t->data = t->own = own;
    return safetensors_copy(file, t, own, error);
}

bool safetensors_read(const char *path, Safetensors *file, CnnError *error) {
    if (!safetensors_open(path, file, error)) return false;
    for (int64_t i = 0; i < file->ntensor; i++)
        if (!safetensors_load(file, &file->tensor[i], error)) {
            safetensors_free(file);
            return false;
        }
    return true;
}

void safetensors_free(Safetensors *file) {
    for (int64_t i = 0; i < file->ntensor; i++) {
        free(file->tensor[i].name);
        free(file->tensor[i].own);
    }
    free(file->tensor);
    for (int64_t i = 0; i < file->nmeta; i++) {
        free(file->meta[i].key);
        free(file->meta[i].value);
    }
    free(file->meta);
    free(file->by_name);
    free(file->bytes);
    if (file->path && file->fd >= 0) close(file->fd);
    *file = (Safetensors){.fd = -1};
}

int64_t safetensors_not_finite(const float *value, int64_t n) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += !isfinite(value[i]);
    return count;
}
