// SPDX-License-Identifier: MIT
// Small helpers on text: "did you mean", parts of names, numbers with thousands separators, checked arithmetic.
#ifndef CNNC_TEXT_H
#define CNNC_TEXT_H
#include "support/arena.h"
#include <stdbool.h>
#include <stdint.h>

// The candidate nearest to word by edit distance (case folded first), or NULL if none is near.
const char *text_nearest(const char *word, const char *const *candidates, int n);
const char *text_thousands(Arena *a, int64_t n); // 34826 -> "34,826"
const char *text_tuple(Arena *a, int64_t n, const int64_t *number); // "(28, 28, 1)", "(10,)"
// Bytes of the UTF-8 sequence s starts with (n > 0 bytes are left), or 0 if it is broken.
int utf8_sequence(const char *s, size_t n);
// The text as it may be shown: control and broken bytes as \xNN, cut at about `most` columns.
const char *text_printable(Arena *a, const char *s, size_t n, int most);
// The whole text as one printable line: its head and its tail where it is very long.
const char *text_line(Arena *a, const char *s);
bool text_has_control(const char *s); // characters that would control a terminal, or broken bytes
const char *text_last_part(const char *path); // what is behind the last '/'
bool text_ends(const char *s, const char *end);
const char *text_utf8(Arena *a, const char *s); // broken bytes as U+FFFD
const char *text_json(Arena *a, const char *s, size_t n); // quoted; broken bytes as U+FFFD
// Checked 64-bit arithmetic: false on overflow, *out untouched then.
bool mul64(int64_t a, int64_t b, int64_t *out);
bool add64(int64_t a, int64_t b, int64_t *out);
// At *text: "300", "64K", "1M" or "2G", of 1024 bytes each; *text is then behind it. False: none.
bool text_size(const char **text, int64_t *bytes);
#endif
