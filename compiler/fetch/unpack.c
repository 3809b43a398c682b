// SPDX-License-Identifier: MIT
// zlib and libarchive read, nettle computes SHA-256. No more is unpacked than a file has, whatever was sent; of
// an archive only the names of the table are taken, without their folders.
#include "fetch/unpack.h"
#include "support/text.h"
#include "../runtime/io/outfile.h"
#include <archive.h>
#include <archive_entry.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static bool digest_is(struct sha256_ctx *c, const char *sha256) {
    uint8_t digest[SHA256_DIGEST_SIZE];
    char text[2 * SHA256_DIGEST_SIZE + 1];
    sha256_digest(c, sizeof digest, digest);
    for (int i = 0; i < SHA256_DIGEST_SIZE; i++) snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return strcmp(text, sha256) == 0;
}

static bool bytes_are(const void *bytes, int64_t size, const char *sha256) {
    struct sha256_ctx c;
    sha256_init(&c);
    sha256_update(&c, (size_t)size, bytes);
    return digest_is(&c, sha256);
}

bool file_is(const char *path, int64_t size, const char *sha256) {
    FILE *f = fopen(path, "rbe");
    if (!f) return false;
    struct sha256_ctx c;
    sha256_init(&c);
    uint8_t block[1 << 16];
    int64_t all = 0;
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0; all += (int64_t)n)
        sha256_update(&c, n, block);
    bool whole = !ferror(f) && (size < 0 || all == size);
    fclose(f);
    return whole && digest_is(&c, sha256);
}

static Unpacked save(Arena *a, const char *folder, const DataFile *file, const void *bytes,
                     const char **trouble) {
    CnnError error = {0};
    OutFile out = {0};
    const char *path = arena_printf(a, "%s/%s", folder, file->name);
    bool good = outfile_open(&out, path, NULL, file->size, &error);
    if (good) {
        good = outfile_write(&out, &(OutPart){bytes, (size_t)file->size}, 1, &error);
        outfile_close(&out);
    }
    if (!good) *trouble = arena_printf(a, "%s", error.text);
    return good ? UNPACKED : FAILED;
}

// Saves what `get` unpacks, if it is the file: exactly as long, with its SHA-256.
static Unpacked keep(Arena *a, int64_t (*get)(void *from, char *bytes, int64_t most), void *from,
                     const DataFile *file, const char *folder, const char **trouble) {
    char *bytes = malloc((size_t)file->size); // what comes after that many bytes is not looked at
    if (!bytes) return *trouble = arena_printf(a, "no memory for '%s'", file->name), FAILED;
    int64_t n = get(from, bytes, file->size);
    Unpacked result = WRONG;
    if (n == file->size && bytes_are(bytes, n, file->sha256))
        result = save(a, folder, file, bytes, trouble);
    else
        *trouble = arena_printf(a, "it holds another '%s': the SHA-256 is not %s", file->name,
                                file->sha256);
    free(bytes);
    return result;
}

static int64_t get_gzip(void *in, char *bytes, int64_t most) {
    enum { STEP = 1 << 20 };
    int64_t n = 0;
    for (int got = 1; got > 0 && n < most; n += got > 0 ? got : 0)
        got = gzread(in, bytes + n, (unsigned)(most - n < STEP ? most - n : STEP));
    return n;
}

Unpacked unpack_gzip(Arena *a, const char *part, const DataFile *file, const char *folder,
                     const char **trouble) {
    gzFile in = gzopen(part, "rbe");
    if (!in) return *trouble = arena_printf(a, "cannot read '%s'", part), FAILED;
    Unpacked result = keep(a, get_gzip, in, file, folder, trouble);
    gzclose_r(in);
    return result;
}

static int64_t get_entry(void *in, char *bytes, int64_t most) {
    return archive_read_data(in, bytes, (size_t)most);
}

static const DataFile *find(const DataSet *set, const char *path) {
    const char *name = text_last_part(path);
    for (const DataFile *f = set->file; f->name; f++)
        if (strcmp(f->name, name) == 0) return f;
    return NULL;
}

Unpacked unpack_archive(Arena *a, const char *part, const DataSet *set, const char *folder,
                        const char **trouble) {
    enum { BLOCK = 1 << 16 };
    if (!file_is(part, -1, set->sha256))
        return *trouble = arena_printf(a, "the SHA-256 is not %s", set->sha256), WRONG;
    struct archive *in = archive_read_new();
    archive_read_support_filter_gzip(in);
    archive_read_support_format_tar(in);
    struct archive_entry *entry;
    Unpacked result = UNPACKED;
    bool good = archive_read_open_filename(in, part, BLOCK) == ARCHIVE_OK;
    while (good && result == UNPACKED && archive_read_next_header(in, &entry) == ARCHIVE_OK) {
        const DataFile *file = find(set, archive_entry_pathname(entry));
        if (file) result = keep(a, get_entry, in, file, folder, trouble);
    }
    archive_read_free(in);
    return result;
}
