// SPDX-License-Identifier: MIT
// Messages of the Language Server Protocol: a header with the number of bytes, an empty line, and so many bytes of
// JSON. https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
#ifndef CNNC_LSP_MESSAGE_H
#define CNNC_LSP_MESSAGE_H
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum { MOST_MESSAGE = 1 << 26 }; // bytes

// The next one, the caller's. NULL: *broken says whether it was no JSON, and another may follow; else there is none.
json_t *message_read(FILE *in, bool *broken);
void message_write(FILE *out, json_t *message); // which is released
#endif
