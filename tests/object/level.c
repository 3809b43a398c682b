// SPDX-License-Identifier: MIT
// The first calls of an object, made with --prefix=net, come from two threads at once and get the
// same answer; then every sample's answer is written, and what P_info() says is printed.
//     level X OUT      raw float32 files
#define _POSIX_C_SOURCE 200112L // barriers
#include "net.h"
#include <pthread.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };
static float input[MOST * NET_INPUT_SIZE], output[MOST * NET_OUTPUT_SIZE];
static alignas(64) char workspace[2][NET_WORKSPACE_BYTES];
static float first[2][NET_OUTPUT_SIZE];
static pthread_barrier_t both;

static void *first_call(void *which) {
    int t = *(int *)which;
    pthread_barrier_wait(&both);
    net_predict(input, first[t], workspace[t]);
    return NULL;
}

static void race(void) {
    pthread_t thread[2];
    int which[2] = {0, 1};
    pthread_barrier_init(&both, NULL, 2);
    for (int t = 0; t < 2; t++)
        if (pthread_create(&thread[t], NULL, first_call, &which[t])) exit(1);
    for (int t = 0; t < 2; t++) pthread_join(thread[t], NULL);
    pthread_barrier_destroy(&both);
}

int main(int argc, char **argv) {
    FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL, *out = in ? fopen(argv[2], "wb") : NULL;
    if (!out) return 2;
    size_t n = fread(input, sizeof(float) * NET_INPUT_SIZE, MOST, in);
    race();
    net_predict_batch(input, output, n, workspace[0]);
    for (int t = 0; t < 2; t++)
        if (memcmp(first[t], output, sizeof first[t])) return 1;
    puts(net_info());
    fclose(in);
    return fwrite(output, sizeof(float) * NET_OUTPUT_SIZE, n, out) != n || fclose(out) != 0;
}
