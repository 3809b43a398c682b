// SPDX-License-Identifier: MIT
// The constants of an inference object: the weights that its kernels read, and what was computed from
// them beforehand. What several levels read alike stands there once; a weight that is read in another
// form only, at Winograd's points say, is left out.
//   sets: Tensor.offset of weights and of what is computed from them, from the first constant
#include "emit/constants.h"
#include <string.h>

typedef struct Constant { // bytes[at, at + length)
    const char *name;
    int64_t at, length;
} Constant;

typedef struct Pool {
    Arena *arena;
    char *bytes;
    int64_t length;
    int nconstant;
    Constant *constant;
} Pool;

// Equal constants of different names stay apart: so the code for a header, which is made without the
// weights, reads as many places as the object's.
static int64_t place(Pool *pool, const char *name, const char *bytes, int64_t length) {
    for (int i = 0; i < pool->nconstant; i++) {
        const Constant *c = &pool->constant[i];
        if (c->length == length && !strcmp(c->name, name) &&
            !memcmp(pool->bytes + c->at, bytes, (size_t)length))
            return c->at;
    }
    Constant c = {name, pool->length, length};
    memcpy(pool->bytes + c.at, bytes, (size_t)length);
    pool->length += length;
    ARENA_PUSH(pool->arena, pool->constant, pool->nconstant, c);
    return c.at;
}

static bool read_by_code(const Plan *p, const Tensor *t) { // and not by folding alone
    return t->alias < 0 && t->last >= 0 && p->kernel[t->last].phase != 0;
}

static void gather(Pool *pool, const Plan *p, const float *weights) {
    Step *s = p->step;
    char *step = arena_alloc(pool->arena, (size_t)p->step_bytes + 1);
    plan_fold(p, weights, (float *)(void *)step);
    for (int i = 0; i < s->ntensor; i++) {
        Tensor *t = &s->tensor[i];
        if ((t->owner != O_MODEL && t->owner != O_STEP) || !read_by_code(p, t)) continue;
        const char *block = t->owner == O_MODEL ? (const char *)weights : step;
        t->offset = place(pool, t->name, block + t->offset, t->bytes);
    }
}

const char *constants_gather(Arena *a, const Level *level, int n, const float *weights,
                             size_t *length) {
    int64_t most = 1;
    for (int i = 0; i < n; i++) most += level[i].plan->param_floats * 4 + level[i].plan->step_bytes;
    Pool pool = {.arena = a, .bytes = arena_alloc(a, (size_t)most)};
    for (int i = 0; i < n; i++) gather(&pool, level[i].plan, weights);
    *length = (size_t)pool.length;
    return pool.bytes;
}
