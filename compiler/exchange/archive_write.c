// SPDX-License-Identifier: MIT
// See archive_write.h.
#include "exchange/archive_write.h"
#include "support/tell.h"
#include <stdlib.h>
#include <zip.h>

enum { MIDNIGHT = 0, FIRST_DAY = 0x21 }; // of 1980: no time of ours is to be in the file

static bool add(zip_t *archive, const Member *m) {
    zip_source_t *data = zip_source_buffer(archive, m->bytes.data, m->bytes.size, 0);
    zip_int64_t at = data ? zip_file_add(archive, m->name, data, ZIP_FL_ENC_UTF_8) : -1;
    if (at < 0) {
        zip_source_free(data);
        return false;
    }
    return zip_set_file_compression(archive, (zip_uint64_t)at, ZIP_CM_STORE, 0) == 0 &&
           zip_file_set_dostime(archive, (zip_uint64_t)at, MIDNIGHT, FIRST_DAY, 0) == 0;
}

// What was written to source.
static bool take(zip_source_t *source, Bytes *out) {
    zip_stat_t s;
    if (zip_source_stat(source, &s) < 0 || !(s.valid & ZIP_STAT_SIZE)) return false;
    out->size = (size_t)s.size;
    out->data = malloc(out->size + 1);
    bool ok = out->data && zip_source_open(source) == 0;
    if (ok) {
        ok = zip_source_read(source, out->data, s.size) == (zip_int64_t)s.size;
        zip_source_close(source);
    }
    return ok;
}

ExitCode archive_write(const Member *member, int n, Bytes *out) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
    if (source) zip_source_keep(source);
    zip_t *archive = source ? zip_open_from_source(source, ZIP_TRUNCATE, &error) : NULL;
    bool ok = archive != NULL;
    for (int i = 0; ok && i < n; i++) ok = add(archive, &member[i]);
    if (archive && !ok) zip_discard(archive);
    ok = ok && zip_close(archive) == 0 && take(source, out);
    zip_source_free(source);
    zip_error_fini(&error);
    if (!ok) tell("error: no archive could be made: is there memory?");
    return ok ? EXIT_OK : EXIT_SYSTEM;
}
