// SPDX-License-Identifier: 0BSD
// The writer of safetensors files. The bytes follow from the tensors and metadata alone: equal runs
// write equal files. The header is padded with spaces so that the data begins at a multiple of 8.
#include "safetensors.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LENGTH_BYTES = 8, VALUE_BYTES = 4 };

static const char *const type_names[] = {[ST_F32] = "F32", [ST_I32] = "I32"};

// The entry of a tensor whose data begins at *offset, which is moved to its end; NULL if the tensor
// cannot be written.
static json_t *make_entry(const StTensor *t, int64_t *offset) {
    int64_t bytes = VALUE_BYTES, begin = *offset;
    if (t->type == ST_OTHER || t->rank > ST_RANK) return NULL;
    json_t *shape = json_array();
    for (int64_t i = 0; i < t->rank; i++) {
        if (t->dim[i] < 0 || __builtin_mul_overflow(bytes, t->dim[i], &bytes)) goto failed;
        json_array_append_new(shape, json_integer(t->dim[i]));
    }
    if (__builtin_add_overflow(begin, bytes, offset)) goto failed;
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", type_names[t->type], "shape", shape,
                     "data_offsets", (json_int_t)begin, (json_int_t)*offset);
failed:
    json_decref(shape);
    return NULL;
}

// The header's text without padding, from malloc; NULL if a name is given twice or is not UTF-8, if
// a size overflows or memory is out.
static char *make_header(const StTensor *tensor, int64_t ntensor, const StPair *meta,
                         int64_t nmeta) {
    json_t *root = json_object(), *pairs = nmeta ? json_object() : NULL;
    int64_t offset = 0;
    bool ok = root && (!nmeta || pairs);
    for (int64_t i = 0; ok && i < nmeta; i++)
        ok = !json_object_set_new(pairs, meta[i].key, json_string(meta[i].value));
    if (pairs) ok = !json_object_set_new(root, "__metadata__", pairs) && ok;
    for (int64_t i = 0; ok && i < ntensor; i++)
        ok = !json_object_get(root, tensor[i].name) &&
             !json_object_set_new(root, tensor[i].name, make_entry(&tensor[i], &offset));
    char *text = ok ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return text;
}

static bool write_all(int fd, const void *data, size_t size) {
    for (const char *from = data; size;) {
        ssize_t done = write(fd, from, size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        from += done;
        size -= (size_t)done;
    }
    return true;
}

static bool write_data(int fd, const StTensor *tensor, int64_t ntensor, const char *header) {
    size_t length = strlen(header), padded = (length + 7) / 8 * 8;
    unsigned char prefix[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++) prefix[i] = (unsigned char)((uint64_t)padded >> (8 * i));
    if (!write_all(fd, prefix, sizeof prefix) || !write_all(fd, header, length) ||
        !write_all(fd, "       ", padded - length))
        return false;
    for (int64_t i = 0; i < ntensor; i++) {
        size_t bytes = VALUE_BYTES;
        for (int64_t d = 0; d < tensor[i].rank; d++) bytes *= (size_t)tensor[i].dim[d];
        if (!write_all(fd, tensor[i].data, bytes)) return false;
    }
    return fsync(fd) == 0;
}

// A rename is on disk only when its folder is. Some file systems cannot sync a folder; the file
// itself is whole in any case, so that is no error.
static void sync_folder(const char *path) {
    char *copy = strdup(path);
    int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(copy);
}

static bool replace_file(const char *path, const char *temporary, const StTensor *tensor,
                         int64_t ntensor, const char *header, CnnError *error) {
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool opened = fd >= 0, ok = opened && write_data(fd, tensor, ntensor, header);
    int number = errno;
    if (opened && close(fd) < 0 && ok) {
        ok = false;
        number = errno;
    }
    if (ok && rename(temporary, path) < 0) {
        ok = false;
        number = errno;
    }
    if (ok) {
        sync_folder(path);
        return true;
    }
    if (opened) unlink(temporary);
    return cnn_fail(error, CNN_SYSTEM, "cannot write %s: %s; nothing at that path was changed",
                    path, strerror(number));
}

bool safetensors_write(const char *path, const StTensor *tensor, int64_t ntensor,
                       const StPair *meta, int64_t nmeta, CnnError *error) {
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) // renaming would replace a device
        return cnn_fail(error, CNN_REFUSED, "cannot write %s: it exists and is not a file", path);
    char *header = make_header(tensor, ntensor, meta, nmeta);
    char *target = realpath(path, NULL); // through a link to what it names
    const char *to = target ? target : path;
    char *temporary = malloc(strlen(to) + sizeof ".tmp");
    bool ok;
    if (header && temporary) {
        sprintf(temporary, "%s.tmp", to);
        ok = replace_file(to, temporary, tensor, ntensor, header, error);
    } else
        ok =
            cnn_fail(error, CNN_SYSTEM,
                     "cannot write %s: out of memory, a size beyond 64 bits, or a tensor's name is "
                     "used twice or is not UTF-8",
                     path);
    free(header);
    free(target);
    free(temporary);
    return ok;
}
