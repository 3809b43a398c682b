// SPDX-License-Identifier: 0BSD
// Where results go: one rule for the compiler and for the programs that it makes.
//   - A link is followed, a dangling one too: what it names is written, and the link stays.
//   - A regular file is replaced: the result is written to a file of a new name in the same folder,
//     synced and renamed. Until then the old file is whole; its mode and owner are kept. A file that
//     may not be written to is refused.
//   - What is not a regular file (a device, a FIFO that somebody reads) is written through.
//   - What a run reads is never written: such an output is refused before anything is written.
#ifndef CNN_OUTFILE_H
#define CNN_OUTFILE_H
#include "error.h"
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Files that no output may be, known by device and inode, so under any of their names.
enum { KEPT_FILES = 64 };
typedef struct Kept {
    int n;
    struct {
        dev_t device;
        ino_t inode;
        const char *what;
    } file[KEPT_FILES];
} Kept;
// Adds the regular file at path; what: "the model", kept as a pointer. Nothing is there: adds nothing.
void kept_add(Kept *kept, const char *path, const char *what);
void kept_add_standard(Kept *kept); // what the descriptors 0 to 2 are open on
// False with an error (CNN_REFUSED) if path names one of them. kept may be NULL.
bool kept_allows(const Kept *kept, const char *path, CnnError *error);

typedef struct OutFile {
    const char *path; // as given, for messages; the caller's
    char *target; // the file to replace, behind all links; NULL: fd is written through
    int fd; // of what is not a regular file, else -1
    bool program; // set by the caller: the file is to be executable
} OutFile;
typedef struct OutPart {
    const void *data;
    size_t size;
} OutPart;

// Finds out whether some `bytes` can be written to path, and leaves what is there as it is. False
// with an error: there is nothing to close.
bool outfile_open(OutFile *out, const char *path, const Kept *kept, int64_t bytes, CnnError *error);
// Writes all parts, once. After false what was at a regular file's path is unchanged.
bool outfile_write(const OutFile *out, const OutPart *part, size_t n, CnnError *error);
// Makes the folders that path names and that are not there yet.
bool outfile_folders(const char *path, CnnError *error);
void outfile_close(OutFile *out); // {0} and what was closed are nothing
bool outfile_same(const char *a, const char *b); // do both paths name one file, be it there or not?

// Opens path to be written in place, with more flags of open(). Never waits for a FIFO's reader: -1 and
// errno ENXIO without one.
int outfile_descriptor(const char *path, int flags);
// To be called first of all. Opens what is closed of the descriptors 0 to 2, so that no file gets one
// of them by chance; writing to them fails, as it does to closed ones. A file beyond the limit of its
// size is an error from here on, not a signal that ends the process.
void outfile_start(void);
#endif
