// SPDX-License-Identifier: MIT
// See inspect.h. A safetensors file starts with the size of its header, which is JSON. An object holds the JSON that
// its P_info() returns as it is, whatever the format around it. Weights apart from an object have a head (apart.h).
#include "driver/inspect.h"
#include "formats/apart.h"
#include "../runtime/io/mapped.h"
#include "../runtime/io/safetensors.h"
#include "support/tell.h"
#include "support/text.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ExitCode report(const CnnError *error) { // which names the file
    tell("error: %s", error->text);
    return (ExitCode)error->code;
}

// ------------------------------------------------------------------------------------- tensors

typedef struct Range {
    double least, mean, most; // of what is finite
    int64_t odd; // nan or infinite
} Range;

static Range range_of(const float *value, int64_t n) {
    Range r = {INFINITY, 0, -INFINITY, 0};
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(value[i])) {
            r.odd++;
            continue;
        }
        r.least = fmin(r.least, value[i]);
        r.most = fmax(r.most, value[i]);
        r.mean += value[i];
    }
    r.mean = r.odd < n ? r.mean / (double)(n - r.odd) : 0;
    return r;
}

// What the file calls itself, or what its tensors show.
static const char *kind_of(const Safetensors *file) {
    const char *format = safetensors_meta(file, "format");
    if (format && strcmp(format, "cnnc-checkpoint") == 0) return "a checkpoint";
    if (format && strcmp(format, "cnnc-computed") == 0) return "computed of a case";
    if (safetensors_find(file, "x")) return "a case";
    return format && strcmp(format, "cnnc-weights") == 0 ? "weights" : "tensors";
}

static json_t *tensor_json(const StTensor *t, const float *value) {
    json_t *shape = json_array();
    for (int64_t d = 0; d < t->rank; d++) json_array_append_new(shape, json_integer(t->dim[d]));
    json_t *j = json_pack("{s:s, s:s, s:o, s:I}", "name", t->name, "type", t->type_name, "shape",
                          shape, "values", (json_int_t)t->count);
    if (!value || !t->count) return j;
    Range r = range_of(value, t->count);
    if (r.odd < t->count)
        json_object_update_new(
            j, json_pack("{s:f, s:f, s:f}", "least", r.least, "mean", r.mean, "most", r.most));
    json_object_set_new(j, "not_finite", json_integer(r.odd));
    return j;
}

// All that is said of the file, as JSON; the text is made of it.
static json_t *tensors_json(Safetensors *file, CnnError *error) {
    json_t *tensors = json_array(), *meta = json_object();
    int64_t values = 0, bytes = 0;
    for (int64_t i = 0; i < file->ntensor; i++) {
        const StTensor *t = &file->tensor[i];
        float *value = t->type == ST_F32 ? malloc((size_t)t->bytes + 1) : NULL;
        bool read = value && safetensors_copy(file, t, value, error);
        if (t->type == ST_F32 && !value)
            cnn_fail(error, CNN_SYSTEM, "out of memory for %lld bytes", (long long)t->bytes);
        if (!error->code) json_array_append_new(tensors, tensor_json(t, read ? value : NULL));
        free(value);
        values += t->count, bytes += t->bytes;
    }
    for (int64_t i = 0; i < file->nmeta; i++)
        json_object_set_new(meta, file->meta[i].key, json_string(file->meta[i].value));
    return json_pack("{s:s, s:s, s:I, s:I, s:o, s:o}", "file", file->path, "kind", kind_of(file),
                     "values", (json_int_t)values, "bytes", (json_int_t)bytes, "metadata", meta,
                     "tensors", tensors);
}

static const char *shape_text(Arena *a, const json_t *shape) {
    size_t n = json_array_size(shape);
    int64_t *dim = ARENA_ARRAY(a, int64_t, n + 1);
    for (size_t d = 0; d < n; d++) dim[d] = json_integer_value(json_array_get(shape, d));
    return text_tuple(a, (int64_t)n, dim);
}

static const char *shown(Arena *a, const char *text) {
    return text ? text_printable(a, text, strlen(text), 60) : "";
}

static void print_tensor(Arena *a, const json_t *t, int name_width, int shape_width) {
    const json_t *least = json_object_get(t, "least");
    long long odd = json_integer_value(json_object_get(t, "not_finite"));
    printf("%-*s  %-4s  %-*s  %13s", name_width,
           shown(a, json_string_value(json_object_get(t, "name"))),
           json_string_value(json_object_get(t, "type")), shape_width,
           shape_text(a, json_object_get(t, "shape")),
           text_thousands(a, json_integer_value(json_object_get(t, "values"))));
    if (least)
        printf("  %10.4g  %10.4g  %10.4g", json_real_value(least),
               json_real_value(json_object_get(t, "mean")),
               json_real_value(json_object_get(t, "most")));
    printf(odd ? "  %lld nan or infinite\n" : "\n", odd);
}

static void print_tensors(Arena *a, const json_t *root) {
    const json_t *tensors = json_object_get(root, "tensors"), *value;
    const char *key;
    size_t i;
    json_t *t;
    int name_width = 6, shape_width = 5;
    printf("%s: %s, %s values in %zu tensor%s\n",
           shown(a, json_string_value(json_object_get(root, "file"))),
           json_string_value(json_object_get(root, "kind")),
           text_thousands(a, json_integer_value(json_object_get(root, "values"))),
           json_array_size(tensors), json_array_size(tensors) == 1 ? "" : "s");
    json_object_foreach(json_object_get(root, "metadata"), key, value)
        printf("%s: %s\n", shown(a, key), shown(a, json_string_value(value)));
    json_array_foreach(tensors, i, t) {
        int name = (int)strlen(shown(a, json_string_value(json_object_get(t, "name"))));
        int shape = (int)strlen(shape_text(a, json_object_get(t, "shape")));
        name_width = name > name_width ? name : name_width;
        shape_width = shape > shape_width ? shape : shape_width;
    }
    printf("\n%-*s  %-4s  %-*s  %13s  %10s  %10s  %10s\n", name_width, "tensor", "type",
           shape_width, "shape", "values", "least", "mean", "most");
    json_array_foreach(tensors, i, t) print_tensor(a, t, name_width, shape_width);
}

static ExitCode inspect_tensors(const Options *o, Arena *a, const char *path) {
    CnnError error = {0};
    Safetensors file;
    if (!safetensors_open(path, &file, &error)) return report(&error);
    json_t *root = tensors_json(&file, &error);
    if (error.code) {
        report(&error);
    } else if (o->json) {
        json_dumpf(root, stdout, JSON_COMPACT);
        printf("\n");
    } else {
        print_tensors(a, root);
    }
    json_decref(root);
    safetensors_free(&file);
    return (ExitCode)error.code;
}

// ------------------------------------------------------------------------------------- objects

static const char mark[] = "{\"cnnc\":\"";

static void print_object(Arena *a, const char *path, const json_t *root) {
    const char *key;
    const json_t *value;
    printf("%s: an object of cnnc's\n", shown(a, path));
    json_object_foreach((json_t *)root, key, value) {
        char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
        const char *is = text ? text : json_string_value(value);
        printf("%s: %s\n", shown(a, key), text_printable(a, is, strlen(is), 2000));
        free(text);
    }
}

static const uint8_t *find_mark(const uint8_t *from, const uint8_t *end) {
    size_t n = sizeof mark - 1;
    while (from < end && (from = memchr(from, *mark, (size_t)(end - from)))) {
        if ((size_t)(end - from) >= n && memcmp(from, mark, n) == 0) return from;
        from++;
    }
    return NULL;
}

// The next description from *at on, which is moved behind it; NULL: there is no more.
static json_t *next_object(const Mapped *m, int64_t *at) {
    while (*at < m->size) {
        const uint8_t *found = find_mark(m->byte + *at, m->byte + m->size);
        if (!found) break;
        const uint8_t *end = memchr(found, 0, (size_t)(m->byte + m->size - found));
        *at = found - m->byte + 1;
        json_t *root = end ? json_loadb((const char *)found, (size_t)(end - found),
                                        JSON_REJECT_DUPLICATES, NULL)
                           : NULL;
        if (json_is_object(root)) return root;
        json_decref(root);
    }
    return NULL;
}

static ExitCode inspect_object(const Options *o, Arena *a, const char *path, const Mapped *m) {
    int64_t at = 0;
    json_t *root = next_object(m, &at), *more;
    if (!root) {
        tell("error: '%s' is neither weights, a checkpoint or a case nor an object of cnnc's",
             path);
        return EXIT_REFUSED;
    }
    do {
        if (o->json) {
            json_object_set_new(root, "file", json_string(text_utf8(a, path)));
            json_dumpf(root, stdout, JSON_COMPACT);
            printf("\n");
        } else {
            print_object(a, path, root);
        }
        more = next_object(m, &at);
        json_decref(root);
    } while ((root = more));
    return EXIT_OK;
}

// ------------------------------------------------------------------- weights apart from an object

static bool is_apart(const Mapped *m) {
    return m->size >= APART_HEAD && !memcmp(m->byte, APART_MARK, strlen(APART_MARK));
}

static uint64_t number_at(const Mapped *m, int at) {
    uint64_t x = 0;
    for (int i = 7; i >= 0; i--) x = x << 8 | m->byte[at + i];
    return x;
}

static ExitCode inspect_apart(const Options *o, Arena *a, const char *path, const Mapped *m) {
    const char *id = apart_identity_text(a, number_at(m, APART_IDENTITY));
    if (number_at(m, APART_BYTES) != (uint64_t)m->size) {
        tell("error: '%s' has %lld bytes, and its head says %llu: it is cut, or not what it says",
             path, (long long)m->size, (unsigned long long)number_at(m, APART_BYTES));
        return EXIT_REFUSED;
    }
    if (o->json)
        printf("{\"file\":%s,\"kind\":\"weights of an object\",\"weights_bytes\":%lld,"
               "\"weights_id\":\"%s\"}\n",
               text_json(a, path, strlen(path)), (long long)m->size, id);
    else
        printf("%s: weights of an object, apart from it\nweights_bytes: %lld\nweights_id: %s\n",
               shown(a, path), (long long)m->size, id);
    return EXIT_OK;
}

// -------------------------------------------------------------------------------------- files

static bool is_safetensors(const Mapped *m) {
    uint64_t header = 0;
    if (m->size < 10 || m->byte[8] != '{') return false;
    for (int i = 7; i >= 0; i--) header = header << 8 | m->byte[i];
    return header <= (uint64_t)m->size - 8;
}

static ExitCode inspect_file(const Options *o, Arena *a, const char *path) {
    CnnError error = {0};
    Mapped m;
    if (!mapped_open(&m, path, &error)) return report(&error);
    bool tensors = is_safetensors(&m);
    ExitCode code = tensors        ? EXIT_OK
                    : is_apart(&m) ? inspect_apart(o, a, path, &m)
                                   : inspect_object(o, a, path, &m);
    mapped_close(&m);
    return tensors ? inspect_tensors(o, a, path) : code;
}

ExitCode inspect_command(const Options *o, Arena *a) {
    ExitCode worst = EXIT_OK;
    for (int i = 0; i < o->nfile; i++) {
        if (i && !o->json) printf("\n");
        ExitCode code = inspect_file(o, a, o->file[i]);
        if (code > worst) worst = code;
    }
    return worst;
}
