// SPDX-License-Identifier: 0BSD
// A pool of threads that run one function together, and the barrier between its parts. Phases are
// often shorter than a sleep and wake, so the barrier first spins, then sleeps. Threads that
// outnumber the CPUs sleep at once: who spins would keep the CPU from those that are waited for.
// While they run, threads flush denormals to zero: gradients that have all but vanished cost no
// time.
// Pinned threads stay each on a CPU. The caller is pinned while the pool runs only: threads that it starts inherit
// where it may be.
#define _GNU_SOURCE // syscall, pthread_setaffinity_np
#include "engine/denormals.h"
#include "engine/pin.h"
#include "runtime.h"
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

// How long a thread spins: longer than leaves differ and shorter than a time slice. A pause takes 10 to 140 cycles, by
// the CPU, so the clock says.
static const double spin_seconds = 100e-6;
enum { PAUSES = 32 }; // between two looks at it

typedef struct Barrier { // alone in its line of the cache
    _Alignas(CNN_ALIGN) atomic_uint arrived;
    atomic_uint generation, asleep; // asleep: or about to be
    bool spins; // before they sleep
} Barrier;

struct Pool {
    int threads;
    bool pins;
    CpuSet own, before; // of the caller: while the pool runs, and else
    Barrier *barrier; // of all threads, then of each team
    PoolFn *run; // NULL: stop
    void *context;
    struct Worker {
        Pool *pool;
        int thread;
        pthread_t handle;
    } worker[]; // [0] is the caller
};

static inline void pause_cpu(void) {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void denormals_keep(void) {
    uint64_t old = flush_denormals();
    restore_denormals(old & ~DENORMALS_FLUSHED);
}

int pool_threads(const Pool *pool) {
    return pool->threads;
}

// Sleeps until generation is another. The kernel looks at it again before it lets a thread sleep, and
// who changes it looks at `asleep` afterwards: so one of the two sees the other.
static void sleep_through(Barrier *b, unsigned generation) {
    atomic_fetch_add(&b->asleep, 1);
    while (atomic_load(&b->generation) == generation)
        syscall(SYS_futex, &b->generation, FUTEX_WAIT_PRIVATE, generation, NULL, NULL, 0);
    atomic_fetch_sub(&b->asleep, 1);
}

// Until generation is another; false: it took too long.
static bool spin_through(Barrier *b, unsigned generation) {
    double end = clock_seconds() + spin_seconds;
    do {
        for (int i = 0; i < PAUSES; i++) {
            if (atomic_load(&b->generation) != generation) return true;
            pause_cpu();
        }
    } while (clock_seconds() < end);
    return false;
}

static void wait_for(Barrier *b, int64_t threads) {
    if (threads == 1) return;
    unsigned generation = atomic_load(&b->generation);
    if (atomic_fetch_add(&b->arrived, 1) + 1 == (unsigned)threads) {
        atomic_store(&b->arrived, 0);
        atomic_fetch_add(&b->generation, 1);
        if (atomic_load(&b->asleep))
            syscall(SYS_futex, &b->generation, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
        return;
    }
    if (!b->spins || !spin_through(b, generation)) sleep_through(b, generation);
}

void pool_barrier(Pool *pool) {
    wait_for(pool->barrier, pool->threads);
}

void *pool_team(Pool *pool, int64_t team) {
    return &pool->barrier[1 + team];
}

void pool_meet(const CnnTeam *team) {
    wait_for(team->of, team->parts);
}

static void *work(void *context) {
    struct Worker *worker = context;
    Pool *pool = worker->pool;
    flush_denormals();
    for (;;) {
        pool_barrier(pool); // until there is something to run
        if (!pool->run) return NULL;
        pool->run(pool->context, worker->thread);
        pool_barrier(pool);
    }
}

void pool_run(Pool *pool, PoolFn *run, void *context) {
    uint64_t mode = flush_denormals();
    if (pool->pins) sched_setaffinity(0, sizeof pool->own.of, pool->own.of);
    pool->run = run;
    pool->context = context;
    pool_barrier(pool);
    run(context, 0);
    pool_barrier(pool);
    if (pool->pins) sched_setaffinity(0, sizeof pool->before.of, pool->before.of);
    restore_denormals(mode);
}

// Thread i to CPU number first + i of those there are, in their order.
static bool pin_all(Pool *pool, int first, CnnError *error) {
    int cpu[POOL_LIMIT];
    if (!cpus_allowed(&pool->before))
        return cnn_fail(error, CNN_SYSTEM, "--pin: the CPUs of this process are not known: %s",
                        strerror(errno));
    int n = cpus_order("/sys/devices/system/cpu", &pool->before, cpu);
    for (int i = 0; i < pool->threads; i++) {
        CpuSet one = {0};
        int to = cpu[(first + i) % n];
        CPU_SET_S((size_t)to, sizeof one.of, one.of);
        if (i == 0) pool->own = one;
        pthread_t thread = i ? pool->worker[i].handle : pthread_self();
        int number = pthread_setaffinity_np(thread, sizeof one.of, one.of);
        if (number)
            return cnn_fail(error, CNN_SYSTEM, "--pin: thread %d of %d is not let onto CPU %d: %s",
                            i + 1, pool->threads, to, strerror(number));
    }
    sched_setaffinity(0, sizeof pool->before.of, pool->before.of);
    pool->pins = true;
    return true;
}

Pool *pool_start(Threads threads, CnnError *error) {
    Pool *pool = calloc(1, sizeof *pool + (size_t)threads.n * sizeof *pool->worker);
    if (!pool) {
        cnn_fail(error, CNN_SYSTEM, "out of memory for %d threads", threads.n);
        return NULL;
    }
    pool->threads = threads.n;
    pool->barrier = memory_new(1 + threads.n, sizeof *pool->barrier, "threads", error);
    if (!pool->barrier) {
        free(pool);
        return NULL;
    }
    for (int i = 0; i <= threads.n; i++) pool->barrier[i].spins = threads.n <= cpus_usable();
    for (int i = 1; i < threads.n; i++) {
        pool->worker[i] = (struct Worker){.pool = pool, .thread = i};
        int number = pthread_create(&pool->worker[i].handle, NULL, work, &pool->worker[i]);
        if (number) { // those that wait at the barrier would wait for ever: the program must end
            cnn_fail(error, CNN_SYSTEM, "cannot start thread %d of %d: %s; use fewer --threads",
                     i + 1, threads.n, strerror(number));
            return NULL;
        }
    }
    if (threads.pin && !pin_all(pool, threads.first, error)) {
        pool_stop(pool);
        return NULL;
    }
    return pool;
}

void pool_stop(Pool *pool) {
    if (!pool) return;
    pool->run = NULL;
    pool_barrier(pool);
    for (int i = 1; i < pool->threads; i++) pthread_join(pool->worker[i].handle, NULL);
    free(pool->barrier);
    free(pool);
}
