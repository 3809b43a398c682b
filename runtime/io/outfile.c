// SPDX-License-Identifier: 0BSD
// See outfile.h.
#define _GNU_SOURCE // fallocate, mkostemp
#include "io/outfile.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- files that no output may be

static void keep(Kept *kept, const struct stat *info, const char *what) {
    for (int i = 0; i < kept->n; i++)
        if (kept->file[i].device == info->st_dev && kept->file[i].inode == info->st_ino) return;
    if (!S_ISREG(info->st_mode) || kept->n == KEPT_FILES) return;
    kept->file[kept->n].device = info->st_dev;
    kept->file[kept->n].inode = info->st_ino;
    kept->file[kept->n++].what = what;
}

void kept_add(Kept *kept, const char *path, const char *what) {
    struct stat info;
    if (stat(path, &info) == 0) keep(kept, &info, what);
}

void kept_add_standard(Kept *kept) {
    static const char *const what[] = {"the standard input", "the standard output",
                                       "the standard error"};
    struct stat info;
    for (int fd = 0; fd < 3; fd++)
        if (fstat(fd, &info) == 0) keep(kept, &info, what[fd]);
}

bool kept_allows(const Kept *kept, const char *path, CnnError *error) {
    struct stat info;
    if (!kept || stat(path, &info) != 0) return true;
    for (int i = 0; i < kept->n; i++)
        if (kept->file[i].device == info.st_dev && kept->file[i].inode == info.st_ino)
            return cnn_fail(error, CNN_REFUSED,
                            "cannot write %s: that file is %s, which this run needs; name another "
                            "output",
                            path, kept->file[i].what);
    return true;
}

// ---- names

// The length of the folder's part of a path, with the slash.
static int folder_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash + 1 - path) : 0;
}

// The path behind all links, whether anything is there or not; from malloc. NULL and errno.
static char *follow(const char *path) {
    enum { MOST_LINKS = 40, LONGEST = 4096 };
    char *at = strdup(path), link[LONGEST];
    for (int i = 0; at && i < MOST_LINKS; i++) {
        ssize_t n = readlink(at, link, sizeof link);
        if (n < 0) return at; // no link, or nothing there
        char *next = malloc(strlen(at) + (size_t)n + 1);
        if (next) sprintf(next, "%.*s%.*s", *link == '/' ? 0 : folder_length(at), at, (int)n, link);
        free(at);
        at = next;
    }
    if (at) errno = ELOOP;
    free(at);
    return NULL;
}

static bool same_file(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool folder_stat(const char *path, struct stat *info) {
    char *copy = strdup(path);
    bool ok = copy && stat(dirname(copy), info) == 0;
    free(copy);
    return ok;
}

bool outfile_same(const char *a, const char *b) {
    struct stat s, t;
    bool one = stat(a, &s) == 0, other = stat(b, &t) == 0;
    if (one || other) return one && other && same_file(&s, &t);
    char *x = follow(a), *y = follow(b);
    bool same = x && y && !strcmp(x + folder_length(x), y + folder_length(y)) &&
                folder_stat(x, &s) && folder_stat(y, &t) && same_file(&s, &t);
    free(x);
    free(y);
    return same;
}

// ---- descriptors

int outfile_descriptor(const char *path, int flags) {
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | flags, 0666);
    if (fd >= 0) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

void outfile_start(void) {
    signal(SIGXFSZ, SIG_IGN);
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0) return;
}

static bool write_parts(int fd, const OutPart *part, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const char *from = part[i].data;
        for (size_t left = part[i].size; left;) {
            ssize_t done = write(fd, from, left);
            if (done < 0 && errno == EINTR) continue;
            if (done < 0) return false;
            from += done;
            left -= (size_t)done;
        }
    }
    return true;
}

static bool sync_file(int fd) {
    while (fsync(fd) != 0)
        if (errno != EINTR) return errno == EINVAL; // of a file system that cannot
    return true;
}

// A rename is on disk only when its folder is. Some file systems cannot sync a folder; the file
// itself is whole in any case, so that is no error.
static void sync_folder(const char *path) {
    char *copy = strdup(path);
    int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)sync_file(fd);
        close(fd);
    }
    free(copy);
}

// ---- a file that takes another's place

// A new and empty file beside target, of a short name that nobody has; *name from malloc.
static int create(const char *target, char **name) {
    static const char pattern[] = ".cnnc-XXXXXX";
    int folder = folder_length(target);
    *name = malloc((size_t)folder + sizeof pattern);
    if (!*name) return -1;
    sprintf(*name, "%.*s%s", folder, target, pattern);
    return mkostemp(*name, O_CLOEXEC);
}

// Gives a file the mode and owner of the one that it replaces. Where it cannot have that group, the
// group gets no more than all others have.
static void take_rights(int fd, const OutFile *out) {
    struct stat old;
    mode_t mask = umask(0), mode = (out->program ? 0777 : 0666) & ~mask;
    umask(mask);
    if (stat(out->target, &old) == 0) {
        mode = old.st_mode & 0777;
        if (out->program) mode |= (mode & 0444) >> 2;
        if (fchown(fd, old.st_uid, old.st_gid) && fchown(fd, (uid_t)-1, old.st_gid))
            mode = (mode & ~(mode_t)070) | (mode & 07) << 3;
    }
    (void)fchmod(fd, mode); // else it stays private: file systems without modes say no
}

static bool is_free(const char *target) { // for a regular file
    struct stat info;
    if (lstat(target, &info) < 0) return errno == ENOENT;
    errno = EEXIST;
    return S_ISREG(info.st_mode);
}

static bool replace(const OutFile *out, const OutPart *part, size_t n) {
    char *name;
    int fd = create(out->target, &name), number;
    bool ok = fd >= 0 && write_parts(fd, part, n);
    if (ok) take_rights(fd, out);
    ok = ok && sync_file(fd);
    number = errno;
    if (fd >= 0 && close(fd) != 0 && errno != EINTR && ok) {
        ok = false;
        number = errno;
    }
    if (ok && (!is_free(out->target) || rename(name, out->target) != 0)) {
        ok = false;
        number = errno;
    }
    if (!ok && fd >= 0) unlink(name);
    if (ok) sync_folder(out->target);
    free(name);
    errno = number;
    return ok;
}

// Would a file of so many bytes fit? What the file system cannot answer counts as yes.
static bool probe(const char *target, int64_t bytes) {
    char *name;
    int fd = create(target, &name), number = 0;
    if (fd < 0) return free(name), false;
    while (bytes && fallocate(fd, 0, 0, bytes) != 0 && (number = errno) == EINTR) {}
    close(fd);
    unlink(name);
    free(name);
    errno = number;
    return number != ENOSPC && number != EDQUOT && number != EFBIG;
}

// Signals wait while a file lies there that is to go away again.
static void hold_signals(sigset_t *old) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, old);
}

// ---- outputs

static bool cannot_write(const OutFile *out, const char *more, CnnError *error) {
    const char *why = errno == ENXIO ? "nobody is there to read it" : strerror(errno);
    return cnn_fail(error, CNN_SYSTEM, "cannot write %s: %s%s", out->path, why, more);
}

static bool open_through(OutFile *out, CnnError *error) {
    out->fd = outfile_descriptor(out->path, 0);
    return out->fd >= 0 || cannot_write(out, "", error);
}

// info: of what is there, or NULL.
static bool open_file(OutFile *out, const struct stat *info, int64_t bytes, CnnError *error) {
    struct stat seen;
    if (info && faccessat(AT_FDCWD, out->path, W_OK, AT_EACCESS) != 0)
        return cannot_write(out, "", error);
    out->target = follow(out->path);
    bool ok = out->target != NULL;
    if (ok && info && (stat(out->target, &seen) != 0 || !same_file(&seen, info))) {
        errno = ENOENT; // a link of the system, to a file without a name
        ok = false;
    }
    sigset_t old;
    hold_signals(&old);
    ok = ok && probe(out->target, bytes);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (ok) return true;
    cannot_write(out, "", error);
    outfile_close(out);
    return false;
}

bool outfile_open(OutFile *out, const char *path, const Kept *kept, int64_t bytes,
                  CnnError *error) {
    struct stat info;
    bool there = stat(path, &info) == 0;
    *out = (OutFile){.path = path, .fd = -1};
    if (!there && errno != ENOENT) return cannot_write(out, "", error);
    if (there ? S_ISDIR(info.st_mode) : path[folder_length(path)] == '\0')
        return cnn_fail(error, CNN_REFUSED, "cannot write %s: a folder is not a file", path);
    if (!kept_allows(kept, path, error)) return false;
    if (there && !S_ISREG(info.st_mode)) return open_through(out, error);
    return open_file(out, there ? &info : NULL, bytes, error);
}

bool outfile_folders(const char *path, CnnError *error) {
    char *folder = strndup(path, (size_t)folder_length(path));
    bool ok = folder;
    for (char *slash = folder; ok && *slash && (slash = strchr(slash + 1, '/'));) {
        *slash = 0;
        ok = mkdir(folder, 0777) == 0 || errno == EEXIST;
        if (!ok) cnn_fail(error, CNN_SYSTEM, "cannot make %s: %s", folder, strerror(errno));
        *slash = '/';
    }
    if (!folder) cnn_fail(error, CNN_SYSTEM, "out of memory");
    free(folder);
    return ok;
}

bool outfile_write(const OutFile *out, const OutPart *part, size_t n, CnnError *error) {
    if (!out->target) return write_parts(out->fd, part, n) || cannot_write(out, "", error);
    sigset_t old;
    hold_signals(&old);
    bool ok = replace(out, part, n);
    int number = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = number;
    return ok || cannot_write(out, "; nothing at that path was changed", error);
}

void outfile_close(OutFile *out) {
    if (out->path && out->fd >= 0) close(out->fd);
    free(out->target);
    *out = (OutFile){.fd = -1};
}
