// SPDX-License-Identifier: 0BSD
#include "data/folder.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { DEEPEST = 32, MOST = 1 << 23 }; // folders within folders; what is looked at in all of them

static bool cannot_read(const char *path, CnnError *error) {
    return cnn_fail(error, cnn_errno_code(errno), "cannot read the folder %s: %s", path,
                    strerror(errno));
}

static bool no_memory(CnnError *error) {
    return cnn_fail(error, CNN_SYSTEM, "out of memory for the names of files");
}

static char *join(const char *folder, const char *name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

// Links to folders are followed for a class, not within it.
static bool is_own_folder(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int is_seen(const struct dirent *entry) {
    return *entry->d_name != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void free_names(struct dirent **name, int n) {
    for (int i = 0; i < n; i++) free(name[i]);
    free(name);
}

char **folder_classes(const char *path, CnnError *error) {
    struct dirent **entry;
    int n = scandir(path, &entry, is_seen, by_bytes), found = 0;
    if (n < 0) return cannot_read(path, error), NULL;
    char **class = calloc((size_t)n + 1, sizeof *class);
    bool good = class;
    for (int i = 0; good && i < n; i++) {
        char *inner = join(path, entry[i]->d_name);
        bool is_class = inner && is_folder(inner);
        if (is_class) class[found] = strdup(entry[i]->d_name);
        good = inner && (!is_class || class[found++]);
        free(inner);
    }
    free_names(entry, n);
    if (good) return class;
    for (int i = 0; class && i < found; i++) free(class[i]);
    free(class);
    no_memory(error);
    return NULL;
}

// 1: of a form that is read; 0: no image; -1: one that is not read.
static int image_named(const char *name) {
    static const struct {
        const char *end;
        int form;
    } ends[] = {{".png", 1}, {".jpg", 1}, {".jpeg", 1}, {".bmp", 1},  {".pgm", 1},
                {".ppm", 1}, {".pnm", 1}, {".gif", -1}, {".tif", -1}, {".tiff", -1}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++)
        if (strcasecmp(dot, ends[i].end) == 0) return ends[i].form;
    return 0;
}

static bool add(Folder *f, const char *path, const char *name, int64_t class, CnnError *error) {
    if ((f->n & (f->n - 1)) == 0) { // the room for them doubles
        FolderFile *more = realloc(f->file, (size_t)(f->n ? 2 * f->n : 1) * sizeof *more);
        if (!more) return no_memory(error);
        f->file = more;
    }
    char *whole = join(path, name);
    if (!whole) return no_memory(error);
    f->file[f->n++] = (FolderFile){whole, class};
    return true;
}

static bool list_files(Folder *f, const char *path, struct dirent **entry, int n, int64_t class,
                       CnnError *error) {
    for (int i = 0; i < n; i++) {
        int form = image_named(entry[i]->d_name);
        if (form < 0)
            return cnn_fail(error, CNN_REFUSED,
                            "%s/%s: images of this form are not read; convert it to PNG or JPEG",
                            path, entry[i]->d_name);
        if (form && !add(f, path, entry[i]->d_name, class, error)) return false;
    }
    return true;
}

// A folder's own files, then those of the folders in it.
static bool list(Folder *f, const char *path, int64_t class, int depth, CnnError *error) {
    struct dirent **entry;
    int n = scandir(path, &entry, is_seen, by_bytes);
    if (n < 0) return cannot_read(path, error);
    f->seen += n;
    bool ok = f->seen <= MOST ||
              cnn_fail(error, CNN_REFUSED, "%s: there are more than %d files", path, MOST);
    ok = ok && list_files(f, path, entry, n, class, error);
    for (int i = 0; ok && i < n && depth < DEEPEST; i++) {
        char *inner = join(path, entry[i]->d_name);
        ok = inner || no_memory(error);
        if (ok && is_own_folder(inner)) ok = list(f, inner, class, depth + 1, error);
        free(inner);
    }
    free_names(entry, n);
    return ok;
}

// Of the files from number `first` on a part stays.
static void keep_part(Folder *f, int64_t first, double from, double to) {
    int64_t n = f->n - first, start = (int64_t)(from * (double)n), end = (int64_t)(to * (double)n);
    for (int64_t i = 0; i < n; i++)
        if (i < start || i >= end) free(f->file[first + i].path);
    memmove(f->file + first, f->file + first + start, (size_t)(end - start) * sizeof *f->file);
    f->n = first + end - start;
}

bool folder_list(Folder *f, const char *path, const char *const *class, int64_t nclass, double from,
                 double to, CnnError *error) {
    *f = (Folder){0};
    bool ok = true;
    for (int64_t i = 0; ok && i < (nclass ? nclass : 1); i++) {
        int64_t first = f->n;
        char *inner = join(path, nclass ? class[i] : ".");
        ok = inner ? list(f, inner, i, 0, error) : no_memory(error);
        free(inner);
        if (ok && f->file) keep_part(f, first, from, to);
    }
    if (ok && f->n == 0)
        ok = cnn_fail(error, CNN_REFUSED, "%s: has no images, of PNG, JPEG, BMP, PGM or PPM", path);
    if (!ok) folder_free(f);
    return ok;
}

void folder_free(Folder *f) {
    for (int64_t i = 0; i < f->n; i++) free(f->file[i].path);
    free(f->file);
    *f = (Folder){0};
}
