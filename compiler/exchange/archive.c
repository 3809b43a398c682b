// SPDX-License-Identifier: MIT
// See archive.h. Members are asked for by name, and nothing is unpacked to a file, so their names can do no harm.
#include "exchange/archive.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_PACKED = 100 }; // bytes that one byte may stand for, where it is more than
static const int64_t SOME = 1 << 20;

zip_t *archive_open(const char *path, CnnError *error) {
    int code = 0;
    zip_t *archive = zip_open(path, ZIP_RDONLY, &code);
    if (archive) return archive;
    zip_error_t why;
    zip_error_init_with_code(&why, code);
    bool system = zip_error_system_type(&why) == ZIP_ET_SYS;
    cnn_fail(error, system ? CNN_SYSTEM : CNN_REFUSED, "cannot read '%s': %s", path,
             zip_error_strerror(&why));
    zip_error_fini(&why);
    return NULL;
}

bool archive_has(zip_t *archive, const char *member) {
    return zip_name_locate(archive, member, 0) >= 0;
}

static char *refuse(CnnError *error, const char *path, const char *member, const char *why) {
    cnn_fail(error, CNN_REFUSED, "'%s': %s %s", path, member, why);
    return NULL;
}

char *archive_read(zip_t *archive, const char *path, const char *member, int64_t most,
                   int64_t *size, CnnError *error) {
    zip_stat_t s;
    zip_int64_t at = zip_name_locate(archive, member, 0);
    if (at < 0) return refuse(error, path, member, "is not in the archive");
    if (zip_stat_index(archive, (zip_uint64_t)at, 0, &s) < 0 ||
        !(s.valid & ZIP_STAT_SIZE && s.valid & ZIP_STAT_COMP_SIZE))
        return refuse(error, path, member, "has no size");
    if (s.size > (zip_uint64_t)most) return refuse(error, path, member, "is larger than it can be");
    if (s.size > (zip_uint64_t)SOME && s.size / MOST_PACKED > s.comp_size)
        return refuse(error, path, member, "unpacks to more than a hundred times its size");
    if (s.valid & ZIP_STAT_ENCRYPTION_METHOD && s.encryption_method != ZIP_EM_NONE)
        return refuse(error, path, member, "is encrypted");
    char *bytes = malloc((size_t)s.size + 1);
    if (!bytes) {
        cnn_fail(error, CNN_SYSTEM, "out of memory to read '%s'", path);
        return NULL;
    }
    zip_file_t *file = zip_fopen_index(archive, (zip_uint64_t)at, 0);
    char more; // reading to the end checks the sum
    bool good = file && zip_fread(file, bytes, s.size) == (zip_int64_t)s.size &&
                zip_fread(file, &more, 1) == 0;
    if (file) good &= zip_fclose(file) == 0;
    bytes[s.size] = 0;
    *size = (int64_t)s.size;
    if (good) return bytes;
    free(bytes);
    return refuse(error, path, member, "is damaged");
}
