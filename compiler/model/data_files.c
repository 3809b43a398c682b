// SPDX-License-Identifier: MIT
// Files of data that the script names. Their headers are read when it is compiled: from the folder of --data, or
// from where they are named. A file that is not there gives a foreign value that says so.
#include "model/data.h"
#include "../runtime/data/find.h"
#include "../runtime/io/npy.h"
#include <stdlib.h>
#include <string.h>

// The path of a file; NULL: it is not there, and *out is foreign.
static const char *find_file(Eval *e, const char *name, const char *what, Loc loc, Value *out) {
    CnnError error = {0};
    char *path = array_find(name, e->data, &error);
    if (path) {
        const char *kept = arena_printf(e->a, "%s", path);
        free(path);
        return kept;
    }
    *out = foreign_made(e, what, loc);
    ((Foreign *)(uintptr_t)out->foreign)->file = name;
    return NULL;
}

static Value refused(Eval *e, Loc loc, const CnnError *error) {
    diag_error(e->d, loc, 420, "%s", arena_printf(e->a, "%s", error->text));
    return eval_error();
}

static Value array_of(Eval *e, Loc loc, const char *name, const char *key, const NpyHeader *h) {
    Array x = {.of = array_class(&array_npy), .type = (int)h->type, .rank = (int)h->rank};
    x.source = key ? arena_printf(e->a, "%s of %s", key, name) : name;
    x.steps = "";
    x.ntext = 2;
    x.text = arena_copy(e->a, (const char *const[]){name, key}, 2 * sizeof *x.text);
    x.numbers = ARENA_NEW(e->a, char);
    memcpy(x.dim, h->dim, sizeof x.dim);
    x.one = x.rank == 0;
    array_bytes(&x);
    return array_value(e, loc, x);
}

static Value load_npy(Eval *e, const char *name, const char *path, Loc loc) {
    CnnError error = {0};
    Npy npy;
    if (!npy_open(&npy, path, NULL, true, &error)) return refused(e, loc, &error);
    NpyHeader header = npy.header;
    npy_close(&npy);
    return array_of(e, loc, name, NULL, &header);
}

static Value load_member(Eval *e, const char *name, const char *path, const char *key, Loc loc) {
    CnnError error = {0};
    Npy npy;
    if (!npy_open(&npy, path, key, true, &error)) return refused(e, loc, &error);
    NpyHeader header = npy.header;
    npy_close(&npy);
    return array_of(e, loc, name, key, &header);
}

// All members whose names end in .npy; others are left aside, as numpy does with what is no array.
static Value load_npz(Eval *e, const char *name, const char *path, Loc loc) {
    Array x = {
        .of = array_class(&array_npy), .source = name, .steps = "", .members = dict_new(e->a)};
    CnnError error = {0};
    Mapped file;
    NpzMember m;
    if (!mapped_open(&file, path, &error)) return refused(e, loc, &error);
    for (int64_t i = 0; npz_member(&file, path, i, &m, &error); i++) {
        size_t n = (size_t)m.name_bytes;
        if (n <= 4 || memcmp(m.name + n - 4, ".npy", 4) != 0) continue;
        Value key = {.kind = VALUE_STRING, .text = arena_strndup(e->a, m.name, n - 4)};
        Value item = load_member(e, name, path, key.text, loc);
        if (item.kind == VALUE_ERROR) return mapped_close(&file), item;
        dict_put(x.members, key, item);
    }
    mapped_close(&file);
    return error.code ? refused(e, loc, &error) : array_value(e, loc, x);
}

static bool ends_in(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static Value run_load(Eval *e, const Call *call) {
    static const char *const names[] = {"file", "mmap_mode", "allow_pickle"};
    const Value *v[3];
    Value out;
    if (!take(e, call, names, 1, 3, v)) return eval_error();
    if (v[0]->kind != VALUE_STRING) return foreign_made(e, "numpy.load", call->loc);
    const char *name = v[0]->text;
    const char *path = find_file(e, name, "numpy.load", call->loc, &out);
    if (!path) return out;
    return ends_in(name, ".npz") ? load_npz(e, name, path, call->loc)
                                 : load_npy(e, name, path, call->loc);
}

const Function data_file_functions[] = {
    {"load", "numpy", run_load},
    {0},
};
