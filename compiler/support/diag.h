// SPDX-License-Identifier: MIT
// Errors, warnings and notes with a place in the source. The printed form is
//     file:line:col: error: text [E0123]
// followed by the source line and the range underlined. Diagnostics are kept and printed at
// diag_flush in the order they were reported, at most 20 errors a run.
#ifndef CNNC_DIAG_H
#define CNNC_DIAG_H
#include "support/arena.h"
#include <stdbool.h>
#include <stdio.h>

typedef struct Loc { // a range of the source; lines and columns count from 1, the end is exclusive
    int line, col, end_line, end_col;
} Loc;

typedef struct Diag Diag;

// name as the user wrote it; text must outlive the Diag.
Diag *diag_new(Arena *a, const char *name, const char *text, size_t length);
const char *diag_file(const Diag *d);
const char *diag_text(const Diag *d, size_t *length);
size_t diag_offset(const Diag *d, int line, int col); // of a place in the text

void diag_error(Diag *d, Loc loc, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// flag: the name of -W[no-]flag; -Werror turns it into an error.
void diag_warning(Diag *d, Loc loc, const char *flag, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// note and help belong to the error or warning reported before them.
void diag_note(Diag *d, Loc loc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void diag_help(Diag *d, Loc loc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

typedef struct Edit { // of the source: what stands at `at` becomes text
    Loc at;
    const char *text;
} Edit;
// Belongs to what was reported last: with all edits of the run it mends the source.
void diag_edit(Diag *d, Loc at, const char *text);
// Those of all that is kept, in the order of their places, each once; NULL where two overlap.
const Edit *diag_edits(const Diag *d, int *n);
// The source with them made; *length of it.
const char *diag_mended(const Diag *d, const Edit *edit, int n, size_t *length);

int diag_errors(const Diag *d); // errors reported so far
int diag_warnings(const Diag *d);
bool diag_full(const Diag *d); // the limit of errors is reached: callers may stop
bool diag_overflows(const Diag *d); // and there was one more: nothing else will be shown
Loc diag_last_line(const Diag *d); // where something missing altogether is reported

typedef struct DiagOptions {
    bool json, colour, werror;
    const char **disabled; // NULL-terminated names given as -Wno-NAME, or NULL
    int nstrict;
    const char **strict; // names given as -Werror=NAME
} DiagOptions;
void diag_flush(Diag *d, FILE *out, const DiagOptions *o); // prints what was kept and forgets it
#endif
