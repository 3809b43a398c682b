// SPDX-License-Identifier: 0BSD
// CIFAR-10 and CIFAR-100 in their binary version: files of records, each of one or two bytes of labels and
// of three planes of 32 x 32 bytes, red, green and blue. Samples are as Keras has them, 32 x 32 x 3.
#include "data/dataset.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIDE = 32, PLANE = SIDE * SIDE, CHANNELS = 3, PIXELS = PLANE * CHANNELS, RECORDS = 64 };

static const char *const train10[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                      "data_batch_4.bin", "data_batch_5.bin", NULL};
static const char *const test10[] = {"test_batch.bin", NULL};
static const char *const train100[] = {"train.bin", NULL};
static const char *const test100[] = {"test.bin", NULL};

static int64_t record_bytes(const Data *data) {
    return data->of->label_bytes + PIXELS;
}

static bool cannot_read(const char *path, CnnError *error) {
    return cnn_fail(error, cnn_errno_code(errno), "cannot read %s: %s", path, strerror(errno));
}

// ---- how many samples there are

static bool count_records(const Data *data, const char *path, int64_t *n, CnnError *error) {
    struct stat info;
    int64_t record = record_bytes(data);
    if (stat(path, &info) != 0) return cannot_read(path, error);
    if (!S_ISREG(info.st_mode))
        return cnn_fail(error, CNN_REFUSED,
                        "%s: not a file that can be read (a folder, a pipe or a device)", path);
    *n = info.st_size / record;
    if (info.st_size % record == 0 && *n > 0 && *n < UINT32_MAX) return true;
    return cnn_fail(error, CNN_REFUSED,
                    "%s: has %lld bytes; expected records of %lld: %lld of labels, %d of an image; "
                    "get the file again",
                    path, (long long)info.st_size, (long long)record,
                    (long long)data->of->label_bytes, PIXELS);
}

// A file's path, if it is there.
static char *find(const Data *data, const char *name, CnnError *error) {
    char *path = data_path(data, name, "", error), words[64];
    if (!path || access(path, F_OK) == 0) return path;
    free(path);
    snprintf(words, sizeof words, "%s is not", name);
    data_missing(data, words, error);
    return NULL;
}

static bool count_all(Data *data, const char *const *file, CnnError *error) {
    int64_t all = 0, n = 0;
    for (; *file; file++, all += n) {
        char *path = find(data, *file, error);
        bool ok = path && count_records(data, path, &n, error);
        free(path);
        if (!ok) return false;
    }
    data->image = (Idx){.rank = 4, .dim = {all, SIDE, SIDE, CHANNELS}, .count = all * PIXELS};
    data->label = (Idx){.rank = 1, .dim = {all}, .count = all};
    return true;
}

// ---- the samples

static void unpack(const Data *data, const uint8_t *record, uint8_t *pixel, uint8_t *label) {
    *label = record[data->of->label_at];
    record += data->of->label_bytes;
    for (int i = 0; i < PLANE; i++)
        for (int c = 0; c < CHANNELS; c++) pixel[i * CHANNELS + c] = record[c * PLANE + i];
}

static bool read_all(int fd, uint8_t *to, int64_t n) {
    for (int64_t done = 0; done < n;) {
        ssize_t got = read(fd, to + done, (size_t)(n - done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return errno = got == 0 ? EIO : errno, false;
        done += got;
    }
    return true;
}

// The n records of a file become the samples from number `at` on.
static bool read_records(Data *data, const char *path, int64_t at, int64_t n, uint8_t *buffer,
                         CnnError *error) {
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool ok = fd >= 0;
    for (int64_t i = 0; ok && i < n; i += RECORDS) {
        int64_t some = n - i < RECORDS ? n - i : RECORDS;
        ok = read_all(fd, buffer, some * record_bytes(data));
        for (int64_t k = 0; ok && k < some; k++)
            unpack(data, buffer + k * record_bytes(data), data->image.value + (at + i + k) * PIXELS,
                   data->label.value + at + i + k);
    }
    if (!ok) cannot_read(path, error);
    if (fd >= 0) close(fd);
    return ok;
}

static bool read_files(Data *data, const char *const *file, const CnnModel *model, uint8_t *buffer,
                       CnnError *error) {
    int64_t at = 0, n = 0;
    bool ok = true;
    for (; ok && *file; file++, at += n) {
        char *path = find(data, *file, error);
        ok = path && count_records(data, path, &n, error);
        if (ok && n > data->label.count - at)
            ok = cnn_fail(error, CNN_REFUSED, "%s: it has grown while it was read", path);
        ok = ok && read_records(data, path, at, n, buffer, error) &&
             data_classes_fit(path, data->label.value + at, 0, n, model, error);
        free(path);
    }
    return ok;
}

static bool read_half(Data *data, int half, const CnnModel *model, CnnError *error) {
    const char *const *file = data->of->file[half];
    if (!count_all(data, file, error) || !data_images_fit(data, *file, model, error) ||
        !data_labels_fit(data, *file, model, error))
        return false;
    uint8_t *buffer = memory_new(RECORDS, record_bytes(data), "a part of a file", error);
    data->image.value = buffer ? memory_raw(data->image.count) : NULL;
    data->label.value = buffer ? memory_raw(data->label.count) : NULL;
    bool ok = data->image.value && data->label.value;
    if (buffer && !ok) memory_none(data->image.count, 1, "the images", error);
    ok = ok && read_files(data, file, model, buffer, error);
    free(buffer);
    return ok;
}

#define CIFAR_FILES "its files of the binary version"
const CnnDataset data_cifar10 = {
    .name = "cifar10",
    .file = {train10, test10},
    .files = CIFAR_FILES,
    .read = read_half,
    .label_bytes = 1,
};

const CnnDataset data_cifar100 = {
    .name = "cifar100",
    .file = {train100, test100},
    .files = CIFAR_FILES,
    .read = read_half,
    .label_bytes = 2,
    .label_at = 1,
};

const CnnDataset data_cifar100_coarse = {
    .name = "cifar100",
    .file = {train100, test100},
    .files = CIFAR_FILES,
    .read = read_half,
    .label_bytes = 2,
};
