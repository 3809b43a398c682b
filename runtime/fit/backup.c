// SPDX-License-Identifier: 0BSD
// BackupAndRestore: the state of the training in a folder, as a checkpoint. A training that finds one there goes on
// from it, and one that comes to its end removes it. Each fit of a script has a file of its own: of a run that is
// interrupted in the second one and started again the first one is trained once more, to the same bits, and the second
// one goes on. With double_checkpoint the checkpoint before stays beside the latest, and is what a training goes on
// from where that cannot be read.
#include "fit/backup.h"
#include "fit/checkpoint.h"
#include "io/safetensors.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Backup {
    Checkpoints checkpoints;
    char *path, *previous;
} Backup;

static char *path_of(const Callback *c, const char *end) {
    const char *folder = c->path;
    size_t size = strlen(folder) + 64;
    char *path = malloc(size);
    if (path && c->fit == 0) snprintf(path, size, "%s/latest.safetensors%s", folder, end);
    if (path && c->fit > 0)
        snprintf(path, size, "%s/latest-%lld.safetensors%s", folder, (long long)c->fit + 1, end);
    return path;
}

static const char before[] = ".bkp"; // behind the name of the one before

static bool can_be_read(const char *path) {
    Safetensors file;
    CnnError error = {0};
    bool good = safetensors_read(path, &file, &error);
    if (good) safetensors_free(&file);
    return good;
}

static char *resumes(const Callback *c) {
    char *path = path_of(c, ""), *previous = path_of(c, before);
    bool there = path && access(path, F_OK) == 0;
    bool falls_back = c->setting[BACKUP_DOUBLE] != 0 && path && previous && !can_be_read(path) &&
                      can_be_read(previous);
    if (falls_back && there)
        callback_warn(c, "BackupAndRestore cannot read %s; it goes on from the one before", path);
    char *from = falls_back ? previous : there ? path : NULL;
    if (from != path) free(path);
    if (from != previous) free(previous);
    return from;
}

static bool start(Callback *c, const Training *t, CnnError *error) {
    double steps = c->setting[BACKUP_STEPS];
    const Every every = {.steps = (int64_t)steps, .epochs = steps == 0};
    Backup *b = c->own = memory_new(1, sizeof *b, "BackupAndRestore", error);
    if (!b) return false;
    b->checkpoints = (Checkpoints){.lock = -1, .out.fd = -1};
    b->path = path_of(c, "");
    b->previous = path_of(c, before);
    if (!b->path || !b->previous) return cnn_fail(error, CNN_SYSTEM, "out of memory");
    bool ok = outfile_folders(b->path, error) &&
              checkpoints_open(&b->checkpoints, c->model, b->path, &every, t->fit->kept, error);
    if (c->setting[BACKUP_DOUBLE] != 0) b->checkpoints.previous = b->previous;
    return ok;
}

static void settled(Callback *c, Training *t) {
    checkpoints_settled(&((Backup *)c->own)->checkpoints, t);
}

static void train_end(Callback *c, Training *t) {
    Backup *b = c->own;
    (void)t;
    if (c->setting[BACKUP_DELETES] == 0) return;
    unlink(b->path);
    if (c->setting[BACKUP_DOUBLE] != 0) unlink(b->previous);
    checkpoints_close(&b->checkpoints);
    rmdir(c->path); // stays, if there is more in it
}

static void end(Callback *c) {
    Backup *b = c->own;
    if (!b) return;
    checkpoints_close(&b->checkpoints);
    free(b->path);
    free(b->previous);
    free(b);
}

const CnnCallbackClass cnn_backup = {.writes = WRITES_FOLDER,
                                     .resumes = resumes,
                                     .start = start,
                                     .settled = settled,
                                     .train_end = train_end,
                                     .free = end};
