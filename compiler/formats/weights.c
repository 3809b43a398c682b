// SPDX-License-Identifier: MIT
// See weights.h. Of a case (it has an x) only weights/LAYER/VARIABLE is looked at; of a checkpoint the
// optimiser's state is passed over. Missing, extra and misshapen tensors are named.
#include "formats/weights.h"
#include "support/map.h"
#include "support/tell.h"
#include "support/text.h"
#include "../runtime/io/safetensors.h"
#include <stdio.h>
#include <string.h>

static bool is_case(const Safetensors *file) {
    return safetensors_find(file, "x") != NULL;
}

static bool same_shape(const StTensor *have, const WeightSlot *want) {
    if (have->rank != want->rank) return false;
    for (int d = 0; d < want->rank; d++)
        if (have->dim[d] != want->dim[d]) return false;
    return true;
}

static int refuse(const char *path, const char *text) {
    tell("error: %s: %s", path, text);
    return CNN_REFUSED;
}

static int find_extra(Arena *a, const char *path, const Safetensors *file, const WeightSlot *slot,
                      int n) {
    Map *known = map_new(a);
    for (int k = 0; k < n; k++) *map_slot(known, slot[k].name) = (void *)(uintptr_t)slot;
    for (int64_t i = 0; i < file->ntensor; i++) {
        const char *name = file->tensor[i].name;
        if (!strncmp(name, "optimizer/", 10) || map_get(known, name)) continue;
        return refuse(path, arena_printf(a,
                                         "tensor '%s' is not one of the model's: is this "
                                         "another model's file?",
                                         name));
    }
    return 0;
}

static int check_tensor(Arena *a, const char *path, const char *key, const WeightSlot *want,
                        const StTensor *have) {
    const char *dims = text_tuple(a, want->rank, want->dim);
    if (!have) return refuse(path, arena_printf(a, "tensor '%s' %s is missing", key, dims));
    if (have->type == ST_F32 && same_shape(have, want)) return 0;
    return refuse(path, arena_printf(a, "tensor '%s' is %s %s, the model needs F32 %s", key,
                                     have->type_name, text_tuple(a, have->rank, have->dim), dims));
}

static int copy_tensor(const Safetensors *file, const char *path, const StTensor *have, float *to) {
    CnnError error = {0};
    if (!safetensors_copy(file, have, to, &error)) {
        tell("error: %s", error.text);
        return error.code;
    }
    int64_t odd = safetensors_not_finite(to, have->count);
    if (odd)
        tell("warning: %s: %lld of the %lld values of '%s' are nan or infinite", path,
             (long long)odd, (long long)have->count, have->name);
    return 0;
}

int weights_read(Arena *a, const char *path, const WeightSlot *slot, int n) {
    Safetensors file;
    CnnError error = {0};
    if (!safetensors_open(path, &file, &error)) {
        tell("error: %s", error.text);
        return error.code;
    }
    const StTensor **have = ARENA_ARRAY(a, const StTensor *, n + 1);
    bool stored_case = is_case(&file);
    int code = 0;
    for (int i = 0; i < n && !code; i++) {
        const char *name = slot[i].name;
        const char *key = stored_case ? arena_printf(a, "weights/%s", name) : name;
        have[i] = safetensors_find(&file, key);
        code = check_tensor(a, path, key, &slot[i], have[i]);
    }
    if (!code && !stored_case) code = find_extra(a, path, &file, slot, n);
    for (int i = 0; i < n && !code; i++) code = copy_tensor(&file, path, have[i], slot[i].to);
    safetensors_free(&file);
    return code;
}
