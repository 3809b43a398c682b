// SPDX-License-Identifier: 0BSD
// Any bytes as the state of a training: gone on from or refused, never worse. Bytes are the file, or, after an odd
// first one, changes of a whole one, place and value, whose checksum is made right again: else nothing would come
// behind it.
#define _GNU_SOURCE // memfd_create
#include "../../runtime/fit/checkpoint.h"
#include "../../runtime/io/safetensors.h"
#include "../runtime/mock_model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SAMPLES = 20, STEPS = 2 };
static Engine engine;
static Fit fit = {.epochs = 3, .batch_size = 10};
static Training training;
static uint8_t *whole; // a good file
static size_t whole_bytes;

static void check(bool ok, const CnnError *error) {
    if (ok) return;
    fprintf(stderr, "%s\n", error->text);
    abort();
}

static void read_whole(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) abort();
    fseek(file, 0, SEEK_END);
    whole_bytes = (size_t)ftell(file);
    rewind(file);
    whole = malloc(whole_bytes);
    if (!whole || fread(whole, 1, whole_bytes, file) != whole_bytes) abort();
    fclose(file);
}

// A training that has begun, and its state in a file.
static void prepare(void) {
    static uint8_t pixel[SAMPLES * 784], label[SAMPLES];
    static double sums[8];
    CnnError error = {0};
    OutFile out;
    char folder[] = "/tmp/cnnc-fuzz-XXXXXX", path[64];
    check(engine_new(&engine, &mock_model, &ranks_alone, (Threads){.n = 1}, fit.batch_size, SAMPLES,
                     &error),
          &error);
    fit.train = (Samples){.n = SAMPLES, .pixel = pixel, .label = label};
    training = (Training){.engine = &engine, .fit = &fit, .steps = STEPS, .sums = sums};
    training.means = sums + mock_model.nsum;
    training.identity = checkpoint_identity(&training, &error);
    check(training.identity, &error);
    if (!mkdtemp(folder)) abort();
    snprintf(path, sizeof path, "%s/state", folder);
    check(outfile_open(&out, path, &(Kept){0}, 0, &error), &error);
    check(checkpoint_save(&out, &training, &error), &error);
    outfile_close(&out);
    read_whole(path);
    unlink(path);
    rmdir(folder);
}

// Of all but the last tensor, as checkpoint.c has it.
static void mend(uint8_t *bytes, size_t size) {
    CnnError error = {0};
    Safetensors file;
    uint8_t *copy = malloc(size);
    if (!copy) return;
    memcpy(copy, bytes, size);
    if (!safetensors_parse("fuzz", copy, (int64_t)size, &file, &error)) return;
    uLong crc = crc32_z(0, NULL, 0);
    for (int64_t i = 0; i + 1 < file.ntensor; i++) {
        const StTensor *t = &file.tensor[i];
        crc = crc32_z(crc, (const uint8_t *)t->name, strlen(t->name) + 1);
        crc = crc32_z(crc, t->data, (z_size_t)t->bytes);
    }
    const StTensor *last = file.ntensor ? &file.tensor[file.ntensor - 1] : NULL;
    uint32_t sum = (uint32_t)crc;
    if (last && last->bytes == sizeof sum)
        memcpy(bytes + ((const uint8_t *)last->data - (const uint8_t *)file.bytes), &sum,
               sizeof sum);
    safetensors_free(&file);
}

static void load(const uint8_t *bytes, size_t size) {
    CnnError error = {0};
    char path[64];
    Training t = training;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    bool ok = checkpoint_load(path, &t, &error);
    if (ok ? t.epoch < 0 || t.step < 0 || t.step > t.steps || engine.iterations < 0
           : !error.code || !*error.text)
        abort();
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { CHANGE = 5 };
    if (!whole) prepare();
    if (!size || data[0] % 2 == 0) return load(data, size), 0;
    uint8_t *bytes = malloc(whole_bytes);
    if (!bytes) return 0;
    memcpy(bytes, whole, whole_bytes);
    for (size_t i = 1; i + CHANGE <= size; i += CHANGE) {
        uint32_t at;
        memcpy(&at, data + i, sizeof at);
        bytes[at % whole_bytes] = data[i + CHANGE - 1];
    }
    mend(bytes, whole_bytes);
    load(bytes, whole_bytes);
    free(bytes);
    return 0;
}
