// SPDX-License-Identifier: 0BSD
// The reader of safetensors files. A file is right when its tensors, sorted by their first byte,
// follow each other from 0 to the end of the file: so there is no overlap, no gap and no rest.
#include "safetensors.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LENGTH_BYTES = 8, HEADER_LIMIT = 100 * 1000 * 1000 };

static const struct {
    const char *name;
    int bytes;
    StType type;
} types[] = {
    {"F32", 4, ST_F32},    {"I32", 4, ST_I32},       {"BOOL", 1, ST_OTHER},    {"U8", 1, ST_OTHER},
    {"I8", 1, ST_OTHER},   {"I16", 2, ST_OTHER},     {"U16", 2, ST_OTHER},     {"F16", 2, ST_OTHER},
    {"BF16", 2, ST_OTHER}, {"U32", 4, ST_OTHER},     {"F64", 8, ST_OTHER},     {"I64", 8, ST_OTHER},
    {"U64", 8, ST_OTHER},  {"F8_E4M3", 1, ST_OTHER}, {"F8_E5M2", 1, ST_OTHER},
};

// What is being parsed, for the checks and their messages.
typedef struct Parse {
    const char *path;
    const char *data;
    int64_t data_bytes;
    CnnError *error;
} Parse;

static bool parse_type(const Parse *p, StTensor *t, json_t *entry, int *bytes) {
    const char *name = json_string_value(json_object_get(entry, "dtype"));
    for (size_t i = 0; name && i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].name, name)) {
            t->type_name = types[i].name;
            t->type = types[i].type;
            *bytes = types[i].bytes;
            return true;
        }
    return cnn_fail(p->error, CNN_REFUSED,
                    "%s: tensor '%.200s' has dtype %.40s, which is not known", p->path, t->name,
                    name ? name : "(none)");
}

static bool parse_shape(const Parse *p, StTensor *t, json_t *entry) {
    json_t *shape = json_object_get(entry, "shape");
    size_t rank = json_array_size(shape);
    if (!json_is_array(shape) || rank > ST_RANK)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: the shape of '%.200s' is not a list of at most %d sizes", p->path,
                        t->name, ST_RANK);
    t->rank = (int64_t)rank;
    t->count = 1;
    for (size_t i = 0; i < rank; i++) {
        json_t *size = json_array_get(shape, i);
        t->dim[i] = json_integer_value(size);
        if (!json_is_integer(size) || t->dim[i] < 0)
            return cnn_fail(p->error, CNN_REFUSED,
                            "%s: size %zu in the shape of '%.200s' is not a whole number >= 0",
                            p->path, i, t->name);
        if (__builtin_mul_overflow(t->count, t->dim[i], &t->count))
            return cnn_fail(p->error, CNN_REFUSED, "%s: the shape of '%.200s' overflows 64 bits",
                            p->path, t->name);
    }
    return true;
}

static bool parse_entry(const Parse *p, StTensor *t, json_t *entry) {
    int size = 0;
    if (!json_is_object(entry) || json_object_size(entry) != 3)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: the entry of '%.200s' is not exactly dtype, shape and data_offsets",
                        p->path, t->name);
    if (!parse_type(p, t, entry, &size) || !parse_shape(p, t, entry)) return false;

    json_t *offsets = json_object_get(entry, "data_offsets");
    json_t *first = json_array_get(offsets, 0), *last = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(first) || !json_is_integer(last))
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: the data_offsets of '%.200s' are not two whole numbers", p->path,
                        t->name);
    int64_t begin = json_integer_value(first), end = json_integer_value(last);
    if (begin < 0 || end < begin || end > p->data_bytes)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: '%.200s' is said to be bytes %lld to %lld of %lld", p->path, t->name,
                        (long long)begin, (long long)end, (long long)p->data_bytes);
    if (__builtin_mul_overflow(t->count, (int64_t)size, &t->bytes) || t->bytes != end - begin)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: '%.200s' has %lld values of %s, which do not fill its %lld bytes",
                        p->path, t->name, (long long)t->count, t->type_name,
                        (long long)(end - begin));
    t->data = p->data + begin;
    return true;
}

static bool parse_meta(const Parse *p, Safetensors *file, json_t *meta) {
    const char *key;
    json_t *value;
    file->meta = calloc(json_object_size(meta) + 1, sizeof *file->meta);
    if (!file->meta) return cnn_fail(p->error, CNN_SYSTEM, "%s: out of memory", p->path);
    if (!json_is_object(meta))
        return cnn_fail(p->error, CNN_REFUSED, "%s: __metadata__ is not an object", p->path);
    json_object_foreach(meta, key, value) {
        if (!json_is_string(value))
            return cnn_fail(p->error, CNN_REFUSED, "%s: metadata '%.200s' is not a string", p->path,
                            key);
        StPair *pair = &file->meta[file->nmeta++];
        pair->key = strdup(key);
        pair->value = strdup(json_string_value(value));
        if (!pair->key || !pair->value)
            return cnn_fail(p->error, CNN_SYSTEM, "%s: out of memory", p->path);
    }
    return true;
}

static int by_data(const void *a, const void *b) {
    const StTensor *s = a, *t = b;
    if (s->data != t->data) return (const char *)s->data < (const char *)t->data ? -1 : 1;
    if (s->bytes != t->bytes) return s->bytes < t->bytes ? -1 : 1;
    return strcmp(s->name, t->name);
}

static bool check_contiguous(const Parse *p, Safetensors *file) {
    const char *next = p->data;
    if (file->ntensor) qsort(file->tensor, (size_t)file->ntensor, sizeof *file->tensor, by_data);
    for (int64_t i = 0; i < file->ntensor; i++) {
        const StTensor *t = &file->tensor[i];
        if ((const char *)t->data != next)
            return cnn_fail(p->error, CNN_REFUSED, "%s: '%.200s' begins at byte %lld, %s byte %lld",
                            p->path, t->name, (long long)((const char *)t->data - p->data),
                            (const char *)t->data < next ? "inside a tensor that ends at"
                                                         : "leaving a gap after",
                            (long long)(next - p->data));
        next += t->bytes;
    }
    if (next != p->data + p->data_bytes)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: %lld bytes after the last tensor belong to none of them", p->path,
                        (long long)(p->data + p->data_bytes - next));
    return true;
}

static bool parse_header(const Parse *p, Safetensors *file, json_t *root) {
    const char *name;
    json_t *entry;
    file->tensor = calloc(json_object_size(root) + 1, sizeof *file->tensor);
    if (!file->tensor) return cnn_fail(p->error, CNN_SYSTEM, "%s: out of memory", p->path);
    json_object_foreach(root, name, entry) {
        if (!strcmp(name, "__metadata__")) {
            if (!parse_meta(p, file, entry)) return false;
            continue;
        }
        StTensor *t = &file->tensor[file->ntensor++];
        t->name = strdup(name);
        if (!t->name) return cnn_fail(p->error, CNN_SYSTEM, "%s: out of memory", p->path);
        if (!parse_entry(p, t, entry)) return false;
    }
    return check_contiguous(p, file);
}

static bool parse_bytes(Parse *p, Safetensors *file, int64_t size) {
    const unsigned char *bytes = file->bytes;
    uint64_t length = 0;
    if (size < LENGTH_BYTES)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: not a safetensors file: it has %lld bytes, fewer than the 8 of the "
                        "header's length",
                        p->path, (long long)size);
    for (int i = 0; i < LENGTH_BYTES; i++) length |= (uint64_t)bytes[i] << (8 * i);
    if (length > HEADER_LIMIT || (int64_t)length > size - LENGTH_BYTES)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: not a safetensors file, or cut short: it begins with a header length "
                        "of %llu, but has %lld bytes",
                        p->path, (unsigned long long)length, (long long)size);
    p->data = (const char *)bytes + LENGTH_BYTES + length;
    p->data_bytes = size - LENGTH_BYTES - (int64_t)length;

    json_error_t where;
    json_t *root = json_loadb((const char *)bytes + LENGTH_BYTES, (size_t)length,
                              JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(root)) {
        json_decref(root);
        return cnn_fail(p->error, CNN_REFUSED, "%s: the header is not a JSON object%s%s", p->path,
                        root ? "" : ": ", root ? "" : where.text);
    }
    bool ok = parse_header(p, file, root);
    json_decref(root);
    return ok;
}

bool safetensors_parse(const char *path, void *bytes, int64_t size, Safetensors *file,
                       CnnError *error) {
    Parse p = {.path = path, .error = error};
    *file = (Safetensors){.bytes = bytes};
    if (parse_bytes(&p, file, size)) return true;
    safetensors_free(file);
    return false;
}

static bool read_exactly(int fd, char *to, int64_t size) {
    for (int64_t done = 0; done < size;) {
        ssize_t got = read(fd, to + done, (size_t)(size - done));
        if (got < 0 && errno == EINTR) continue;
        if (got == 0) errno = EIO; // it became shorter while it was read
        if (got <= 0) return false;
        done += got;
    }
    return true;
}

bool safetensors_read(const char *path, Safetensors *file, CnnError *error) {
    struct stat info;
    char *bytes = NULL;
    *file = (Safetensors){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) < 0) goto system_error;
    if (!S_ISREG(info.st_mode)) {
        close(fd);
        return cnn_fail(error, CNN_REFUSED, "%s: not a file", path);
    }
    bytes = malloc((size_t)info.st_size + 1);
    if (!bytes || !read_exactly(fd, bytes, info.st_size)) goto system_error;
    close(fd);
    return safetensors_parse(path, bytes, info.st_size, file, error);

system_error:
    cnn_fail(error, cnn_errno_code(errno), "cannot read %s: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    free(bytes);
    return false;
}

void safetensors_free(Safetensors *file) {
    for (int64_t i = 0; i < file->ntensor; i++) free(file->tensor[i].name);
    for (int64_t i = 0; i < file->nmeta; i++) {
        free(file->meta[i].key);
        free(file->meta[i].value);
    }
    free(file->tensor);
    free(file->meta);
    free(file->bytes);
    *file = (Safetensors){0};
}

const StTensor *safetensors_find(const Safetensors *file, const char *name) {
    for (int64_t i = 0; i < file->ntensor; i++)
        if (!strcmp(file->tensor[i].name, name)) return &file->tensor[i];
    return NULL;
}
