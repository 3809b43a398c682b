// SPDX-License-Identifier: MIT
// The constants of an inference object: the weights that its kernels read, and what was computed from
// them beforehand. What several levels read alike stands there once; a weight that is read in another
// form only, at Winograd's points say, is left out.
//   sets: Tensor.offset of weights and of what is computed from them, from the first constant
#include "codegen/constants.h"
#include <string.h>

typedef struct Constant { // bytes[at, at + length)
    const char *origin;
    int64_t at, length;
} Constant;

typedef struct Pool {
    Arena *arena;
    char *bytes; // NULL: only places are wanted
    int64_t length;
    int nconstant;
    Constant *constant;
} Pool;

static const Kernel *folded_by(const Plan *p, int tensor) {
    for (int k = 0; k < p->nkernel; k++)
        if (!kernel_by_leaf(p, &p->kernel[k]) &&
            p->step->node[p->kernel[k].node[0]]->out[0].tensor == tensor)
            return &p->kernel[k];
    return NULL;
}

// Which weight a constant is, and all that plan_fold() makes of it: equal texts, equal bytes. What the
// weights hold has no say, so that places are known without them.
static const char *origin_of(const Plan *p, int tensor) {
    const Step *s = p->step;
    const Kernel *k = s->tensor[tensor].owner == O_STEP ? folded_by(p, tensor) : NULL;
    if (!k) return s->tensor[tensor].name;
    const Nest *n = &k->nest;
    const Node *node = s->node[k->node[0]];
    bool alike = node->kind == P_MAP || node->kind == P_TABLE; // on all levels
    if (alike) return s->tensor[tensor].name;
    const char *text =
        arena_printf(p->arena, "%s %d %lld %lld %lld %lld", s->tensor[n->op[0].tensor].name,
                     node->kind, (long long)node->window[0], (long long)node->window[1],
                     (long long)n->op[0].base, (long long)n->op[1].base);
    for (int a = 1; a < n->naxis; a++)
        if (n->extent[a] > 1 || n->role[a] == A_SUM)
            text = arena_printf(p->arena, "%s, %lld %d %lld %lld", text, (long long)n->extent[a],
                                n->role[a], (long long)n->op[0].stride[a],
                                (long long)n->op[1].stride[a]);
    return arena_printf(p->arena, "%s of %lld", text, (long long)s->tensor[tensor].stride[0]);
}

static int64_t place(Pool *pool, const char *origin, const char *bytes, int64_t length) {
    for (int i = 0; i < pool->nconstant; i++) {
        const Constant *c = &pool->constant[i];
        if (c->length == length && !strcmp(c->origin, origin)) return c->at;
    }
    Constant c = {origin, pool->length, length};
    if (pool->bytes) memcpy(pool->bytes + c.at, bytes, (size_t)length);
    pool->length += length;
    ARENA_PUSH(pool->arena, pool->constant, pool->nconstant, c);
    return c.at;
}

static bool read_by_code(const Plan *p, const Tensor *t) { // and not by folding alone
    return t->alias < 0 && t->last >= 0 && kernel_by_leaf(p, &p->kernel[t->last]);
}

static void gather(Pool *pool, const Plan *p, const float *weights) {
    Step *s = p->step;
    char *step = weights ? arena_alloc(pool->arena, (size_t)p->step_bytes + 1) : NULL;
    if (weights) plan_fold(p, weights, (float *)(void *)step);
    for (int i = 0; i < s->ntensor; i++) {
        Tensor *t = &s->tensor[i];
        if ((t->owner != O_MODEL && t->owner != O_STEP) || !read_by_code(p, t)) continue;
        const char *block = t->owner == O_MODEL ? (const char *)weights : step;
        t->offset = place(pool, origin_of(p, i), block ? block + t->offset : NULL, t->bytes);
    }
}

const char *constants_gather(Arena *a, const Level *level, int n, const float *weights,
                             size_t *length) {
    int64_t most = 1;
    for (int i = 0; i < n; i++) most += level[i].plan->param_floats * 4 + level[i].plan->step_bytes;
    Pool pool = {.arena = a, .bytes = weights ? arena_alloc(a, (size_t)most) : NULL};
    for (int i = 0; i < n; i++) gather(&pool, level[i].plan, weights);
    *length = (size_t)pool.length;
    return pool.bytes;
}
