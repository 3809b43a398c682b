// SPDX-License-Identifier: 0BSD
#include "data/find.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *found(const char *folder, const char *name, char *path, size_t size) {
    int n = snprintf(path, size, "%s%s%s", folder, *folder ? "/" : "", name);
    if (access(path, F_OK) == 0) return path;
    while (n > 0 && path[n - 1] == '\\') path[--n] = 0;
    return access(path, F_OK) == 0 ? path : NULL;
}

static bool separates(char c) {
    return c == '/' || c == '\\'; // of Windows
}

// From the last part of a path on, which may end in slashes.
static const char *last_part(const char *name) {
    const char *at = name + strlen(name);
    while (at > name && separates(at[-1])) at--;
    while (at > name && !separates(at[-1])) at--;
    return at;
}

char *array_find(const char *name, const char *folder, CnnError *error) {
    const char *environment = getenv("CNNC_DATA"), *last = last_part(name);
    const char *own = *name == '/' ? last : name;
    bool set = environment && *environment;
    size_t size = strlen(name) + strlen(folder ? folder : "") + (set ? strlen(environment) : 0) + 2;
    char *path = malloc(size);
    if (!path) return cnn_fail(error, CNN_SYSTEM, "out of memory"), NULL;
    if (folder && found(folder, own, path, size)) return path;
    if (folder && found(folder, last, path, size)) return path;
    if (!folder && found("", name, path, size)) return path;
    if (!folder && set && found(environment, own, path, size)) return path;
    if (!folder && set && found(environment, last, path, size)) return path;
    cnn_fail(error, CNN_REFUSED, "no data: %s is not in %s; name its folder with --data DIR", name,
             folder ? folder : "the current folder");
    free(path);
    return NULL;
}
