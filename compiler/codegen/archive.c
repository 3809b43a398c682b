// SPDX-License-Identifier: MIT
// An object as a static library, in the form that ar gives it: a magic line; a member "/", the index
// of the symbols that others may use; where the object's name is long a member "//" with it; and the
// object. To the byte what `ar rcsD` makes, so nothing of time or owner is in it.
#include "codegen/internal.h"
#include <stdio.h>
#include <string.h>

enum { HEADER = 60, SHORT_NAME = 15 };

typedef struct Archive {
    char *bytes;
    size_t length;
} Archive;

static void put(Archive *r, const void *bytes, size_t n) {
    memcpy(r->bytes + r->length, bytes, n);
    r->length += n;
}

static void put_number(Archive *r, size_t x) { // 32 bits, the highest first
    for (int shift = 24; shift >= 0; shift -= 8) r->bytes[r->length++] = (char)(x >> shift);
}

static void put_header(Archive *r, const char *name, const char *mode, size_t size) {
    char facts[33] = ""; // time, owner, group, mode
    if (mode) sprintf(facts, "%-12d%-6d%-6d%-8s", 0, 0, 0, mode);
    r->length += (size_t)sprintf(r->bytes + r->length, "%-16s%-32s%-10zu`\n", name, facts, size);
}

static void put_padding(Archive *r) { // members start at even places
    if (r->length % 2) r->bytes[r->length++] = '\n';
}

static size_t even(size_t n) {
    return n + n % 2;
}

// What is visible in the object: functions first, as they stand in the module.
static const char **symbols(Module *m, int *n) {
    const char **name = NULL;
    for (Val f = LLVMGetFirstFunction(m->ir.module); f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f) && LLVMGetLinkage(f) == LLVMExternalLinkage) {
            size_t length;
            ARENA_PUSH(m->arena, name, *n, LLVMGetValueName2(f, &length));
        }
    for (Val g = LLVMGetFirstGlobal(m->ir.module); g; g = LLVMGetNextGlobal(g))
        if (LLVMGetLinkage(g) == LLVMExternalLinkage) {
            size_t length;
            ARENA_PUSH(m->arena, name, *n, LLVMGetValueName2(g, &length));
        }
    return name;
}

Output module_archive(Module *m, Output object) {
    int n = 0;
    const char **symbol = symbols(m, &n);
    size_t texts = 0, member = strlen(m->member);
    for (int i = 0; i < n; i++) texts += strlen(symbol[i]) + 1;
    bool named = member > SHORT_NAME;
    size_t index = even(4 + 4 * (size_t)n + texts);
    size_t at = 8 + HEADER + index + (named ? HEADER + even(member + 2) : 0); // the object's header
    Archive r = {arena_alloc(m->arena, at + HEADER + object.length + 2), 0};
    put(&r, "!<arch>\n", 8);
    put_header(&r, "/", "0", index);
    put_number(&r, (size_t)n);
    for (int i = 0; i < n; i++) put_number(&r, at);
    for (int i = 0; i < n; i++) put(&r, symbol[i], strlen(symbol[i]) + 1);
    r.length = 8 + HEADER + index; // the rest is zero
    if (named) {
        put_header(&r, "//", NULL, even(member + 2));
        put(&r, m->member, member);
        put(&r, "/\n", 2);
        put_padding(&r);
    }
    put_header(&r, named ? "/0" : arena_printf(m->arena, "%s/", m->member), "644", object.length);
    put(&r, object.bytes, object.length);
    put_padding(&r);
    return (Output){r.bytes, r.length};
}
