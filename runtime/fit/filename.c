// SPDX-License-Identifier: 0BSD
// See filename.h.
#include "fit/filename.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A number of at most three digits; *value stays where there is none.
static const char *number(const char *at, int *value) {
    for (int n = 0; n < 3 && *at >= '0' && *at <= '9'; n++, at++)
        *value = (*value < 0 ? 0 : *value) * 10 + (*at - '0');
    return at;
}

static const char *spec(const char *at, NamePiece *p) {
    p->zeros = *at == '0';
    at = number(at, &p->width);
    if (*at == '.') {
        at = number(at + 1, &p->precision);
        if (p->precision < 0) return NULL;
    }
    if (*at && strchr("deEfFgG", *at)) p->type = *at++;
    return p->precision >= 0 && (!p->type || p->type == 'd') ? NULL : at;
}

const char *filename_piece(const char *text, NamePiece *p) {
    *p = (NamePiece){.literal = *text, .width = -1, .precision = -1};
    if (*text != '{' && *text != '}') return text + 1;
    if (text[1] == *text) return text + 2; // twice: it stands for itself
    size_t length = strcspn(text + 1, ":}{");
    if (*text == '}' || length == 0 || length >= sizeof p->name) return NULL;
    p->literal = 0;
    memcpy(p->name, text + 1, length);
    const char *at = text + 1 + length;
    if (*at == ':') at = spec(at + 1, p);
    return at && *at == '}' ? at + 1 : NULL;
}

bool filename_fits(const char *name, const char *text) {
    NamePiece p;
    if (!*text) return !*name;
    const char *rest = filename_piece(text, &p);
    if (!rest) return false;
    if (p.literal) return *name == p.literal && filename_fits(name + 1, rest);
    while (!filename_fits(name, rest))
        if (!*name++) return false;
    return true;
}

char *filename_of_run(const char *path, bool folder, int64_t seed) {
    size_t length = strlen(path), stem = length;
    while (folder && stem > 1 && path[stem - 1] == '/') stem--;
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = folder ? NULL : strrchr(base, '.');
    if (dot && dot > base) stem = (size_t)(dot - path);
    size_t size = length + 24;
    char *name = malloc(size);
    if (name && seed < 0) return memcpy(name, path, length + 1);
    if (name)
        snprintf(name, size, "%.*s-%lld%s", (int)stem, path, (long long)seed,
                 folder ? "" : path + stem);
    return name;
}
