// SPDX-License-Identifier: 0BSD
// See ahead.h. Places of a pass, from its first to its end:
//
//     given up | there, may be used | being made, some of it there | not begun
//              freed                there                          next
//
// with next - freed at most the slots of the ring. Blocks of places are taken in their order, so all before the
// first one that cannot be made will be there: which step misses a row depends on no thread.
#include "data/ahead.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 1 << 15, // values of a block, where rows are that small
    RING = 1 << 26 // bytes, where that is enough
};

typedef struct Worker {
    struct Maker *maker;
    pthread_t thread;
    int64_t *row; // room for a block
    double *value;
} Worker;

typedef struct Maker {
    Ahead ahead; // first, so that it is one
    const Arrays *all;
    const Array *a;
    AheadPut *put;
    const void *context;
    int64_t block; // rows of a block
    int running; // workers
    Worker *worker;
    pthread_mutex_t lock; // of all that follows
    pthread_cond_t work, made; // there is work; some was done
    bool quits;
    int64_t base;
    uint32_t *order; // of the pass's places; NULL: none has any
    bool ordered;
    int64_t freed, there, next, end;
    bool *done; // by slot
    int busy; // threads that make some
    bool fails; // at this place
    int64_t bad;
    CnnError error;
} Maker;

// ---- making

// How many of n rows are made: the first that is not has set *error.
static int64_t make(const Maker *m, const int64_t *row, int64_t place, int64_t n, double *value,
                    CnnError *error) {
    int64_t i = 0;
    bool ok = m->a->of->of->rows(m->a, row, n, value, error);
    for (; ok && i < n; i++) {
        ok = m->put(m->context, row[i], value + i * m->a->values, ahead_at(&m->ahead, place + i),
                    error);
        if (!ok) return i;
    }
    if (ok || n == 1) return i;
    while (i < n && make(m, row + i, place + i, 1, value, error)) i++; // one by one, to the bad one
    return i;
}

// The next places, under the lock; 0: there are none now.
static int64_t take(Maker *m, int64_t *place, int64_t *row) {
    int64_t end = m->freed + m->ahead.slots < m->end ? m->freed + m->ahead.slots : m->end;
    int64_t n = end - m->next < m->block ? end - m->next : m->block;
    if (n <= 0 || m->fails) return 0;
    *place = m->next;
    for (int64_t i = 0; i < n; i++, m->next++) {
        row[i] = m->base + (m->ordered ? m->order[m->next] : m->next);
        m->done[m->next % m->ahead.slots] = false;
    }
    return n;
}

static void note(Maker *m, int64_t place, int64_t made, int64_t n, const CnnError *error) {
    int64_t slots = m->ahead.slots;
    for (int64_t i = 0; i < made; i++) m->done[(place + i) % slots] = true;
    while (m->there < m->next && m->done[m->there % slots]) m->there++;
    if (made == n || (m->fails && m->bad < place + made)) return;
    m->fails = true;
    m->bad = place + made;
    m->error = *error;
}

static void make_some(Maker *m, const Worker *w) {
    CnnError error;
    int64_t place, n;
    while (!m->quits && !(n = take(m, &place, w->row))) pthread_cond_wait(&m->work, &m->lock);
    if (m->quits) return;
    m->busy++;
    pthread_mutex_unlock(&m->lock);
    int64_t made = make(m, w->row, place, n, w->value, &error);
    pthread_mutex_lock(&m->lock);
    m->busy--;
    note(m, place, made, n, &error);
    pthread_cond_broadcast(&m->made);
}

static void *run(void *context) {
    const Worker *w = context;
    Maker *m = w->maker;
    pthread_mutex_lock(&m->lock);
    while (!m->quits) make_some(m, w);
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

// ---- a pass

static bool start_worker(Maker *m, Worker *w, CnnError *error) {
    static const char what[] = "a part of the data";
    int64_t bytes = m->a->values * (int64_t)sizeof *w->value;
    *w = (Worker){.maker = m, .row = memory_new(m->block, sizeof *w->row, what, error)};
    if (w->row) w->value = memory_new(m->block, bytes, what, error);
    if (w->value && pthread_create(&w->thread, NULL, run, w) == 0) return true;
    if (w->value) cnn_fail(error, CNN_SYSTEM, "cannot start a thread to read the data");
    free(w->row);
    free(w->value);
    return false;
}

// One is enough. Where there is none, the next pass tries once more.
static bool start_workers(Maker *m, CnnError *error) {
    CnnError why;
    int most = m->all->threads;
    if (m->running) return true;
    m->worker = memory_new(most, sizeof *m->worker, "threads that read data", error);
    if (!m->worker) return false;
    while (m->running < most && start_worker(m, &m->worker[m->running], &why)) m->running++;
    if (m->running) return true;
    free(m->worker);
    m->worker = NULL;
    *error = why;
    return false;
}

// Room for as many rows at a time, and for those of the next time.
static bool make_room(Maker *m, int64_t most, bool ordered, CnnError *error) {
    int64_t slots = RING / m->ahead.bytes;
    if (slots < 2 * most) slots = 2 * most;
    if (ordered && !m->order)
        m->order = memory_new(m->a->rows, sizeof *m->order, "the order of the samples", error);
    if (ordered && !m->order) return false;
    if (slots <= m->ahead.slots) return true;
    free(m->ahead.ring);
    free(m->done);
    m->ahead.slots = 0;
    m->ahead.ring = NULL;
    m->done = NULL;
    int64_t bytes;
    bool large = __builtin_mul_overflow(slots, m->ahead.bytes, &bytes);
    if (large || !(m->ahead.ring = memory_raw(bytes)))
        return memory_none(slots, m->ahead.bytes, "a part of the data", error), false;
    m->done = memory_new(slots, sizeof *m->done, "a part of the data", error);
    if (!m->done) return false;
    m->ahead.slots = slots;
    return true;
}

// Nothing more is taken, and nobody is at work.
static void halt(Maker *m) {
    m->end = m->next;
    while (m->busy) pthread_cond_wait(&m->made, &m->lock);
}

static void start_at(Maker *m, int64_t first, int64_t end) {
    m->freed = m->there = m->next = first;
    m->end = end;
    m->fails = false;
    pthread_cond_broadcast(&m->work);
}

static bool begin(Ahead *ahead, int64_t base, const uint32_t *order, int64_t first, int64_t end,
                  int64_t most, CnnError *error) {
    Maker *m = (Maker *)ahead;
    pthread_mutex_lock(&m->lock);
    halt(m);
    bool ok = make_room(m, most, order, error);
    if (ok) {
        m->base = base;
        m->ordered = order;
        for (int64_t i = first; order && i < end; i++) m->order[i] = order[i];
        start_at(m, first, end);
    }
    pthread_mutex_unlock(&m->lock);
    return ok && start_workers(m, error);
}

// Some places back, too: from there the pass begins once more.
static bool need(Ahead *ahead, int64_t first, int64_t n, CnnError *error) {
    Maker *m = (Maker *)ahead;
    pthread_mutex_lock(&m->lock);
    if (first < m->freed) {
        int64_t end = m->end;
        halt(m);
        start_at(m, first, end);
    }
    m->freed = first;
    pthread_cond_broadcast(&m->work);
    while (m->there < first + n && !(m->fails && m->there >= m->bad))
        pthread_cond_wait(&m->made, &m->lock);
    bool ok = m->there >= first + n;
    if (!ok) *error = m->error;
    pthread_mutex_unlock(&m->lock);
    return ok;
}

static bool one_row(Ahead *ahead, int64_t row, void *to, CnnError *error) {
    Maker *m = (Maker *)ahead;
    double *value = array_rows(m->a, &row, 1, "a part of the data", error);
    bool ok = value && m->put(m->context, row, value, to, error);
    free(value);
    return ok;
}

// ---- its life

Ahead *ahead_new(const Arrays *all, const Array *a, int64_t bytes, AheadPut *put,
                 const void *context, CnnError *error) {
    Maker *m = calloc(1, sizeof *m);
    if (!m) return cnn_fail(error, CNN_SYSTEM, "out of memory for the data"), NULL;
    m->ahead = (Ahead){.bytes = bytes, .begin = begin, .need = need, .row = one_row};
    m->all = all;
    m->a = a;
    m->put = put;
    m->context = context;
    m->block = a->values < BLOCK ? BLOCK / a->values : 1;
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->work, NULL);
    pthread_cond_init(&m->made, NULL);
    return &m->ahead;
}

void ahead_free(Ahead *ahead) {
    Maker *m = (Maker *)ahead;
    if (!m) return;
    pthread_mutex_lock(&m->lock);
    m->quits = true;
    pthread_cond_broadcast(&m->work);
    pthread_mutex_unlock(&m->lock);
    for (int i = 0; i < m->running; i++) {
        pthread_join(m->worker[i].thread, NULL);
        free(m->worker[i].row);
        free(m->worker[i].value);
    }
    pthread_mutex_destroy(&m->lock);
    pthread_cond_destroy(&m->work);
    pthread_cond_destroy(&m->made);
    free(m->worker);
    free(m->order);
    free(m->done);
    free(m->ahead.ring);
    free(m);
}
