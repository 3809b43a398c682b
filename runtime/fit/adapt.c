// SPDX-License-Identifier: 0BSD
// What a layer measures before the first step: mean and variance of data, the biased one, for each index of some
// of a sample's dimensions. Two passes in double, the second over what is left of the mean; sums over samples are
// those of leaves along their tree, as in a step, so that no bit depends on threads.
#include "runtime.h"
#include <stdlib.h>

typedef struct Measure {
    Engine *engine;
    const Samples *samples;
    const int64_t *index; // of each value of a sample: which sum it is part of
    int64_t n, leaves, subtree, depth; // sums; leaves of the data, in a subtree; blocks that wait
    double *mean; // NULL: it is what is measured
    double *roots, *stack;
    atomic_llong next;
    int64_t end; // of the subtrees whose samples are there
} Measure;

typedef struct Worker {
    const Measure *m;
    float *x;
} Worker;

static void sum_leaf(void *of, int64_t leaf, char *block) {
    const Worker *w = of;
    const Measure *m = w->m;
    const CnnModel *model = m->engine->model;
    double *sum = (double *)(void *)block;
    for (int64_t k = 0; k < m->n; k++) sum[k] = 0;
    for (int64_t i = leaf * CNN_LEAF; i < (leaf + 1) * CNN_LEAF && i < m->samples->n; i++) {
        samples_x(model, m->samples, i, w->x);
        for (int64_t k = 0; k < model->input_floats; k++) {
            double x = w->x[k], off = m->mean ? x - m->mean[m->index[k]] : 0;
            sum[m->index[k]] += m->mean ? off * off : x;
        }
    }
}

static Reduction reduction(const Measure *m, Worker *w) {
    return (Reduction){sum_leaf, w, reduce_doubles, m->n, m->n * (int64_t)sizeof(double)};
}

static void run(void *context, int thread) {
    Measure *m = context;
    Engine *e = m->engine;
    Worker w = {m, e->x + thread * (e->x_stride / (int64_t)sizeof *e->x)};
    Reduction r = reduction(m, &w);
    for (int64_t i; (i = atomic_fetch_add(&m->next, 1)) < m->end;) {
        int64_t end = (i + 1) * m->subtree;
        reduce(&r, i * m->subtree, end < m->leaves ? end : m->leaves, (char *)(m->roots + i * m->n),
               (char *)(m->stack + thread * m->depth * m->n));
    }
}

// Means over the data: of the values, or of how far they are from m->mean, squared. `part` subtrees go together.
static bool measure(Measure *m, int64_t part, double count, double *to, CnnError *error) {
    Worker none = {0};
    Reduction r = reduction(m, &none);
    int64_t subtrees = ceil_div(m->leaves, m->subtree), samples = m->subtree * CNN_LEAF;
    if (!samples_begin(m->samples, 0, m->samples->n, part * samples, error)) return false;
    for (int64_t first = 0; first < subtrees; first = m->end) {
        m->end = subtrees - first < part ? subtrees : first + part;
        int64_t at = first * samples, left = m->samples->n - at, n = (m->end - first) * samples;
        if (!samples_need(m->samples, at, n < left ? n : left, error)) return false;
        atomic_store(&m->next, first);
        pool_run(m->engine->pool, run, m);
    }
    gather(&r, (char *)m->roots, subtrees, 0, m->n);
    for (int64_t k = 0; k < m->n; k++) to[k] = m->roots[k] / count;
    return true;
}

static void find_indices(const CnnAdapt *a, int64_t values, int64_t *index) {
    for (int64_t i = 0; i < values; i++) {
        index[i] = 0;
        for (int64_t d = a->rank - 1, rest = i; d >= 0; rest /= a->dim[d--])
            index[i] += rest % a->dim[d] * a->stride[d];
    }
}

static void put(Engine *e, const CnnWeight *w, const double *value) {
    for (int64_t k = 0; k < w->count; k++) e->run.params[w->param + k] = (float)value[k];
}

bool adapt(Engine *e, const CnnAdapt *a, const Samples *samples, CnnError *error) {
    const CnnWeight *mean = &e->model->weight[a->weight], *variance = mean + 1;
    int64_t values = e->model->input_floats, threads = pool_threads(e->pool);
    Measure m = {.engine = e, .samples = samples, .n = mean->count};
    m.leaves = ceil_div(samples->n, CNN_LEAF);
    // What is made ahead of use is there for so many leaves at a time.
    int64_t together = samples->x_ahead ? evaluate_rows(e->model) / CNN_LEAF : m.leaves;
    m.subtree = reduce_size(together < m.leaves ? together : m.leaves, (int)threads,
                            &(Subtrees){INT64_MAX, together});
    int64_t part = ceil_div(together, m.subtree);
    m.depth = reduce_depth(m.subtree);
    int64_t blocks = 2 + ceil_div(m.leaves, m.subtree) + threads * m.depth;
    double *all = memory_new(blocks * m.n, sizeof *all, "what a layer measures", error);
    int64_t *index = memory_new(values, sizeof *index, "what a layer measures", error);
    bool ok = all && index;
    if (ok) {
        double count = (double)samples->n * ((double)values / (double)m.n);
        find_indices(a, values, index);
        m.index = index;
        m.roots = all + 2 * m.n;
        m.stack = m.roots + ceil_div(m.leaves, m.subtree) * m.n;
        ok = measure(&m, part, count, all, error);
        m.mean = all;
        ok = ok && measure(&m, part, count, all + m.n, error);
        put(e, mean, all);
        put(e, variance, all + m.n);
    }
    free(index);
    free(all);
    return ok;
}
