// SPDX-License-Identifier: MIT
// BackupAndRestore: a training that was interrupted goes on where it was.
#include "keras/callbacks/callback.h"
#include "../runtime/fit/backup.h"

typedef struct BackupAndRestore {
    const char *backup_dir;
    const Value *save_freq;
    bool delete_checkpoint, double_checkpoint;
} BackupAndRestore;

#define AT(field) offsetof(BackupAndRestore, field)
static const Arg args[] = {
    {"backup_dir", ARG_TEXT, AT(backup_dir)},
    {"save_freq", ARG_VALUE, AT(save_freq), .standard = "\"epoch\""},
    {"double_checkpoint", ARG_BOOL, AT(double_checkpoint), .standard = "False"},
    {"delete_checkpoint", ARG_BOOL, AT(delete_checkpoint), .standard = "True"},
    {0},
};
enum { BACKUP_DIR };

static bool settings(Eval *e, const Object *object, const Fit *fit, Callback *made) {
    const BackupAndRestore *o = object->args;
    (void)fit;
    if (!o->backup_dir || !*o->backup_dir) {
        diag_error(e->d, callback_arg_loc(object, BACKUP_DIR), 207,
                   "'backup_dir' must name a folder");
        return false;
    }
    made->setting[BACKUP_DELETES] = o->delete_checkpoint;
    made->setting[BACKUP_DOUBLE] = o->double_checkpoint;
    made->text[BACKUP_FOLDER] = o->backup_dir;
    return callback_save_freq(e, o->save_freq, &made->setting[BACKUP_STEPS]);
}

const CallbackClass callback_backup_and_restore = {
    .object = {.name = "BackupAndRestore", .args = args, .size = sizeof(BackupAndRestore)},
    CALLBACK_RUNTIME(cnn_backup),
    .nsetting = BACKUP_SETTINGS,
    .ntext = BACKUP_TEXTS,
    .settings = settings,
    .stops = true,
};
