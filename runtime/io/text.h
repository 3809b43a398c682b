// SPDX-License-Identifier: 0BSD
// Foreign text: what users, their files and their models' authors wrote, on its way to a terminal.
// Nothing there may be a command to it: control codes (C0, DEL, C1) become \x1B or \xC2\x9B, and
// so do bytes that are no UTF-8. Used by programs and by the compiler.
#ifndef CNN_TEXT_H
#define CNN_TEXT_H
#include <stddef.h>
#include <stdio.h>

enum {
    TEXT_PIECE = 8, // a character or what stands for it
    TEXT_NAME = 160, // buffers for a name, a path
    TEXT_PATH = 1024
};

// text in buffer, of at least 32 bytes; where it is too long for it, without its middle.
const char *text_foreign(char *buffer, size_t size, const char *text);

// The same as a string of JSON, and a number, null where it is not finite. They take no memory, so that what
// they write is whole.
void text_put_json(FILE *file, const char *text);
void text_put_number(FILE *file, double value);

// The same as a whole, to file; lines and tabs are left as they are.
void text_print(FILE *file, const char *text);
#endif
