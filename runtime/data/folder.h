// SPDX-License-Identifier: 0BSD
// A folder of images with a folder for each class, in the order in which Keras finds them: class by class, folders
// within sorted by their paths, files by their names.
#ifndef CNN_FOLDER_H
#define CNN_FOLDER_H
#include "error.h"
#include <stdint.h>

typedef struct FolderFile {
    char *path;
    int64_t class;
} FolderFile;
typedef struct Folder {
    int64_t n;
    FolderFile *file;
    int64_t seen; // files and folders that were looked at
} Folder;

// Of each class the files from the share `from` on to the share `to`: 0 and 1 for all. nclass 0: all of the
// folder, which has no classes.
bool folder_list(Folder *folder, const char *path, const char *const *class, int64_t nclass,
                 double from, double to, CnnError *error);
void folder_free(Folder *folder);
// The names of the folders in a folder, sorted, ended by NULL; all from malloc. NULL: reported.
char **folder_classes(const char *path, CnnError *error);
// Where a picture is that a table names, from malloc: in that folder; a name by itself says it if there is none, or if
// it begins at the root. data: as array_find() has it. NULL: reported.
char *folder_picture(const char *folder, const char *name, const char *data, CnnError *error);
#endif
