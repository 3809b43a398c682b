// SPDX-License-Identifier: 0BSD
// The caches as one thread finds them: how large they are, and how many bytes a cycle come from what is behind each,
// go there, or come, change and go. Blocks of memory are gone through again and again; of a block that a cache
// does not hold all comes from behind it. How large a cache is the system says, of the nearest two; what a thread
// has of the last one, which others use too, shows in how large a block may be before it becomes slow.
#include "runtime.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SIZES = 15,
    LEAST = 16 << 10
}; // blocks of LEAST bytes, and of twice as many as the one before
static const double time_each = 0.03; // seconds, of a block gone through in one way
static const double slow = 0.75; // of the rate of a block that the cache holds

typedef struct Rates {
    double of[SIZES][CNN_STREAMS]; // bytes a second
} Rates;

static int64_t block_bytes(int size) {
    return (int64_t)LEAST << size;
}

static double rate_of(const CnnTimed *timed, int way, float *block, int64_t bytes) {
    double best = 0, start = clock_seconds(), now = start;
    intptr_t rounds = (intptr_t)(1 + (1 << 20) / bytes); // long enough for the clock
    for (int i = 0; i < 3 || now - start < time_each; i++) {
        double before = now;
        timed->stream[way](block, (intptr_t)(bytes / (int64_t)sizeof *block), rounds);
        now = clock_seconds();
        double rate = (double)(rounds * bytes) / (now - before);
        if (rate > best) best = rate;
    }
    return best;
}

// The last size from `size` on that is about as fast as it.
static int holds(const Rates *r, int size) {
    int last = size;
    while (last + 1 < SIZES && r->of[last + 1][CNN_READ] > slow * r->of[size][CNN_READ]) last++;
    return last;
}

static int size_of(int64_t bytes) { // the largest block within so many bytes
    int size = 0;
    while (size + 1 < SIZES && block_bytes(size + 1) <= bytes) size++;
    return size;
}

static int64_t told(int name) { // by the system; 0: nothing
    long bytes = sysconf(name);
    return bytes > 0 ? bytes : 0;
}

static void find_sizes(Caches *c, const Rates *r) {
    int64_t known[CACHES] = {0};
#ifdef _SC_LEVEL1_DCACHE_SIZE
    known[0] = told(_SC_LEVEL1_DCACHE_SIZE);
    known[1] = told(_SC_LEVEL2_CACHE_SIZE);
#else
    (void)told;
#endif
    for (int i = 0, from = 0; i < CACHES; i++) {
        c->bytes[i] = known[i] ? known[i] : block_bytes(holds(r, from));
        from = size_of(c->bytes[i]) + 2; // where next to nothing of a block is left in this one
        if (from >= SIZES) from = SIZES - 1;
    }
}

// Behind a cache is what holds four times as much, or where nothing does, the largest block.
static void find_rates(Caches *c, const Rates *r, double cycles) {
    for (int i = 0; i < CACHES; i++) {
        int size = size_of(c->bytes[i]) + 2;
        if (size >= SIZES || i == CACHES - 1) size = SIZES - 1;
        for (int way = 0; way < CNN_STREAMS; way++) c->rate[i][way] = r->of[size][way] / cycles;
    }
}

bool caches_measure(Caches *c, const CnnTimed *timed, double flops, CnnError *error) {
    Rates r;
    int64_t most = block_bytes(SIZES - 1);
    float *block = memory_new(most, 1, "a block to go through", error);
    if (!block) return false;
    memset(block, 0, (size_t)most);
    for (int size = 0; size < SIZES; size++)
        for (int way = 0; way < CNN_STREAMS; way++)
            r.of[size][way] = rate_of(timed, way, block, block_bytes(size));
    free(block);
    find_sizes(c, &r);
    find_rates(c, &r, flops / (double)timed->cycle_flops);
    return true;
}

// ---- what is printed

static void print_size(int64_t bytes, FILE *file) {
    bool large = bytes >= 1 << 20 && bytes % (1 << 20) == 0;
    fprintf(file, "%lld%c", (long long)(large ? bytes >> 20 : bytes >> 10), large ? 'M' : 'K');
}

void caches_print(const Caches *c, FILE *file) {
    fprintf(file, "%-10s %10s %14s %9s %9s\n", "cache", "KB", "behind it, read", "written",
            "changed");
    for (int i = 0; i < CACHES; i++)
        fprintf(file, "%-10d %10lld %15.1f %9.1f %9.1f\n", i + 1, (long long)c->bytes[i] >> 10,
                c->rate[i][CNN_READ], c->rate[i][CNN_WRITE], c->rate[i][CNN_CHANGE]);
    fputs("bytes a cycle, on 1 thread. For what is expected here:\n\n    cnnc plan FILE --memory=",
          file);
    for (int i = 0; i < CACHES; i++) {
        if (i) fputc(',', file);
        print_size(c->bytes[i], file);
        for (int way = 0; way < CNN_STREAMS; way++) fprintf(file, ":%.3g", c->rate[i][way]);
    }
    fputc('\n', file);
}

bool caches_json(const Caches *c, json_t *array) {
    bool ok = true;
    for (int i = 0; i < CACHES; i++) {
        const double *rate = c->rate[i];
        json_t *one =
            json_pack("{s:I, s:f, s:f, s:f}", "bytes", (json_int_t)c->bytes[i], "read",
                      rate[CNN_READ], "written", rate[CNN_WRITE], "changed", rate[CNN_CHANGE]);
        ok = json_array_append_new(array, one) == 0 && ok;
    }
    return ok;
}
