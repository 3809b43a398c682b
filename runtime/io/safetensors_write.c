// SPDX-License-Identifier: 0BSD
// The writer of safetensors files. The bytes follow from the tensors and metadata alone: equal runs
// write equal files. The header is padded with spaces so that the data begins at a multiple of 8.
#include "io/safetensors.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 8, VALUE_BYTES = 4 };

static const char *const type_names[] = {[ST_F32] = "F32", [ST_I32] = "I32"};

// The entry of a tensor whose data begins at *offset, which is moved to its end; NULL if the tensor
// cannot be written.
static json_t *make_entry(const StTensor *t, int64_t *offset) {
    int64_t bytes = VALUE_BYTES, begin = *offset;
    if (t->type == ST_OTHER || t->rank > ST_RANK) return NULL;
    json_t *shape = json_array();
    for (int64_t i = 0; i < t->rank; i++) {
        if (t->dim[i] < 0 || __builtin_mul_overflow(bytes, t->dim[i], &bytes)) goto failed;
        if (json_array_append_new(shape, json_integer(t->dim[i]))) goto failed; // memory is out
    }
    if (__builtin_add_overflow(begin, bytes, offset)) goto failed;
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", type_names[t->type], "shape", shape,
                     "data_offsets", (json_int_t)begin, (json_int_t)*offset);
failed:
    json_decref(shape);
    return NULL;
}

// The header's text without padding, from malloc; NULL if a name is given twice or is not UTF-8, if
// a size overflows or memory is out.
static char *make_header(const StTensor *tensor, int64_t ntensor, const StPair *meta,
                         int64_t nmeta) {
    json_t *root = json_object(), *pairs = nmeta ? json_object() : NULL;
    int64_t offset = 0;
    errno = 0;
    bool ok = root && (!nmeta || pairs);
    for (int64_t i = 0; ok && i < nmeta; i++)
        ok = !json_object_set_new(pairs, meta[i].key, json_string(meta[i].value));
    if (pairs) ok = !json_object_set_new(root, "__metadata__", pairs) && ok;
    for (int64_t i = 0; ok && i < ntensor; i++)
        ok = !json_object_get(root, tensor[i].name) &&
             !json_object_set_new(root, tensor[i].name, make_entry(&tensor[i], &offset));
    char *text = ok ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    if (errno != ENOMEM) return text;
    free(text); // jansson has left something out, and does not always say so
    return NULL;
}

static size_t data_bytes(const StTensor *t) {
    size_t bytes = VALUE_BYTES;
    for (int64_t d = 0; d < t->rank; d++) bytes *= (size_t)t->dim[d];
    return bytes;
}

bool safetensors_write(const OutFile *out, const StTensor *tensor, int64_t ntensor,
                       const StPair *meta, int64_t nmeta, CnnError *error) {
    enum { BEFORE = 3 }; // parts before the tensors
    char *header = make_header(tensor, ntensor, meta, nmeta);
    OutPart *part = calloc((size_t)ntensor + BEFORE, sizeof *part);
    bool ok;
    if (header && part) {
        size_t length = strlen(header), padded = (length + 7) / 8 * 8;
        unsigned char prefix[LENGTH_BYTES];
        for (int i = 0; i < LENGTH_BYTES; i++)
            prefix[i] = (unsigned char)((uint64_t)padded >> (8 * i));
        part[0] = (OutPart){prefix, sizeof prefix};
        part[1] = (OutPart){header, length};
        part[2] = (OutPart){"       ", padded - length};
        for (int64_t i = 0; i < ntensor; i++)
            part[BEFORE + i] = (OutPart){tensor[i].data, data_bytes(&tensor[i])};
        ok = outfile_write(out, part, (size_t)ntensor + BEFORE, error);
    } else
        ok =
            cnn_fail(error, CNN_SYSTEM,
                     "cannot write %s: out of memory, a size beyond 64 bits, or a tensor's name is "
                     "used twice or is not UTF-8",
                     out->path);
    free(header);
    free(part);
    return ok;
}
