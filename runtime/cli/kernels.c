// SPDX-License-Identifier: 0BSD
// Where the time of a run goes, kernel by kernel. Generated code calls kernels_tick after each; what
// a run spent in each is compared with the runs before, and the least is kept, as of whole runs.
#include "runtime.h"
#include "io/text.h"
#include <float.h>
#include <stdlib.h>
#include <string.h>

void kernels_tick(void *clock, int64_t kernel) {
    Kernels *k = clock;
    double now = clock_seconds();
    if (kernel >= 0) {
        k->run[kernel].us += (now - k->last) * 1e6 - k->tick_us;
        k->run[kernel].calls++;
    }
    k->last = now;
}

// What the clock itself takes, to be left out: the least of several series of ticks.
static double tick_cost(Kernels *k) {
    enum { SERIES = 20, TICKS = 200 };
    double least = DBL_MAX;
    for (int i = 0; i < SERIES; i++) {
        double start = clock_seconds();
        for (int t = 0; t < TICKS; t++) kernels_tick(k, -1);
        double us = (clock_seconds() - start) * 1e6 / TICKS;
        if (us < least) least = us;
    }
    return least;
}

bool kernels_new(Kernels *k, const CnnKernel *kernel, int64_t n, CnnError *error) {
    *k = (Kernels){.kernel = kernel, .n = n, .rest_us = DBL_MAX};
    k->run = memory_new(n, sizeof *k->run, "the kernels' times", error);
    k->best = memory_new(n, sizeof *k->best, "the kernels' times", error);
    if (!k->run || !k->best) return false;
    k->tick_us = tick_cost(k);
    kernels_start(k);
    return true;
}

void kernels_free(Kernels *k) {
    free(k->run);
    free(k->best);
}

void kernels_start(Kernels *k) {
    memset(k->run, 0, (size_t)k->n * sizeof *k->run);
}

void kernels_end(Kernels *k, double us) {
    for (int64_t i = 0; i < k->n; i++) {
        KernelTime *run = &k->run[i];
        if (run->us < 0) run->us = 0; // shorter than the clock can see
        if (!k->best[i].calls || run->us < k->best[i].us) k->best[i] = *run;
        us -= run->us + (double)run->calls * k->tick_us;
    }
    if (us < 0) us = 0;
    if (us < k->rest_us) k->rest_us = us;
}

double kernels_peak(const CnnTimed *timed, double seconds, CnnError *error) {
    enum { ROUNDS = 4096 };
    float *sink = memory_new(timed->peak_floats, sizeof *sink, "the machine's peak", error);
    double best = 0, start = clock_seconds(), now = start;
    for (int i = 0; sink && (i < 10 || now - start < seconds); i++) {
        double before = now;
        timed->peak(sink, ROUNDS);
        now = clock_seconds();
        double gflops = ROUNDS * (double)timed->peak_flops / (now - before) * 1e-9;
        if (gflops > best) best = gflops;
    }
    free(sink);
    return best;
}

// ---- what is printed

typedef struct Row {
    const char *name, *variant, *per;
    double us, share, gflops;
} Row;

static Row row_of(const Kernels *k, int64_t i, double whole) {
    if (i == k->n) return (Row){"between kernels", "", "step", k->rest_us, k->rest_us / whole, 0};
    const CnnKernel *kernel = &k->kernel[i];
    double us = k->best[i].us, n = (double)k->samples;
    double flops = n * kernel->flops_sample + kernel->flops_step;
    return (Row){.name = kernel->name,
                 .variant = kernel->variant,
                 .per = kernel->by_unit ? "step" : "sample",
                 .us = kernel->by_unit ? us : us / n,
                 .share = us / whole,
                 .gflops = us > 0 ? flops / us * 1e-3 : 0};
}

static double whole_of(const Kernels *k) {
    double us = k->rest_us;
    for (int64_t i = 0; i < k->n; i++) us += k->best[i].us;
    return us > 0 ? us : 1;
}

void kernels_print(const Kernels *k, double peak, FILE *file) {
    double whole = whole_of(k);
    fprintf(file, "\n%s\n%-34s %-12s %10s %-9s %7s %9s %8s\n", k->title, "kernel", "variant", "us",
            "of a", "share", "GFLOP/s", "of peak");
    for (int64_t i = 0; i <= k->n; i++) {
        if (i < k->n && !k->best[i].calls) continue; // not in this kind of run
        char name[TEXT_NAME];
        Row r = row_of(k, i, whole);
        text_foreign(name, sizeof name, r.name);
        fprintf(file, "%-34s %-12s %10.3f %-9s %5.1f %%", name, r.variant, r.us, r.per,
                100 * r.share);
        if (r.gflops > 0) fprintf(file, " %9.1f %6.1f %%", r.gflops, 100 * r.gflops / peak);
        fputc('\n', file);
    }
}

static json_t *real_or_null(double value) {
    return value > 0 ? json_real(value) : json_null();
}

bool kernels_json(const Kernels *k, double peak, json_t *array) {
    double whole = whole_of(k);
    bool ok = true;
    for (int64_t i = 0; i <= k->n; i++) {
        Row r = row_of(k, i, whole);
        json_t *object =
            json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:o, s:o}", "run", k->key, "name", r.name,
                      "variant", r.variant, "per", r.per, "us", r.us, "share", r.share, "gflops",
                      real_or_null(r.gflops), "of_peak", real_or_null(r.gflops / peak));
        ok = json_array_append_new(array, object) == 0 && ok;
    }
    return ok;
}
