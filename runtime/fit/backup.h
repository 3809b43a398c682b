// SPDX-License-Identifier: 0BSD
// What the compiler tells BackupAndRestore.
#ifndef CNN_BACKUP_H
#define CNN_BACKUP_H
#include "abi.h"

enum { // settings
    BACKUP_STEPS, // saved after so many; 0: after an epoch
    BACKUP_DELETES, // at the end of the training
    BACKUP_DOUBLE, // the one before stays beside it
    BACKUP_SETTINGS
};
enum { BACKUP_FOLDER, BACKUP_TEXTS }; // texts
extern const CnnCallbackClass cnn_backup;
#endif
