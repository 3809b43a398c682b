// SPDX-License-Identifier: MIT
// The constants of an inference object: the weights that its kernels read, and what was computed from
// them beforehand, as floats or in 16 bits. What several levels read alike stands there once; a weight that is
// read in another form only, at Winograd's points say, is left out.
#include "codegen/constants.h"
#include "plan/place.h"
#include "support/hash.h"
#include <math.h>
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
    Rounded rounded;
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

// Which weight a constant is, and all that plan_fold() makes of it: equal texts, equal bytes. What the
// weights hold has no say, so that places are known without them.
static const char *origin_of(const Plan *p, int tensor) {
    const Step *s = p->step;
    const Kernel *k = s->tensor[tensor].owner == O_STEP ? plan_folded_by(p, tensor) : NULL;
    if (!k) return s->tensor[tensor].name;
    const Nest *n = &k->nest;
    const Node *node = s->node[k->node[0]];
    bool alike = node->kind == P_MAP || node->kind == P_TABLE; // on all levels
    if (alike) return s->tensor[tensor].name;
    const char *text = arena_printf(
        p->arena, "%s %d %lld %lld %lld %lld %lld", s->tensor[n->op[0].tensor].name, node->kind,
        (long long)node->window[0], (long long)node->window[1], (long long)node->window[2],
        (long long)n->op[0].base, (long long)n->op[1].base);
    for (int a = 1; a < n->naxis; a++)
        if (n->extent[a] > 1 || n->role[a] == A_SUM)
            text = arena_printf(p->arena, "%s, %lld %d %lld %lld", text, (long long)n->extent[a],
                                n->role[a], (long long)n->op[0].stride[a],
                                (long long)n->op[1].stride[a]);
    return arena_printf(p->arena, "%s of %lld", text, (long long)s->tensor[tensor].stride[0]);
}

// ---- their bytes

// Each as near as it can be in 16 bits; rings are zeros.
static void narrow(Pool *pool, const char *name, const float *from, int64_t n, Narrow as,
                   uint16_t *to) {
    double most = 0, off = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!narrow_from(as, from[i], &to[i]) && !pool->rounded.refused)
            pool->rounded.refused =
                arena_printf(pool->arena, "'%s' has %.9g, which is no finite number in %s", name,
                             (double)from[i], narrow_name[as]);
        most = fmax(most, fabs((double)from[i]));
        off = fmax(off, fabs((double)from[i] - (double)narrow_value(as, to[i])));
    }
    pool->rounded.bytes += 2 * n;
    if (most == 0 || off / most < pool->rounded.worst) return;
    pool->rounded.worst = off / most;
    pool->rounded.name = name;
}

static int64_t place(Pool *pool, const char *origin, const Tensor *t, const float *from,
                     Narrow as) {
    int64_t length = as ? place_bytes(t->bytes / 2) : t->bytes;
    for (int i = 0; i < pool->nconstant; i++) {
        const Constant *c = &pool->constant[i];
        if (c->length == length && !strcmp(c->origin, origin)) return c->at;
    }
    Constant c = {origin, pool->length, length};
    if (pool->bytes && as)
        narrow(pool, t->name, from, t->bytes / 4, as, (uint16_t *)(void *)(pool->bytes + c.at));
    else if (pool->bytes)
        memcpy(pool->bytes + c.at, from, (size_t)length);
    pool->length += length;
    pool->identity = hash_bytes(pool->identity, origin, strlen(origin) + 1);
    note_number(pool, length);
    note_number(pool, as);
    ARENA_PUSH(pool->arena, pool->constant, pool->nconstant, c);
    return c.at;
}

static int64_t *gather(Pool *pool, const Plan *p, const float *weights) {
    const Step *s = p->step;
    int64_t *at = ARENA_ARRAY(pool->arena, int64_t, s->ntensor);
    float *step = weights ? arena_alloc(pool->arena, (size_t)p->step_bytes + 1) : NULL;
    if (weights) plan_fold(p, weights, step);
    for (int i = 0; i < s->ntensor; i++) {
        const Tensor *t = &s->tensor[i];
        if (!plan_keeps(p, i)) continue;
        const float *block = t->owner == O_MODEL ? weights : step;
        at[i] = place(pool, origin_of(p, i), t, block ? block + t->offset / 4 : NULL,
                      plan_narrows(p, i));
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
    c.rounded = pool.rounded;
    return c;
}

void constants_settle(const Constants *c, const Level *level, int n) {
    for (int i = 0; i < n; i++) {
        Step *s = level[i].plan->step;
        for (int k = 0; k < s->ntensor; k++)
            if (plan_keeps(level[i].plan, k)) s->tensor[k].offset = c->at[i][k];
    }
}
