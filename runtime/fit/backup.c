// SPDX-License-Identifier: 0BSD
// BackupAndRestore: the state of the training in a folder, as a checkpoint. A training that finds one there goes
// on from it, and one that comes to its end removes it. Each fit of a script has a file of its own: of a run that is
// interrupted in the second one and started again the first one is trained once more, to the same bits, and the second one
// goes on.
#include "fit/backup.h"
#include "fit/checkpoint.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Backup {
    Checkpoints checkpoints;
    char *path;
} Backup;

static char *path_of(const Callback *c) {
    const char *folder = c->path;
    size_t size = strlen(folder) + 64;
    char *path = malloc(size);
    if (path && c->fit == 0) snprintf(path, size, "%s/latest.safetensors", folder);
    if (path && c->fit > 0)
        snprintf(path, size, "%s/latest-%lld.safetensors", folder, (long long)c->fit + 1);
    return path;
}

static char *resumes(const Callback *c) {
    char *path = path_of(c);
    if (path && access(path, F_OK) == 0) return path;
    free(path);
    return NULL;
}

static bool start(Callback *c, const Training *t, CnnError *error) {
    double steps = c->setting[BACKUP_STEPS];
    const Every every = {.steps = (int64_t)steps, .epochs = steps == 0};
    Backup *b = c->own = memory_new(1, sizeof *b, "BackupAndRestore", error);
    if (!b) return false;
    b->checkpoints = (Checkpoints){.lock = -1, .out.fd = -1};
    b->path = path_of(c);
    if (!b->path) return cnn_fail(error, CNN_SYSTEM, "out of memory");
    return outfile_folders(b->path, error) &&
           checkpoints_open(&b->checkpoints, c->model, b->path, &every, t->fit->kept, error);
}

static void settled(Callback *c, Training *t) {
    checkpoints_settled(&((Backup *)c->own)->checkpoints, t);
}

static void train_end(Callback *c, Training *t) {
    Backup *b = c->own;
    (void)t;
    if (c->setting[BACKUP_DELETES] == 0) return;
    unlink(b->path);
    checkpoints_close(&b->checkpoints);
    rmdir(c->path); // stays, if there is more in it
}

static void end(Callback *c) {
    Backup *b = c->own;
    if (!b) return;
    checkpoints_close(&b->checkpoints);
    free(b->path);
    free(b);
}

const CnnCallbackClass cnn_backup = {.writes = WRITES_FOLDER,
                                     .resumes = resumes,
                                     .start = start,
                                     .settled = settled,
                                     .train_end = train_end,
                                     .free = end};
