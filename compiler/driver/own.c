// SPDX-License-Identifier: MIT
// See own.h.
#include "driver/own.h"
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/types.h>
#include <unistd.h>

// Without /proc the kernel still tells by which path the program was started.
static const char *path_at_start(Arena *a) {
    const char *given = (const char *)getauxval(AT_EXECFN); // NOLINT: it is a pointer
    char *path = given && *given ? realpath(given, NULL) : NULL;
    const char *copy = arena_printf(a, "%s", path ? path : "");
    free(path);
    return copy;
}

const char *own_path(Arena *a) {
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    if (n <= 0 || n == sizeof path || path[0] != '/') return path_at_start(a);
    return arena_strndup(a, path, (size_t)n);
}

const char *own_folder(Arena *a) {
    const char *path = own_path(a), *slash = strrchr(path, '/');
    return arena_strndup(a, path, slash ? (size_t)(slash + 1 - path) : 0);
}
