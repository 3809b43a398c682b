// SPDX-License-Identifier: 0BSD
// Names of files. Those with fields, as Python's str.format fills them: "{epoch:02d}-{val_loss:.2f}". Read by the
// compiler, which refuses what cannot be filled, and by the programs that it makes.
#ifndef CNN_FILENAME_H
#define CNN_FILENAME_H
#include <stdbool.h>
#include <stdint.h>

typedef struct NamePiece { // of such a name
    char literal; // a character that stands for itself; 0: a field
    char name[64]; // of the figure, "val_loss"
    char type; // d e E f F g G; 0: as Python prints it
    bool zeros; // it is filled up with zeros, not spaces
    int width, precision; // -1: not given
} NamePiece;

// The piece that text begins with; returns what is behind it. NULL: no such piece; text is not at its end.
const char *filename_piece(const char *text, NamePiece *piece);
// May it be what comes of such a name?
bool filename_fits(const char *name, const char *text);
// F-SEED.csv for F.csv, F-SEED for a folder: the file of one of several runs. seed -1: a copy of F. From
// malloc, NULL: no memory.
char *filename_of_run(const char *path, bool folder, int64_t seed);
#endif
