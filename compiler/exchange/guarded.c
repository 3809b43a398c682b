// SPDX-License-Identifier: MIT
// See guarded.h.
#define _DEFAULT_SOURCE // MAP_ANONYMOUS
#include "exchange/guarded.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 20 };

void *guarded_room(size_t bytes) {
    int flags = MAP_SHARED | MAP_ANONYMOUS;
    void *room = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE, flags, -1, 0);
    return room == MAP_FAILED ? NULL : room;
}

static void limit(void) {
    const struct rlimit time = {SECONDS, SECONDS}, none = {0, 0};
    setrlimit(RLIMIT_CPU, &time);
    setrlimit(RLIMIT_CORE, &none);
}

static bool system_error(CnnError *error) {
    return cnn_fail(error, CNN_SYSTEM, "cannot be read: %s", strerror(errno));
}

bool guarded(bool (*work)(void *context, CnnError *error), void *context, CnnError *error) {
    CnnError *said = guarded_room(sizeof *said);
    if (!said) return system_error(error);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        limit();
        _exit(work(context, said) ? 0 : 1);
    }
    int status = 0;
    pid_t ended = -1;
    if (child > 0) do
            ended = waitpid(child, &status, 0);
        while (ended < 0 && errno == EINTR);
    bool ok = ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (ended < 0)
        system_error(error);
    else if (!ok && said->code)
        *error = *said;
    else if (!ok)
        cnn_fail(error, CNN_REFUSED, "is damaged: the HDF5 library cannot cope with it");
    munmap(said, sizeof *said);
    return ok;
}
