// SPDX-License-Identifier: MIT
// The constants of an inference object: the weights that its kernels read, and what was computed from
// them beforehand. What several levels read alike stands there once; a weight that is read in another
// form only, at Winograd's points say, is left out.
#include "codegen/constants.h"
#include "support/hash.h"
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
    uint64_t identity;
} Pool;

// ---- what the constants are, in a number

static void note_number(Pool *pool, int64_t x) {
    for (int i = 0; i < 8; i++)
        pool->identity = hash_step(pool->identity, (uint64_t)x >> 8 * i & 255);
}

static void note_layout(Pool *pool, const Tensor *t, int64_t at) {
    note_number(pool, at);
    for (int d = 0; d < t->rank; d++) {
        note_number(pool, t->dim[d]);
        note_number(pool, t->stride[d]);
        note_number(pool, t->need[d].lo - t->ring[d][0]);
    }
}

// ---- which they are

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
    pool->identity = hash_bytes(pool->identity, origin, strlen(origin) + 1);
    note_number(pool, length);
    ARENA_PUSH(pool->arena, pool->constant, pool->nconstant, c);
    return c.at;
}

static bool read_by_code(const Plan *p, const Tensor *t) { // and not by folding alone
    bool constant = t->owner == O_MODEL || t->owner == O_STEP;
    return constant && t->alias < 0 && t->last >= 0 && kernel_by_leaf(p, &p->kernel[t->last]);
}

static int64_t *gather(Pool *pool, const Plan *p, const float *weights) {
    const Step *s = p->step;
    int64_t *at = ARENA_ARRAY(pool->arena, int64_t, s->ntensor);
    char *step = weights ? arena_alloc(pool->arena, (size_t)p->step_bytes + 1) : NULL;
    if (weights) plan_fold(p, weights, (float *)(void *)step);
    for (int i = 0; i < s->ntensor; i++) {
        const Tensor *t = &s->tensor[i];
        if (!read_by_code(p, t)) continue;
        const char *block = t->owner == O_MODEL ? (const char *)weights : step;
        at[i] = place(pool, origin_of(p, i), block ? block + t->offset : NULL, t->bytes);
        note_layout(pool, t, at[i]);
    }
    return at;
}

Constants constants_gather(Arena *a, const Level *level, int n, const float *weights) {
    int64_t most = 1;
    for (int i = 0; i < n; i++) most += level[i].plan->param_floats * 4 + level[i].plan->step_bytes;
    Pool pool = {
        .arena = a, .bytes = weights ? arena_alloc(a, (size_t)most) : NULL, .identity = HASH_START};
    Constants c = {0};
    for (int i = 0; i < n; i++) c.at[i] = gather(&pool, level[i].plan, weights);
    c.bytes = pool.bytes;
    c.length = pool.length;
    c.identity = pool.identity;
    return c;
}

void constants_settle(const Constants *c, const Level *level, int n) {
    for (int i = 0; i < n; i++) {
        Step *s = level[i].plan->step;
        for (int k = 0; k < s->ntensor; k++)
            if (read_by_code(level[i].plan, &s->tensor[k])) s->tensor[k].offset = c->at[i][k];
    }
}
