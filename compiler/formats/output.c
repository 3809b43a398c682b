// SPDX-License-Identifier: MIT
// See output.h.
#include "formats/output.h"
#include "support/tell.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int report(const CnnError *error) {
    tell("error: %s", error->text);
    return error->code;
}

int output_open(OutFile *out, const char *path, const Kept *kept) {
    CnnError error = {0};
    if (strcmp(path, "-") != 0)
        return outfile_open(out, path, kept, 0, &error) ? CNN_OK : report(&error);
    *out = (OutFile){.path = "stdout", .fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)};
    if (out->fd >= 0) return CNN_OK;
    cnn_fail(&error, CNN_SYSTEM, "cannot write stdout: %s", strerror(errno));
    return report(&error);
}

int output_write(const OutFile *out, const void *bytes, size_t length) {
    CnnError error = {0};
    fflush(stdout); // what was printed before stands in front
    return outfile_write(out, &(OutPart){bytes, length}, 1, &error) ? CNN_OK : report(&error);
}

bool output_scratch(const char *path, const void *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    if (!file) return false;
    bool ok = fwrite(bytes, 1, length, file) == length;
    int number = errno;
    if (fclose(file) == 0 && ok) return true;
    if (!ok) errno = number;
    return false;
}
