// SPDX-License-Identifier: 0BSD
// The header of a safetensors file. A file is right when its tensors, sorted by their first byte,
// follow each other from 0 to the end of the file: so there is no overlap, no gap and no rest. The
// header is cut into its members without building a tree of it, and each is parsed alone, so that a
// header takes no more than a few times its own size, whatever stands in it.
#include "io/safetensors.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRY_LIMIT = 4096, MESSAGE_NAME = 200 }; // no dtype, shape and data_offsets are longer

static const struct {
    const char *name;
    int bytes;
    StType type;
} types[] = {
    {"F32", 4, ST_F32},    {"I32", 4, ST_I32},       {"BOOL", 1, ST_OTHER},    {"U8", 1, ST_OTHER},
    {"I8", 1, ST_OTHER},   {"I16", 2, ST_OTHER},     {"U16", 2, ST_OTHER},     {"F16", 2, ST_OTHER},
    {"BF16", 2, ST_OTHER}, {"U32", 4, ST_OTHER},     {"F64", 8, ST_OTHER},     {"I64", 8, ST_OTHER},
    {"U64", 8, ST_OTHER},  {"F8_E4M3", 1, ST_OTHER}, {"F8_E5M2", 1, ST_OTHER},
};

// What is being parsed, for the checks and their messages.
typedef struct Parse {
    const char *path, *start, *at, *end; // at: what comes next of the header
    int64_t data_bytes;
    CnnError *error;
} Parse;

typedef struct Slice { // of the header
    const char *at;
    size_t size;
} Slice;

// ---- what an entry says

static bool parse_type(const Parse *p, StTensor *t, json_t *entry, int *bytes) {
    const char *name = json_string_value(json_object_get(entry, "dtype"));
    for (size_t i = 0; name && i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].name, name)) {
            t->type_name = types[i].name;
            t->type = types[i].type;
            *bytes = types[i].bytes;
            return true;
        }
    return cnn_fail(p->error, CNN_REFUSED,
                    "%s: tensor '%.200s' has dtype %.40s, which is not known", p->path, t->name,
                    name ? name : "(none)");
}

static bool parse_shape(const Parse *p, StTensor *t, json_t *entry) {
    json_t *shape = json_object_get(entry, "shape");
    size_t rank = json_array_size(shape);
    if (!json_is_array(shape) || rank > ST_RANK)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: the shape of '%.200s' is not a list of at most %d sizes", p->path,
                        t->name, ST_RANK);
    t->rank = (int64_t)rank;
    t->count = 1;
    for (size_t i = 0; i < rank; i++) {
        json_t *size = json_array_get(shape, i);
        t->dim[i] = json_integer_value(size);
        if (!json_is_integer(size) || t->dim[i] < 0)
            return cnn_fail(p->error, CNN_REFUSED,
                            "%s: size %zu in the shape of '%.200s' is not a whole number >= 0",
                            p->path, i, t->name);
        if (__builtin_mul_overflow(t->count, t->dim[i], &t->count))
            return cnn_fail(p->error, CNN_REFUSED, "%s: the shape of '%.200s' overflows 64 bits",
                            p->path, t->name);
    }
    return true;
}

static bool parse_entry(const Parse *p, StTensor *t, json_t *entry) {
    int size = 0;
    if (!json_is_object(entry) || json_object_size(entry) != 3)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: the entry of '%.200s' is not exactly dtype, shape and data_offsets",
                        p->path, t->name);
    if (!parse_type(p, t, entry, &size) || !parse_shape(p, t, entry)) return false;

    json_t *offsets = json_object_get(entry, "data_offsets");
    json_t *first = json_array_get(offsets, 0), *last = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(first) || !json_is_integer(last))
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: the data_offsets of '%.200s' are not two whole numbers", p->path,
                        t->name);
    int64_t begin = json_integer_value(first), end = json_integer_value(last);
    if (begin < 0 || end < begin || end > p->data_bytes)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: '%.200s' is said to be bytes %lld to %lld of %lld", p->path, t->name,
                        (long long)begin, (long long)end, (long long)p->data_bytes);
    if (__builtin_mul_overflow(t->count, (int64_t)size, &t->bytes) || t->bytes != end - begin)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: '%.200s' has %lld values of %s, which do not fill its %lld bytes",
                        p->path, t->name, (long long)t->count, t->type_name,
                        (long long)(end - begin));
    t->offset = begin;
    return true;
}

// ---- cutting

// jansson says of memory that is out what it says of broken text; errno tells them apart.
static bool not_json(const Parse *p, const char *why) {
    if (errno == ENOMEM) return cnn_fail(p->error, CNN_SYSTEM, "%s: out of memory", p->path);
    return cnn_fail(p->error, CNN_REFUSED, "%s: the header is not a JSON object: byte %lld: %s",
                    p->path, (long long)(p->at - p->start), why);
}

static void pass_blanks(Parse *p) {
    while (p->at < p->end && memchr(" \t\n\r", *p->at, 4)) p->at++;
}

// Whether c comes next, after blanks; then it is passed.
static bool pass(Parse *p, char c) {
    pass_blanks(p);
    if (p->at == p->end || *p->at != c) return false;
    p->at++;
    return true;
}

static bool pass_string(Parse *p) { // its first quote is passed
    for (; p->at < p->end; p->at++)
        if (*p->at == '"')
            return p->at++, true;
        else if (*p->at == '\\' && p->at + 1 < p->end)
            p->at++;
    return not_json(p, "a string does not end");
}

// A value's extent; whether it is one, who parses it will see.
static bool pass_value(Parse *p) {
    int64_t depth = 0;
    for (bool any = false; p->at < p->end; any = true) {
        char c = *p->at;
        if (depth == 0 && any && memchr(",}] \t\n\r", c, 7)) return true;
        if (depth == 0 && memchr(",}]", c, 3)) break;
        p->at++;
        if (c == '"' && !pass_string(p)) return false;
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
    return not_json(p, depth ? "a bracket is not closed" : "a value is missing");
}

// Calls member with each name and the extent of its value, of the object whose bracket is passed.
typedef bool Member(Parse *p, Safetensors *file, const char *name, Slice value);

static bool next_member(Parse *p, Safetensors *file, Member *member) {
    json_error_t where;
    if (!pass(p, '"')) return not_json(p, "a name in quotes is expected");
    Slice name = {p->at - 1, 0}, value;
    if (!pass_string(p)) return false;
    name.size = (size_t)(p->at - name.at);
    if (!pass(p, ':')) return not_json(p, "':' is expected");
    pass_blanks(p);
    value.at = p->at;
    if (!pass_value(p)) return false;
    value.size = (size_t)(p->at - value.at);
    json_t *text = json_loadb(name.at, name.size, JSON_DECODE_ANY, &where);
    if (!text) return not_json(p, where.text);
    bool ok = member(p, file, json_string_value(text), value);
    json_decref(text);
    return ok;
}

static bool each_member(Parse *p, Safetensors *file, Member *member) {
    if (pass(p, '}')) return true;
    do
        if (!next_member(p, file, member)) return false;
    while (pass(p, ','));
    return pass(p, '}') || not_json(p, "',' or '}' is expected");
}

enum { META_KEPT = 64 }; // of more metadata the rest is checked alone, so that memory is bounded

// ---- members

static bool parse_meta_pair(Parse *p, Safetensors *file, const char *name, Slice value) {
    json_error_t where;
    if (*value.at != '"')
        return cnn_fail(p->error, CNN_REFUSED, "%s: metadata '%.*s' is not a string", p->path,
                        MESSAGE_NAME, name);
    json_t *text = json_loadb(value.at, value.size, JSON_DECODE_ANY, &where);
    if (!text) return not_json(p, where.text);
    if (file->nmeta == META_KEPT) return json_decref(text), true;
    StPair pair = {strdup(name), strdup(json_string_value(text))};
    StPair *more = realloc(file->meta, (size_t)(file->nmeta + 1) * sizeof *more);
    json_decref(text);
    if (more) file->meta = more;
    if (more && pair.key && pair.value) return file->meta[file->nmeta++] = pair, true;
    free(pair.key);
    free(pair.value);
    return cnn_fail(p->error, CNN_SYSTEM, "%s: out of memory", p->path);
}

static bool parse_meta(const Parse *p, Safetensors *file, Slice value) {
    Parse inside = *p;
    inside.at = value.at + 1;
    if (*value.at == '{') return each_member(&inside, file, parse_meta_pair);
    return cnn_fail(p->error, CNN_REFUSED, "%s: __metadata__ is not an object", p->path);
}

static StTensor *add_tensor(const Parse *p, Safetensors *file, const char *name) {
    if (file->ntensor == file->room) {
        int64_t room = file->room ? 2 * file->room : 16;
        StTensor *more = realloc(file->tensor, (size_t)room * sizeof *more);
        if (!more) return cnn_fail(p->error, CNN_SYSTEM, "%s: out of memory", p->path), NULL;
        file->tensor = more;
        file->room = room;
    }
    StTensor *t = &file->tensor[file->ntensor];
    *t = (StTensor){.name = strdup(name)};
    if (!t->name) return cnn_fail(p->error, CNN_SYSTEM, "%s: out of memory", p->path), NULL;
    file->ntensor++;
    return t;
}

static bool parse_tensor(Parse *p, Safetensors *file, const char *name, Slice value) {
    json_error_t where;
    if (!strcmp(name, "__metadata__")) return parse_meta(p, file, value);
    StTensor *t = add_tensor(p, file, name);
    if (!t) return false;
    if (value.size > ENTRY_LIMIT)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: the entry of '%.200s' has %zu bytes, more than a dtype, a shape and "
                        "data_offsets need",
                        p->path, t->name, value.size);
    json_t *entry =
        json_loadb(value.at, value.size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &where);
    if (!entry) return not_json(p, where.text);
    bool ok = parse_entry(p, t, entry);
    json_decref(entry);
    return ok;
}

// ---- all of them together

static int by_data(const void *a, const void *b) {
    const StTensor *s = a, *t = b;
    if (s->offset != t->offset) return s->offset < t->offset ? -1 : 1;
    if (s->bytes != t->bytes) return s->bytes < t->bytes ? -1 : 1;
    return strcmp(s->name, t->name);
}

static bool check_contiguous(const Parse *p, Safetensors *file) {
    int64_t next = 0;
    if (file->ntensor) qsort(file->tensor, (size_t)file->ntensor, sizeof *file->tensor, by_data);
    for (int64_t i = 0; i < file->ntensor; i++) {
        const StTensor *t = &file->tensor[i];
        if (t->offset != next)
            return cnn_fail(p->error, CNN_REFUSED, "%s: '%.200s' begins at byte %lld, %s byte %lld",
                            p->path, t->name, (long long)t->offset,
                            t->offset < next ? "inside a tensor that ends at"
                                             : "leaving a gap after",
                            (long long)next);
        next += t->bytes;
    }
    if (next != p->data_bytes)
        return cnn_fail(p->error, CNN_REFUSED,
                        "%s: %lld bytes after the last tensor belong to none of them", p->path,
                        (long long)(p->data_bytes - next));
    return true;
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(StTensor *const *)a)->name, (*(StTensor *const *)b)->name);
}

static bool sort_names(const Parse *p, Safetensors *file) {
    size_t n = (size_t)file->ntensor;
    file->by_name = malloc((n + 1) * sizeof *file->by_name);
    if (!file->by_name) return cnn_fail(p->error, CNN_SYSTEM, "%s: out of memory", p->path);
    for (size_t i = 0; i < n; i++) file->by_name[i] = &file->tensor[i];
    qsort(file->by_name, n, sizeof *file->by_name, by_name);
    for (size_t i = 1; i < n; i++)
        if (!strcmp(file->by_name[i - 1]->name, file->by_name[i]->name))
            return cnn_fail(p->error, CNN_REFUSED, "%s: the header has a duplicate of '%.200s'",
                            p->path, file->by_name[i]->name);
    return true;
}

bool safetensors_header(const char *path, const char *header, int64_t size, int64_t data_bytes,
                        Safetensors *file, CnnError *error) {
    Parse p = {.path = path,
               .start = header,
               .at = header,
               .end = header + size,
               .data_bytes = data_bytes,
               .error = error};
    errno = 0;
    if (!pass(&p, '{')) return not_json(&p, "'{' is expected");
    if (!each_member(&p, file, parse_tensor)) return false;
    pass_blanks(&p);
    if (p.at != p.end) return not_json(&p, "something follows the object");
    return check_contiguous(&p, file) && sort_names(&p, file);
}

const char *safetensors_meta(const Safetensors *file, const char *key) {
    for (int64_t i = 0; i < file->nmeta; i++)
        if (!strcmp(file->meta[i].key, key)) return file->meta[i].value;
    return NULL;
}

typedef struct Key {
    const char *prefix, *name;
} Key;

static int by_key(const void *key, const void *tensor) {
    const Key *k = key;
    const char *name = (*(StTensor *const *)tensor)->name;
    size_t length = strlen(k->prefix);
    int order = strncmp(k->prefix, name, length);
    return order ? order : strcmp(k->name, name + length);
}

const StTensor *safetensors_find_below(const Safetensors *file, const char *prefix,
                                       const char *name) {
    const Key key = {prefix, name};
    StTensor **found =
        bsearch(&key, file->by_name, (size_t)file->ntensor, sizeof *file->by_name, by_key);
    return found ? *found : NULL;
}

const StTensor *safetensors_find(const Safetensors *file, const char *name) {
    return safetensors_find_below(file, "", name);
}
