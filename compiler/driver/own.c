// SPDX-License-Identifier: MIT
// See own.h.
#include "driver/own.h"
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

const char *own_path(Arena *a) {
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    return arena_strndup(a, path, n > 0 ? (size_t)n : 0);
}

const char *own_folder(Arena *a) {
    const char *path = own_path(a), *slash = strrchr(path, '/');
    return arena_strndup(a, path, slash ? (size_t)(slash + 1 - path) : 0);
}
