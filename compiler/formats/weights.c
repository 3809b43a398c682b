// SPDX-License-Identifier: MIT
// See weights.h. Of a case (it has an x) only weights/LAYER/VARIABLE is looked at; of a checkpoint the
// optimiser's state is passed over. Missing, extra and misshapen tensors are named.
#include "formats/weights.h"
#include "support/tell.h"
#include "../runtime/io/safetensors.h"
#include <stdio.h>
#include <string.h>

static bool is_case(const Safetensors *file) {
    return safetensors_find(file, "x") != NULL;
}

static int rank_of(const Tensor *want) {
    return want->scalar ? 0 : want->rank;
}

static bool same_shape(const StTensor *have, const Tensor *want) {
    if (have->rank != rank_of(want)) return false;
    for (int d = 0; d < rank_of(want); d++)
        if (have->dim[d] != want->dim[d]) return false;
    return true;
}

static const char *dims_text(Arena *a, int64_t rank, const int64_t *dim) {
    const char *text = "(";
    for (int64_t d = 0; d < rank; d++)
        text = arena_printf(a, "%s%s%lld", text, d ? ", " : "", (long long)dim[d]);
    return arena_printf(a, "%s%s)", text, rank == 1 ? "," : "");
}

static int refuse(const char *path, const char *text) {
    tell("error: %s: %s", path, text);
    return CNN_REFUSED;
}

static int find_extra(const Plan *p, const char *path, const Safetensors *file) {
    const Step *s = p->step;
    for (int64_t i = 0; i < file->ntensor; i++) {
        const char *name = file->tensor[i].name;
        bool known = !strncmp(name, "optimizer/", 10);
        for (int k = 0; k < s->nweight; k++)
            known |= !strcmp(name, s->tensor[s->weight_tensor[k]].name);
        if (!known)
            return refuse(path, arena_printf(p->arena,
                                             "tensor '%s' is not one of the model's: is this "
                                             "another model's file?",
                                             name));
    }
    return 0;
}

static int check_tensor(const Plan *p, const char *path, const char *key, const Tensor *t,
                        const StTensor *have) {
    if (!have)
        return refuse(path, arena_printf(p->arena, "tensor '%s' %s is missing", key,
                                         dims_text(p->arena, rank_of(t), t->dim)));
    if (have->type == ST_F32 && same_shape(have, t)) return 0;
    return refuse(path, arena_printf(p->arena, "tensor '%s' is %s %s, the model needs F32 %s", key,
                                     have->type_name, dims_text(p->arena, have->rank, have->dim),
                                     dims_text(p->arena, rank_of(t), t->dim)));
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

int weights_read(const Plan *p, const char *path, float *params) {
    Safetensors file;
    CnnError error = {0};
    if (!safetensors_open(path, &file, &error)) {
        tell("error: %s", error.text);
        return error.code;
    }
    const Step *s = p->step;
    const StTensor **have = ARENA_ARRAY(p->arena, const StTensor *, s->nweight + 1);
    bool stored_case = is_case(&file);
    int code = 0;
    for (int i = 0; i < s->nweight && !code; i++) {
        const Tensor *t = &s->tensor[s->weight_tensor[i]];
        const char *key = stored_case ? arena_printf(p->arena, "weights/%s", t->name) : t->name;
        have[i] = safetensors_find(&file, key);
        code = check_tensor(p, path, key, t, have[i]);
    }
    if (!code && !stored_case) code = find_extra(p, path, &file);
    for (int i = 0; i < s->nweight && !code; i++) {
        const Tensor *t = &s->tensor[s->weight_tensor[i]];
        code = copy_tensor(&file, path, have[i], (float *)(void *)((char *)params + t->offset));
    }
    safetensors_free(&file);
    return code;
}
