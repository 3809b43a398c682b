// SPDX-License-Identifier: MIT
// Times an emitted object, made with --prefix=net: one sample a call, and 128 a call, on one
// thread. Prints microseconds, of a call and of a sample, as one JSON object.
//     object SECONDS      for each of the two; 0: a few calls
#define _POSIX_C_SOURCE 199309L
#include "net.h"
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 128, WARM = 3, LEAST = 5, MOST = 1 << 16 };

static float input[BATCH * NET_INPUT_SIZE], output[BATCH * NET_OUTPUT_SIZE];
static alignas(64) char workspace[NET_WORKSPACE_BYTES + 1]; // + 1: C has no array of none
static double taken[MOST]; // us, of the last calls

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void one(size_t call) {
    net_predict(input + call % BATCH * NET_INPUT_SIZE, output, workspace);
}

static void many(size_t call) {
    (void)call;
    net_predict_batch(input, output, BATCH, workspace);
}

static void measure(void (*run)(size_t), double us, const char *name, int samples) {
    double best = 0, start = now();
    size_t call = 0, n = 0;
    do run(call++);
    while (call < WARM || now() - start < us / 4);
    start = now();
    do {
        double before = now();
        run(call++);
        double each = now() - before;
        if (!n || each < best) best = each;
        taken[n++ % MOST] = each;
    } while (n < LEAST || now() - start < us);
    size_t kept = n < MOST ? n : MOST;
    qsort(taken, kept, sizeof *taken, by_size);
    printf("\"%s_best\": %.4f, \"%s_median\": %.4f", name, best / samples, name,
           taken[kept / 2] / samples);
}

int main(int argc, char **argv) {
    double us = argc > 1 ? 1e6 * atof(argv[1]) : 1e6;
    uint32_t state = 1;
    for (size_t i = 0; i < BATCH * NET_INPUT_SIZE; i++) {
        state = state * 1664525u + 1013904223u;
        input[i] = (float)(state >> 24) / 255.0f;
    }
    printf("{");
    measure(one, us, "infer1_us", 1);
    printf(", ");
    measure(many, us, "infer_batch_us_sample", BATCH);
    printf("}\n");
    return 0;
}
