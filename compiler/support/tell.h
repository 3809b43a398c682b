// SPDX-License-Identifier: MIT
// What the compiler says on stderr that has no place in a source text (for that: diag.h).
#ifndef CNNC_TELL_H
#define CNNC_TELL_H

// "cnnc: ", the text and an end of line. Names in it may come from anywhere: what would control a
// terminal is shown as \xNN, and what is very long is cut in its middle. errno is kept.
void tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#endif
