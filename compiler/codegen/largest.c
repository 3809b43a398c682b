// SPDX-License-Identifier: MIT
// The kernel of an object that has most code, by the object's own table of symbols: where one begins is told, and so
// where the one before it ends.
#include "codegen/internal.h"
#include <llvm-c/Object.h>
#include <stdlib.h>
#include <string.h>

typedef struct Place {
    uint64_t at;
    const char *name; // NULL: the section's end
} Place;

static int by_address(const void *a, const void *b) {
    const Place *p = a, *q = b;
    return (p->at > q->at) - (p->at < q->at);
}

static bool is_kernel(const char *name) {
    static const char *const kinds[] = {"cnn." TRAIN_KERNELS, "cnn." PREDICT_KERNELS};
    for (int i = 0; name && i < 2; i++)
        if (!strncmp(name, kinds[i], strlen(kinds[i]))) return true;
    return false;
}

static bool is_code(LLVMSectionIteratorRef s) {
    const char *name = LLVMGetSectionName(s);
    return name && (!strcmp(name, ".text") || !strcmp(name, "CODE")); // WebAssembly's
}

// Of the one section with code: its symbols, in no order, and its end.
static Place *places(Arena *a, LLVMBinaryRef binary, int *n) {
    Place *place = NULL;
    LLVMSectionIteratorRef s = LLVMObjectFileCopySectionIterator(binary);
    while (!LLVMObjectFileIsSectionIteratorAtEnd(binary, s) && !is_code(s))
        LLVMMoveToNextSection(s);
    bool found = !LLVMObjectFileIsSectionIteratorAtEnd(binary, s);
    LLVMSymbolIteratorRef of = LLVMObjectFileCopySymbolIterator(binary);
    for (; found && !LLVMObjectFileIsSymbolIteratorAtEnd(binary, of); LLVMMoveToNextSymbol(of)) {
        const char *name = LLVMGetSymbolName(of);
        bool named = name && *name && *name != '$' && *name != '.'; // else of the assembler's
        if (!named || !LLVMGetSectionContainsSymbol(s, of)) continue;
        Place one = {LLVMGetSymbolAddress(of), arena_printf(a, "%s", name)};
        ARENA_PUSH(a, place, *n, one);
    }
    Place end = {found ? LLVMGetSectionAddress(s) + LLVMGetSectionSize(s) : 0, NULL};
    ARENA_PUSH(a, place, *n, end);
    LLVMDisposeSymbolIterator(of);
    LLVMDisposeSectionIterator(s);
    return place;
}

const char *output_largest(Arena *a, const Output *object, int64_t *bytes) {
    char *text = NULL;
    const char *name = "";
    int n = 0;
    LLVMMemoryBufferRef buffer =
        LLVMCreateMemoryBufferWithMemoryRange(object->bytes, object->length, "object", 0);
    LLVMBinaryRef binary = LLVMCreateBinary(buffer, NULL, &text);
    Place *place = binary ? places(a, binary, &n) : NULL;
    if (n) qsort(place, (size_t)n, sizeof *place, by_address);
    *bytes = 0;
    for (int i = 0; i + 1 < n; i++) {
        int64_t own = (int64_t)(place[i + 1].at - place[i].at);
        if (own <= *bytes || !is_kernel(place[i].name)) continue;
        *bytes = own;
        name = place[i].name;
    }
    LLVMDisposeMessage(text);
    if (binary) LLVMDisposeBinary(binary);
    LLVMDisposeMemoryBuffer(buffer);
    return name;
}
