// SPDX-License-Identifier: 0BSD
// Any bytes as an NPY file, an NPZ file and a table of text: read or refused, never worse. What the header of an
// array says is in memory, to its last byte; what a table says it has can be read.
#define _GNU_SOURCE // memfd_create
#include "../../runtime/data/types.h"
#include "../../runtime/io/csv.h"
#include "../../runtime/io/npy.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void refused(const CnnError *error) {
    if (!error->code || !*error->text) abort();
}

static void read_array(const char *path, const char *key) {
    CnnError error = {0};
    Npy npy;
    if (!npy_open(&npy, path, key, true, &error) || (npy_close(&npy), false) ||
        !npy_open(&npy, path, key, false, &error)) {
        refused(&error);
        return;
    }
    const NpyHeader *h = &npy.header;
    double value = 0;
    int64_t at;
    for (int64_t i = 0; i < h->count; i++)
        type_read(h->type, h->swapped, npy.value + i * type_rows[h->type].bytes, 1, &value, &at);
    npy_close(&npy);
}

static void read_members(const char *path) {
    CnnError error = {0};
    Mapped file;
    NpzMember m;
    if (!mapped_open(&file, path, &error)) return refused(&error);
    for (int64_t i = 0; npz_member(&file, path, i, &m, &error) && m.name_bytes < 64; i++) {
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)m.name_bytes, m.name);
        read_array(path, key);
    }
    mapped_close(&file);
}

static void see_row(void *context, int64_t row, const double *value) {
    *(double *)context += value[0] + (double)row;
}

static bool see_text(void *context, int64_t row, const char *text, bool missing, CnnError *error) {
    int64_t *rows = context;
    (void)text, (void)missing, (void)error;
    return *rows += row == *rows, true;
}

static void read_table(const char *path, const CsvFormat *format) {
    CnnError error = {0};
    Csv csv;
    double sum = 0;
    if (!csv_open(&csv, path, format, &error)) return refused(&error);
    for (int64_t i = 0; i < csv.columns; i++) {
        const CsvColumn *c = &csv.column[i];
        bool numbers = c->missing < 0 && c->text < 0;
        if (csv_read(&csv, &i, 1, see_row, &sum, &error) != numbers) abort();
        int64_t rows = 0;
        error = (CnnError){0};
        if (csv_texts(&csv, i, see_text, &rows, &error) ? rows != csv.rows : !error.code) abort();
    }
    csv_close(&csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const CsvFormat formats[] = {
        {.separator = ',', .header = true}, {.comment = '#'}, {.separator = ';', .skip = 1}};
    char path[64];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    read_array(path, NULL);
    read_members(path);
    for (int i = 0; i < 3 && size < 4096; i++) read_table(path, &formats[i]);
    close(fd);
    return 0;
}
