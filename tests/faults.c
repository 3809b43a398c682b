// SPDX-License-Identifier: MIT
// Preloaded into a program, it makes calls fail as a system in trouble would, as $FAULT says:
//     memory:N   the N-th piece of memory that is asked for is not there
//     short      reads and writes of files move half of what they could, or are interrupted
//     NAME:N     the N-th call of write, fsync, rename or thread fails
// count: nothing fails. At the end "faults: N" on stderr says how many calls of the kind there were.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long calls, turns;

// Whether $FAULT is of this kind, and this is the call that fails.
static int strikes(const char *kind) {
    const char *fault = getenv("FAULT");
    size_t n = strlen(kind);
    if (!fault || strncmp(fault, kind, n) != 0 || fault[n] != ':') return 0;
    return atomic_fetch_add(&calls, 1) + 1 == strtol(fault + n + 1, NULL, 10);
}

__attribute__((destructor)) static void tell(void) {
    if (getenv("FAULT")) fprintf(stderr, "faults: %ld\n", (long)calls);
}

static int is_short(void) {
    const char *fault = getenv("FAULT");
    return fault && !strcmp(fault, "short");
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);

static int no_memory(void) {
    if (!strikes("memory")) return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size) {
    return no_memory() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    return no_memory() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size) {
    return no_memory() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t align, size_t size) {
    return no_memory() ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **to, size_t align, size_t size) {
    *to = no_memory() ? NULL : __libc_memalign(align, size);
    return *to ? 0 : ENOMEM;
}

#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

ssize_t read(int fd, void *to, size_t n) {
    if (is_short() && n > 1) n /= 2;
    return NEXT(read)(fd, to, n);
}

ssize_t write(int fd, const void *from, size_t n) {
    if (strikes("write")) return errno = ENOSPC, -1;
    if (is_short() && fd > 2) {
        if (atomic_fetch_add(&turns, 1) % 3 == 0) return errno = EINTR, -1;
        if (n > 1) n /= 2;
    }
    return NEXT(write)(fd, from, n);
}

int fsync(int fd) {
    return strikes("fsync") ? errno = EIO, -1 : NEXT(fsync)(fd);
}

int rename(const char *from, const char *to) {
    return strikes("rename") ? errno = EROFS, -1 : NEXT(rename)(from, to);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument) {
    return strikes("thread") ? EAGAIN : NEXT(pthread_create)(thread, attributes, run, argument);
}
