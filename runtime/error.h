// SPDX-License-Identifier: 0BSD
// How a function says what went wrong: it returns false and leaves one line of text and the exit
// code in the caller's CnnError. Shared with the compiler, which reads the same weights files.
#ifndef CNN_ERROR_H
#define CNN_ERROR_H
#include <stdbool.h>

enum { CNN_OK = 0, CNN_REFUSED = 1, CNN_USAGE = 2, CNN_SYSTEM = 3 }; // exit codes

typedef struct CnnError {
    int code; // CNN_…; 0 while nothing has failed
    char text[2048]; // one line without newline
} CnnError;

// Fills error and returns false, so that `return cnn_fail(…)` reads well. The line is made fit for a
// terminal (see text.h), and where it is too long its middle is left out.
bool cnn_fail(CnnError *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// CNN_REFUSED for an errno that the user's path explains (no such file), else CNN_SYSTEM.
int cnn_errno_code(int number);
#endif
