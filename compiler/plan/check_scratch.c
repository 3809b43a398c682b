// SPDX-License-Identifier: MIT
// A thread's scratch, checked by running a phase without computing: its memory is cut into cells at all
// places where a sample of a tensor begins or ends, and each cell remembers whose sample was written last.
// Kernels run in the order of the generated code, chain by chain, for one group of samples and the next.
//   - a kernel reads only cells that hold the very sample of the very tensor that it wants
//   - what it reads is still there when it has written its results, and these are all there
//   - the cells of a tensor with a ring, cleared once, are written by none but those that have it at the same places
#include "plan/check.h"
#include <stdlib.h>

typedef struct Cell {
    int tensor, sample; // what was written last; -1: nothing
    int ring; // the tensor with a ring whose place it is, or -1
} Cell;

typedef struct Scratch {
    Checker *c;
    int64_t *border; // sorted; cell i is [border[i], border[i + 1])
    int ncell;
    Cell *cell;
    int group; // samples of earlier groups are others
} Scratch;

static bool here(const Tensor *t) {
    return t->owner == O_SAMPLE && t->alias < 0 && t->first >= 0;
}

static int by_size(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return a < b ? -1 : a > b;
}

static void cut(Scratch *m) {
    const Plan *p = m->c->p;
    int64_t n = 0;
    for (int i = 0; i < p->step->ntensor; i++)
        if (here(&p->step->tensor[i])) n += p->step->tensor[i].held + 1;
    m->border = ARENA_ARRAY(p->arena, int64_t, n + 1);
    int at = 0;
    for (int i = 0; i < p->step->ntensor; i++) {
        const Tensor *t = &p->step->tensor[i];
        for (int64_t k = 0; here(t) && k <= t->held; k++)
            m->border[at++] = t->offset + k * t->bytes;
    }
    qsort(m->border, (size_t)at, sizeof *m->border, by_size);
    for (int i = 0; i < at; i++)
        if (!m->ncell || m->border[m->ncell - 1] != m->border[i])
            m->border[m->ncell++] = m->border[i];
    m->cell = ARENA_ARRAY(p->arena, Cell, m->ncell + 1);
    for (int i = 0; i < m->ncell; i++) m->cell[i] = (Cell){-1, -1, -1};
}

static int cell_at(const Scratch *m, int64_t offset) {
    int lo = 0, hi = m->ncell;
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        if (m->border[mid] < offset)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

// Cells of the tensor's samples [slot, slot + n).
static void cells_of(const Scratch *m, const Tensor *t, int64_t slot, int64_t n, int *from,
                     int *to) {
    *from = cell_at(m, t->offset + slot * t->bytes);
    *to = cell_at(m, t->offset + (slot + n) * t->bytes);
}

static void claim_rings(Scratch *m) {
    const Step *s = m->c->p->step;
    for (int i = 0, from, to; i < s->ntensor; i++) {
        const Tensor *t = &s->tensor[i];
        if (!here(t) || !tensor_has_ring(t)) continue;
        cells_of(m, t, 0, t->held, &from, &to);
        for (; from < to; from++) {
            int other = m->cell[from].ring;
            if (other >= 0 && !check_rings(t, &s->tensor[other]))
                check_fail(m->c, -1, "'%s' and '%s', both with rings, overlap", t->name,
                           s->tensor[other].name);
            m->cell[from].ring = i;
        }
    }
}

typedef struct Samples { // that a kernel takes: of its group, those from `behind` on
    int64_t behind, n;
} Samples;

typedef void CellFn(Scratch *m, int kernel, int tensor, int sample, Cell *cell);

static void write_cell(Scratch *m, int kernel, int tensor, int sample, Cell *cell) {
    const Tensor *all = m->c->p->step->tensor;
    if (cell->ring >= 0 && !check_rings(&all[tensor], &all[cell->ring]))
        check_fail(m->c, kernel, "'%s' is written over '%s', which has a ring", all[tensor].name,
                   all[cell->ring].name);
    cell->tensor = tensor;
    cell->sample = sample;
}

static void read_cell(Scratch *m, int kernel, int tensor, int sample, Cell *cell) {
    const Tensor *all = m->c->p->step->tensor;
    if (cell->tensor == tensor && cell->sample == sample) return;
    if (cell->tensor < 0 || cell->tensor == tensor)
        check_fail(m->c, kernel, "'%s' is used before it was written for that sample",
                   all[tensor].name);
    else
        check_fail(m->c, kernel, "'%s' was written over by '%s'", all[tensor].name,
                   all[cell->tensor].name);
}

static void each_cell(Scratch *m, int kernel, int tensor, const Samples *s, CellFn *fn) {
    const Plan *p = m->c->p;
    int base = tensor_base(p->step, tensor);
    const Tensor *t = &p->step->tensor[base];
    if (t->owner != O_SAMPLE) return;
    int64_t slot = t->held > p->kernel[kernel].block ? s->behind : 0; // as the generated code does
    if (slot + s->n > t->held) {
        check_fail(m->c, kernel, "'%s' has no room for sample %lld of its group", t->name,
                   (long long)(slot + s->n - 1));
        return;
    }
    for (int64_t i = 0; i < s->n; i++) {
        int from, to, sample = (int)(m->group * p->block + s->behind + i);
        cells_of(m, t, slot + i, 1, &from, &to);
        for (; from < to; from++) fn(m, kernel, base, sample, &m->cell[from]);
    }
}

static void run_kernel(Scratch *m, int kernel, const Samples *s) {
    Touch to[MAX_TOUCH];
    int n = kernel_touches(m->c->p, &m->c->p->kernel[kernel], to);
    for (int i = 0; i < n; i++)
        if (check_read_first(to, n, i)) each_cell(m, kernel, to[i].tensor, s, read_cell);
    for (int i = 0; i < n; i++)
        if (to[i].write) each_cell(m, kernel, to[i].tensor, s, write_cell);
    for (int i = 0; i < n; i++) each_cell(m, kernel, to[i].tensor, s, read_cell);
}

static void run_group(Scratch *m, const PhasePlan *phase) {
    const Plan *p = m->c->p;
    for (int at = phase->first, end; at < phase->end; at = end) {
        for (end = at; end < phase->end && p->kernel[end].block == p->kernel[at].block;) end++;
        int64_t block = p->kernel[at].block;
        if (block < 1 || block > p->block) {
            check_fail(m->c, at, "it takes %lld samples of a group of %d", (long long)block,
                       p->block);
            return;
        }
        for (int64_t i = 0; i < p->block; i += block) {
            Samples s = {i, i + block < p->block ? block : p->block - i};
            for (int k = at; k < end; k++) run_kernel(m, k, &s);
        }
    }
}

void check_scratch(Checker *c) {
    enum { GROUPS = 2 };
    Scratch m = {.c = c};
    cut(&m);
    claim_rings(&m);
    for (int i = 0; i < c->p->nphase; i++) {
        if (!c->p->phase[i].by_leaf) continue;
        for (int k = 0; k < m.ncell; k++) m.cell[k].tensor = -1; // nothing crosses a barrier
        for (m.group = 0; m.group < GROUPS && !c->trouble; m.group++)
            run_group(&m, &c->p->phase[i]);
    }
}
