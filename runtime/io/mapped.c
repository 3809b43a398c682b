// SPDX-License-Identifier: 0BSD
// See mapped.h. What lies beyond the end of a file that has shrunk is no memory: the system says so by SIGBUS,
// which is caught from the first map on.
#include "io/mapped.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void gone(int signal) {
    static const char text[] =
        "error: a data file has become shorter, or cannot be read, while it is in use\n";
    (void)signal;
    ssize_t done = write(STDERR_FILENO, text, sizeof text - 1);
    (void)done;
    _exit(CNN_REFUSED);
}

static void watch(void) {
    struct sigaction old, own = {.sa_handler = gone};
    if (sigaction(SIGBUS, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
        sigaction(SIGBUS, &own, NULL);
}

bool mapped_open(Mapped *m, const char *path, CnnError *error) {
    struct stat info;
    *m = (Mapped){0};
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); // waits for no pipe
    if (fd < 0)
        return cnn_fail(error, cnn_errno_code(errno), "cannot read %s: %s", path, strerror(errno));
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return cnn_fail(error, CNN_REFUSED,
                        "%s: not a file that can be read (a folder, a pipe or a device)", path);
    }
    m->size = info.st_size;
    if (m->size == 0) return close(fd), true;
    watch();
    void *map = mmap(NULL, (size_t)m->size, PROT_READ, MAP_PRIVATE, fd, 0);
    int number = errno;
    close(fd);
    if (map == MAP_FAILED)
        return cnn_fail(error, CNN_SYSTEM, "cannot map %s: %s", path, strerror(number));
    m->byte = map;
    return true;
}

void mapped_close(Mapped *m) {
    if (m->byte) munmap((void *)(uintptr_t)m->byte, (size_t)m->size);
    *m = (Mapped){0};
}
