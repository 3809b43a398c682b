// SPDX-License-Identifier: MIT
// Runs an emitted network, made a shared library with --prefix=net, on a batch between pages that
// nobody may touch: first what it is given ends where such a page begins, then it begins where one
// ends. predict must give each sample the bits that predict_batch gave it.
//     object LIBRARY WORKSPACE N OUTPUTS X OUT      bytes, samples, floats a sample; raw float32 files, OUT is written
#define _GNU_SOURCE // MAP_ANONYMOUS
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 65536, LINE = 64 }; // no system has larger pages than PAGE

typedef void Predict(const float *, float *, void *);
typedef void PredictBatch(const float *, float *, size_t, void *);

typedef struct Job {
    Predict *one;
    PredictBatch *batch;
    size_t workspace, n, in, out; // bytes; samples; floats of a sample
    float *x;
} Job;

static void fail(const char *what) {
    fprintf(stderr, "object: %s\n", what);
    exit(1);
}

// Bytes at a multiple of align, hard against a forbidden page behind them, or in front.
static void *guarded(size_t bytes, size_t align, int behind) {
    size_t room = (bytes + PAGE) / PAGE * PAGE;
    char *base =
        mmap(NULL, room + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base, PAGE, PROT_NONE) ||
        mprotect(base + PAGE + room, PAGE, PROT_NONE))
        fail("no memory");
    return base + PAGE + (behind ? (room - bytes) / align * align : 0);
}

static float *run(const Job *job, int behind) {
    void *workspace = guarded(job->workspace, LINE, behind);
    size_t in = job->in * sizeof(float), out = job->out * sizeof(float);
    float *x = guarded(job->n * in, sizeof(float), behind);
    float *y = guarded(job->n * out, sizeof(float), behind), *one = malloc(job->n * out + 1);
    if (!one) fail("no memory");
    memcpy(x, job->x, job->n * in);
    memset(workspace, 0xFF, job->workspace); // what was there before does not matter
    job->batch(x, y, job->n, workspace);
    if (memcmp(x, job->x, job->n * in)) fail("the input was changed");
    memcpy(one, y, job->n * out);
    for (size_t i = 0; i < job->n; i++) {
        memset(workspace, 0xFF, job->workspace);
        job->one(x + i * job->in, y + i * job->out, workspace);
    }
    if (memcmp(one, y, job->n * out)) fail("predict differs from predict_batch");
    free(one);
    return y;
}

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found) fail(dlerror());
    return found;
}

static void *contents(const char *path, size_t *bytes) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) fail(path);
    *bytes = (size_t)ftell(file);
    rewind(file);
    void *block = malloc(*bytes + 1);
    if (!block || fread(block, 1, *bytes, file) != *bytes) fail(path);
    fclose(file);
    return block;
}

int main(int argc, char **argv) {
    if (argc != 7) return fprintf(stderr, "usage: object LIBRARY WORKSPACE N OUTPUTS X OUT\n"), 2;
    void *library = dlopen(argv[1], RTLD_NOW);
    if (!library) fail(dlerror());
    Job job = {.workspace = strtoul(argv[2], NULL, 10),
               .n = strtoul(argv[3], NULL, 10),
               .out = strtoul(argv[4], NULL, 10)};
    *(void **)&job.one = symbol(library, "net_predict");
    *(void **)&job.batch = symbol(library, "net_predict_batch");
    size_t bytes;
    job.x = contents(argv[5], &bytes);
    job.in = bytes / sizeof(float) / job.n;
    float *behind = run(&job, 1), *before = run(&job, 0);
    if (memcmp(behind, before, job.n * job.out * sizeof(float))) fail("it depends on addresses");
    FILE *file = fopen(argv[6], "wb");
    if (!file || fwrite(behind, sizeof(float), job.n * job.out, file) != job.n * job.out ||
        fclose(file))
        fail(argv[6]);
    free(job.x);
    return 0;
}
