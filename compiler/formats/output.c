// SPDX-License-Identifier: MIT
// See output.h.
#include "formats/output.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        bytes += n;
        length -= (size_t)n;
    }
    return true;
}

bool output_write(const char *path, const char *bytes, size_t length) {
    if (!strcmp(path, "-")) return fflush(stdout) == 0 && write_all(STDOUT_FILENO, bytes, length);
    struct stat st;
    bool special =
        stat(path, &st) == 0 && !S_ISREG(st.st_mode); // /dev/null is written, not replaced
    size_t n = strlen(path);
    char *beside = malloc(n + 8);
    if (!beside) return false;
    memcpy(beside, path, n);
    memcpy(beside + n, special ? "" : ".XXXXXX", special ? 1 : 8);
    FILE *file = special ? fopen(path, "wb") : NULL;
    int fd = special ? (file ? fileno(file) : -1) : mkstemp(beside);
    bool ok = fd >= 0 && write_all(fd, bytes, length);
    mode_t mask = umask(0);
    umask(mask);
    if (ok && !special) ok = fchmod(fd, 0666 & ~mask) == 0;
    if (special && file)
        ok = fclose(file) == 0 && ok;
    else if (fd >= 0)
        ok = close(fd) == 0 && ok;
    if (ok && !special) ok = rename(beside, path) == 0;
    int error = errno;
    if (!ok && !special && fd >= 0) unlink(beside);
    free(beside);
    errno = error;
    return ok;
}
