// SPDX-License-Identifier: 0BSD
// Any bytes as an IDX file, as they are and gzipped: read or refused, never worse. No fuzzer finds
// gzip's checksum by itself, so it is put in front here.
#define _GNU_SOURCE // memfd_create
#include "../../runtime/runtime.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_back(int fd) {
    CnnError error = {0};
    Idx idx;
    if (lseek(fd, 0, SEEK_SET) != 0) abort();
    if (idx_read_fd(fd, "fuzz", &idx, NULL, NULL, &error)) {
        unsigned sum = 0;
        for (int64_t i = 0; i < idx.count; i++) sum += idx.value[i];
        if (sum > 255 * (uint64_t)idx.count) abort();
        free(idx.value);
    } else if (!error.code || !*error.text)
        abort();
}

static int new_file(void) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0) abort();
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int plain = new_file(), packed = new_file();
    if (write(plain, data, size) != (ssize_t)size) abort();
    gzFile file = gzdopen(dup(packed), "wb1");
    if (!file || gzwrite(file, data, (unsigned)size) != (int)size || gzclose(file)) abort();
    if (size && data[size - 1] % 8 == 7) { // an end cut off, at any place
        off_t end = lseek(packed, 0, SEEK_END);
        if (ftruncate(packed, end - 1 - data[size - 1] % end)) abort();
    }
    read_back(plain);
    read_back(packed);
    return 0;
}
