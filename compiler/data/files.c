// SPDX-License-Identifier: MIT
// Files of data that the script names. Their headers are read when it is compiled: from the folder of --data, or
// from where they are named. A file that is not there gives a foreign value that says so.
#include "data/data.h"
#include "support/text.h"
#include "../runtime/data/find.h"
#include "../runtime/io/npy.h"
#include <stdlib.h>
#include <string.h>

const char *data_find(Eval *e, const char *name, const char *what, Loc loc, Value *out) {
    CnnError error = {0};
    char *path = array_find(name, e->data, &error);
    if (path) {
        const char *kept = arena_printf(e->a, "%s", path);
        free(path);
        return kept;
    }
    if (error.code == CNN_SYSTEM) { // it may be there
        *out = data_refused(e, loc, &error);
        return NULL;
    }
    *out = foreign_made(e, what, loc);
    ((Foreign *)(uintptr_t)out->foreign)->file = name;
    return NULL;
}

Value data_refused(Eval *e, Loc loc, const CnnError *error) {
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

// key: of a member of an NPZ, or NULL.
static Value load_npy(Eval *e, const char *name, const char *path, const char *key, Loc loc) {
    CnnError error = {0};
    Npy npy;
    if (!npy_open(&npy, path, key, true, &error)) return data_refused(e, loc, &error);
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
    if (!mapped_open(&file, path, &error)) return data_refused(e, loc, &error);
    for (int64_t i = 0; npz_member(&file, path, i, &m, &error); i++) {
        size_t n = (size_t)m.name_bytes;
        if (n <= 4 || memcmp(m.name + n - 4, ".npy", 4) != 0) continue;
        Value key = {.kind = VALUE_STRING, .text = arena_strndup(e->a, m.name, n - 4)};
        Value item = load_npy(e, name, path, key.text, loc);
        if (item.kind == VALUE_ERROR) return mapped_close(&file), item;
        dict_put(x.members, key, item);
    }
    mapped_close(&file);
    return error.code ? data_refused(e, loc, &error) : array_value(e, loc, x);
}

static Value run_load(Eval *e, const Call *call) {
    static const char *const names[] = {"file", "mmap_mode", "allow_pickle"};
    const Value *v[3];
    Value out;
    if (!take(e, call, names, 1, 3, v)) return eval_error();
    if (v[0]->kind != VALUE_STRING) return foreign_made(e, "numpy.load", call->loc);
    const char *name = v[0]->text;
    const char *path = data_find(e, name, "numpy.load", call->loc, &out);
    if (!path) return out;
    return text_ends(name, ".npz") ? load_npz(e, name, path, call->loc)
                                   : load_npy(e, name, path, NULL, call->loc);
}

// ---------------------------------------------------------------------- data sets that Keras has in one

typedef struct Draw { // how load_data makes halves of it
    uint32_t seed;
    double tests;
} Draw;

static bool read_draw(const Value *split, const Value *seed, Draw *d) {
    *d = (Draw){113, 0.2};
    if (split && value_is_number(split)) d->tests = value_real(split);
    if (seed && value_is_int(seed)) d->seed = (uint32_t)seed->integer;
    return (!split || (value_is_number(split) && d->tests > 0 && d->tests < 1)) &&
           (!seed || (value_is_int(seed) && seed->integer >= 0 && seed->integer <= UINT32_MAX));
}

static Value half_of(Eval *e, const Value *v, const Draw *d, int half, Loc loc) {
    int64_t n = v->array->dim[0], train = (int64_t)((double)n * (1 - d->tests));
    RowOrder order = {.from = {.seed = d->seed}, .all = n, .first = half ? train : 0};
    return array_shuffle(e, v, &order, half ? n - train : train, loc);
}

static Value halves(Eval *e, const Value part[2], const Draw *d, Loc loc) {
    Value all = value_sequence(e->a, VALUE_TUPLE, 0);
    for (int half = 0; half < 2; half++) {
        Value pair = value_sequence(e->a, VALUE_TUPLE, 0);
        for (int i = 0; i < 2; i++) {
            Value one = half_of(e, &part[i], d, half, loc);
            if (one.kind != VALUE_ARRAY) return one;
            value_append(e->a, &pair, one);
        }
        value_append(e->a, &all, pair);
    }
    return all;
}

bool dataset_load_npz(Eval *e, const DatasetClass *s, const Call *call, Value *out) {
    static const char *const versioned[] = {"version", "path", "test_split", "seed"};
    static const char *const keys[] = {"x", "y"};
    bool version = strcmp(s->name, "california_housing") == 0;
    const Value *v[4] = {NULL};
    Value part[2];
    Draw d;
    *out = eval_error();
    if (!take(e, call, version ? versioned : versioned + 1, 0, version ? 4 : 3, v + !version))
        return true;
    const char *path = data_find(e, s->npz, s->name, call->loc, out);
    if (!path) return false;
    if (!read_draw(v[2], v[3], &d) ||
        (v[0] && v[0]->kind == VALUE_STRING && strcmp(v[0]->text, "large") != 0)) {
        *out = foreign_made(e, arena_printf(e->a, "%s.load_data", s->name), call->loc);
        return true;
    }
    for (int i = 0; i < 2; i++) {
        part[i] = load_npy(e, s->npz, path, keys[i], call->loc);
        if (part[i].kind != VALUE_ARRAY) return *out = part[i], true;
    }
    *out = halves(e, part, &d, call->loc);
    return true;
}

const Function data_file_functions[] = {
    {"load", "numpy", run_load},
    {0},
};
