// SPDX-License-Identifier: 0BSD
// Any bytes as an IDX file, plain or gzipped: read or refused, never worse.
#define _GNU_SOURCE // memfd_create
#include "../../runtime/runtime.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CnnError error = {0};
    Idx idx;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0) abort();
    if (idx_read_fd(fd, "fuzz", &idx, NULL, NULL, &error)) {
        unsigned sum = 0;
        for (int64_t i = 0; i < idx.count; i++) sum += idx.value[i];
        if (sum > 255 * (uint64_t)idx.count) abort();
        free(idx.value);
    } else if (!error.code || !*error.text)
        abort();
    return 0;
}
