// SPDX-License-Identifier: MIT
// See traffic.h. One thread goes through steps, or predictions, kernel by kernel in the order of the generated code,
// and touches what they read and write; caches that keep what was touched last say how far away it was:
//
//     cycles = sum over caches, and over what is read, written or changed behind them, of  bytes / rate
//
// Of a phase over leaves two groups of samples are enough to know how each of the others goes. What these leave in the
// caches is made up for: as many bytes of something else are touched.
#include "plan/traffic.h"
#include "plan/cache.h"
#include "report/describe.h"

enum { STEPS = 2, GROUPS = 2 }; // the last ones count

typedef struct Walk {
    const Plan *p;
    Memory memory;
    Cache *cache;
    int64_t *first; // by tensor outside the scratch, which is at 0: its first block
    int64_t else_first; // block of something else
    int *seen; // by block: when it was touched last
    int now; // a number for each step, phase and group
    int64_t batch;
    int batch_level; // the nearest cache that holds what is kept of all samples
    double batch_share; // of that, what the cache before it holds
    bool counts;
    Traffic *of; // by kernel, of a group; over units of a step
} Walk;

typedef struct Part { // of what a kernel touches at a time
    int64_t group, from, samples;
} Part;

static const Tensor *tensor_of(const Walk *w, const Touch *to) {
    return &w->p->step->tensor[tensor_base(w->p->step, to->tensor)];
}

static int64_t blocks_of(int64_t bytes) {
    return (bytes + CACHE_BLOCK - 1) / CACHE_BLOCK;
}

// More bytes than that no cache holds: what is larger counts as so many.
static int64_t most_bytes(const Walk *w) {
    return 2 * w->memory.cache[CACHES - 1];
}

// --- where a tensor lies ---

// Bytes of a tensor outside the scratch: of samples, those of two groups or of the batch.
static int64_t own_bytes(const Walk *w, const Tensor *t) {
    int64_t groups = (int64_t)GROUPS * w->p->block;
    int64_t samples = w->batch > groups ? w->batch : groups;
    int64_t bytes = owner_per_sample(t->owner) ? t->bytes * samples : t->bytes;
    return bytes < most_bytes(w) ? bytes : most_bytes(w);
}

static int64_t kept_bytes(const Walk *w, const PhasePlan *phase) { // of a sample
    Touch to[MAX_TOUCH];
    int64_t bytes = 0;
    bool *seen = ARENA_ARRAY(w->p->arena, bool, w->p->step->ntensor);
    for (int k = phase->first; k < phase->end; k++)
        for (int i = 0, n = kernel_touches(w->p, &w->p->kernel[k], to); i < n; i++) {
            const Tensor *t = tensor_of(w, &to[i]);
            bool *counted = &seen[t - w->p->step->tensor];
            if (owner_per_sample(t->owner) && t->owner != O_SAMPLE && !*counted) bytes += t->bytes;
            *counted = true;
        }
    return bytes;
}

// Blocks of the samples that no group has.
static int64_t others_of(const Walk *w, const PhasePlan *phase) {
    int64_t samples = w->batch - (int64_t)GROUPS * w->p->block;
    int64_t bytes = samples > 0 ? samples * kept_bytes(w, phase) : 0;
    return blocks_of(bytes < most_bytes(w) ? bytes : most_bytes(w));
}

static void lay_out(Walk *w) {
    const Step *s = w->p->step;
    int64_t blocks = blocks_of(w->p->scratch_bytes) + 1;
    w->first = ARENA_ARRAY(w->p->arena, int64_t, s->ntensor);
    for (int i = 0; i < s->ntensor; i++) {
        const Tensor *t = &s->tensor[i];
        if (t->alias >= 0 || t->owner == O_SAMPLE) continue;
        w->first[i] = blocks;
        blocks += blocks_of(own_bytes(w, t)) + 1;
    }
    int64_t others = 0;
    for (int i = 0; i < w->p->nphase; i++)
        if (others_of(w, &w->p->phase[i]) > others) others = others_of(w, &w->p->phase[i]);
    w->else_first = blocks;
    blocks += others;
    w->cache = cache_new(w->p->arena, blocks, w->memory.cache);
    w->seen = ARENA_ARRAY(w->p->arena, int, blocks);
}

typedef struct Range { // of blocks
    int64_t from, count;
} Range;

// What part of a tensor: samples in the scratch have their places there, others follow each other.
static Range range_of(const Walk *w, int kernel, const Tensor *t, const Part *part) {
    int64_t at = 0, bytes = t->bytes, first = w->first[t - w->p->step->tensor];
    if (t->owner == O_SAMPLE) {
        int64_t slot = t->held > w->p->kernel[kernel].block ? part->from : 0;
        return (Range){(t->offset + slot * t->bytes) / CACHE_BLOCK,
                       blocks_of(t->bytes * part->samples)};
    }
    if (owner_per_sample(t->owner)) {
        at = (part->group * w->p->block + part->from) * t->bytes;
        bytes = part->samples * t->bytes;
    }
    int64_t own = own_bytes(w, t);
    if (bytes > own) bytes = own;
    if (at > own - bytes) at = own - bytes;
    return (Range){first + at / CACHE_BLOCK, blocks_of(bytes)};
}

// --- touching it ---

static double cycles_from(const Walk *w, int level, MemoryWay way) {
    return level > 0 ? CACHE_BLOCK / w->memory.rate[level - 1][way] : 0;
}

typedef struct Way { // of a block of a tensor
    const Tensor *of;
    MemoryWay way;
} Way;

static void count(Walk *w, int kernel, int level, double share, const Way *way) {
    double cycles = share * cycles_from(w, level, way->way);
    Traffic *to = &w->of[kernel];
    if (!w->counts) return;
    *(level == 1 ? &to->near : &to->far) += cycles;
    bool result = way->way == MEMORY_WRITTEN && owner_per_sample(way->of->owner);
    if (level > 1 && result) to->results += cycles;
}

// What was kept of the samples in another phase has seen all other samples go by. A cache that is too small for them
// has a part of them all the same, as it does not lose just what was touched first.
static void touch(Walk *w, int kernel, int64_t block, const Way *way) {
    bool kept = owner_per_sample(way->of->owner) && way->of->owner != O_SAMPLE;
    int level = cache_touch(w->cache, block), all = w->batch_level;
    bool first = w->seen[block] != w->now;
    w->seen[block] = w->now;
    if (kept && first && level < all) {
        count(w, kernel, all - 1, w->batch_share, way);
        count(w, kernel, all, 1 - w->batch_share, way);
    } else {
        count(w, kernel, level, 1, way);
    }
}

static bool both_ways(const Walk *w, const Touch *to, int n, int i) {
    bool found = false;
    for (int j = 0; j < n; j++)
        found |= to[j].write != to[i].write && tensor_of(w, &to[j]) == tensor_of(w, &to[i]);
    return found;
}

static void run_kernel(Walk *w, int kernel, const Part *part) {
    Touch to[MAX_TOUCH];
    int n = kernel_touches(w->p, &w->p->kernel[kernel], to);
    for (int i = 0; i < n; i++) {
        const Tensor *t = tensor_of(w, &to[i]);
        bool both = both_ways(w, to, n, i);
        if ((both && !to[i].write) || to[i].asked) continue; // changed: once
        Way way = {t, both ? MEMORY_CHANGED : to[i].write ? MEMORY_WRITTEN : MEMORY_READ};
        Range r = range_of(w, kernel, t, part);
        for (int64_t k = 0; k < r.count; k++) touch(w, kernel, r.from + k, &way);
    }
}

// --- phases ---

static void run_group(Walk *w, const PhasePlan *phase, int64_t group) {
    const Plan *p = w->p;
    for (int at = phase->first, end; at < phase->end; at = end) {
        int64_t block = p->kernel[at].block;
        end = plan_chain_end(p, at, phase->end);
        for (int64_t i = 0; i < p->block; i += block)
            for (int k = at; k < end; k++) run_kernel(w, k, &(Part){group, i, block});
    }
}

static void run_others(Walk *w, const PhasePlan *phase) {
    for (int64_t i = 0, n = others_of(w, phase); i < n; i++)
        cache_touch(w->cache, w->else_first + i);
}

static void run_phase(Walk *w, const PhasePlan *phase, bool last) {
    int groups = phase->by_leaf ? GROUPS : 1;
    for (int group = 0; group < groups; group++) {
        w->now++;
        w->counts = last && group == groups - 1;
        if (phase->by_leaf) {
            run_group(w, phase, group);
            continue;
        }
        for (int k = phase->first; k < phase->end; k++) run_kernel(w, k, &(Part){0, 0, w->batch});
    }
    if (phase->by_leaf) run_others(w, phase);
}

static void find_batch(Walk *w) {
    double kept = (double)w->p->batch_stride * (double)w->batch;
    int *level = &w->batch_level;
    while (*level < CACHES && kept > (double)w->memory.cache[*level]) ++*level;
    if (*level) w->batch_share = (double)w->memory.cache[*level - 1] / kept;
}

static void per_sample(Walk *w) {
    for (int i = 0; i < w->p->nkernel; i++) {
        const Kernel *k = &w->p->kernel[i];
        if (!kernel_per_sample(w->p, k)) continue;
        int64_t samples = kernel_by_leaf(w->p, k) ? w->p->block : w->batch;
        w->of[i].near /= (double)samples;
        w->of[i].far /= (double)samples;
        w->of[i].results /= (double)samples;
    }
}

Traffic *plan_traffic(const Plan *p) {
    Walk w = {.p = p, .memory = target_memory(&p->target), .batch = 1};
    w.of = ARENA_ARRAY(p->arena, Traffic, p->nkernel);
    if (target_is_flat(&p->target)) return w.of;
    if (p->step->mode == STEP_TRAIN) w.batch = p->step->model->fit.batch_size;
    find_batch(&w);
    lay_out(&w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < p->nphase; i++) run_phase(&w, &p->phase[i], step == STEPS - 1);
    per_sample(&w);
    return w.of;
}
