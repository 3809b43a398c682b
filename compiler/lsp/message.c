// SPDX-License-Identifier: MIT
// See message.h.
#include "lsp/message.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE = 1000 };

// The bytes of the message that comes, from its header; -1: there is none, or it is too long.
static long read_header(FILE *in) {
    static const char name[] = "Content-Length:";
    char line[LINE];
    long size = -1;
    while (fgets(line, sizeof line, in)) {
        if (strcmp(line, "\r\n") == 0 || strcmp(line, "\n") == 0) {
            if (size >= 0) return size <= MOST_MESSAGE ? size : -1;
        } else if (strncasecmp(line, name, sizeof name - 1) == 0) {
            size = strtol(line + sizeof name - 1, NULL, 10);
        }
    }
    return -1;
}

json_t *message_read(FILE *in, bool *broken) {
    *broken = false;
    long size = read_header(in);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    if (!text) return NULL;
    bool whole = fread(text, 1, (size_t)size, in) == (size_t)size;
    json_t *message = whole ? json_loadb(text, (size_t)size, 0, NULL) : NULL;
    *broken = whole && !message;
    free(text);
    return message;
}

void message_write(FILE *out, json_t *message) {
    char *text = json_dumps(message, JSON_COMPACT);
    if (text) fprintf(out, "Content-Length: %zu\r\n\r\n%s", strlen(text), text);
    fflush(out);
    free(text);
    json_decref(message);
}
