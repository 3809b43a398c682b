// SPDX-License-Identifier: MIT
// A program that links the objects of two models and holds each to what its header promises:
// the golden's answers; predict and predict_batch equal in every bit for any n, at any float
// alignment, whatever the workspace holds; nothing read or written outside its arguments; no more
// stack than stated; no change of floating-point mode; calls from two threads at once.
//     use X1 PREDICT1 X2 PREDICT2      raw float32 files: mnist_convnet's, then mlp's
#define _GNU_SOURCE // MAP_ANONYMOUS
#include "mlp.h"
#include "mnist_convnet.h"
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MOST = 17, PAGE = 65536, STACK = 1 << 20 }; // no system has larger pages than PAGE

typedef struct Model {
    const char *name;
    void (*predict)(const float *, float *, void *);
    void (*batch)(const float *, float *, size_t, void *);
    const char *(*info)(void);
    size_t in, out, workspace, stack, n; // n: samples of the golden
    float *x, *y, *one; // one: outputs of predict, sample by sample
} Model;

static Model models[] = {
    {"mnist_convnet", mnist_convnet_predict, mnist_convnet_predict_batch, mnist_convnet_info,
     MNIST_CONVNET_INPUT_SIZE, MNIST_CONVNET_OUTPUT_SIZE, MNIST_CONVNET_WORKSPACE_BYTES,
     MNIST_CONVNET_STACK_BYTES, 0, NULL, NULL, NULL},
    {"mlp", mlp_predict, mlp_predict_batch, mlp_info, MLP_INPUT_SIZE, MLP_OUTPUT_SIZE,
     MLP_WORKSPACE_BYTES, MLP_STACK_BYTES, 0, NULL, NULL, NULL},
};

static void fail(const Model *m, const char *what) {
    fprintf(stderr, "%s: %s\n", m->name, what);
    exit(1);
}

static float *load(const char *path, size_t *floats) {
    FILE *file = fopen(path, "rb");
    float *value = malloc(1 << 22);
    if (!file || !value) exit((perror(path), 1));
    *floats = fread(value, sizeof *value, (1 << 22) / sizeof *value, file);
    fclose(file);
    return value;
}

// bytes that end just before a page nobody may touch, at a multiple of align.
static char *guarded(size_t bytes, size_t align) {
    size_t room = (bytes + 2 * PAGE - 1) / PAGE * PAGE;
    char *base =
        mmap(NULL, room + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + room, PAGE, PROT_NONE)) exit((perror("mmap"), 1));
    return base + (room - bytes) / align * align;
}

static void one_by_one(Model *m) {
    char *workspace = guarded(m->workspace, 64);
    float *input = (float *)guarded(m->in * sizeof(float), 4);
    float *output = (float *)guarded(m->out * sizeof(float), 4);
    double worst = 0;
    m->one = malloc(m->n * m->out * sizeof(float));
    for (size_t i = 0; i < m->n; i++) {
        memset(workspace, 0xFF, m->workspace);
        memcpy(input, m->x + i * m->in, m->in * sizeof(float));
        m->predict(input, output, workspace);
        memcpy(m->one + i * m->out, output, m->out * sizeof(float));
        if (memcmp(input, m->x + i * m->in, m->in * sizeof(float))) fail(m, "input was changed");
        for (size_t k = 0; k < m->out; k++) {
            double d = fabs((double)output[k] - (double)m->y[i * m->out + k]);
            if (!(d <= worst)) worst = d; // nan too
        }
    }
    printf("%s: largest error %.2e\n", m->name, worst);
    if (!(worst <= 1e-5)) fail(m, "not the golden's answers");
}

// n samples, cycling through the golden's, shifted by `shift` floats from an aligned address.
static void in_batches(Model *m, size_t n, size_t shift) {
    char *workspace = guarded(m->workspace, 64);
    float *input = (float *)guarded((n * m->in + shift) * sizeof(float), 64) + shift;
    float *output = (float *)guarded((n * m->out + shift) * sizeof(float), 64) + shift;
    memset(workspace, 0xFF, m->workspace);
    for (size_t i = 0; i < n; i++)
        memcpy(input + i * m->in, m->x + i % m->n * m->in, m->in * sizeof(float));
    m->batch(input, output, n, workspace);
    for (size_t i = 0; i < n; i++)
        if (memcmp(output + i * m->out, m->one + i % m->n * m->out, m->out * sizeof(float)))
            fail(m, "predict_batch differs from predict");
}

// The workspace's neighbours stay as they are.
static void keeps_inside(Model *m) {
    enum { AROUND = 4096 };
    size_t rounded = (m->workspace + 63) / 64 * 64;
    unsigned char *room = (unsigned char *)guarded(rounded + 2 * AROUND, 64);
    float output[64];
    memset(room, 0xA5, rounded + 2 * AROUND);
    m->predict(m->x, output, room + AROUND);
    for (size_t i = 0; i < AROUND; i++)
        if (room[i] != 0xA5 || room[AROUND + m->workspace + i] != 0xA5)
            fail(m, "wrote outside the workspace");
}

typedef struct Call {
    Model *m;
    char *workspace;
    float output[64];
    int wrong;
} Call;

static void *run_once(void *argument) {
    Call *call = argument;
    if (call->m) call->m->predict(call->m->x, call->output, call->workspace);
    return NULL;
}

// How deep a thread's stack was touched: it is painted before and looked at after.
static size_t depth(Call *call) {
    unsigned char *stack = (unsigned char *)guarded(STACK, PAGE);
    pthread_attr_t attr;
    pthread_t thread;
    size_t clean = 0;
    memset(stack, 0xA5, STACK);
    if (pthread_attr_init(&attr) || pthread_attr_setstack(&attr, stack, STACK) ||
        pthread_create(&thread, &attr, run_once, call) || pthread_join(thread, NULL))
        exit((perror("thread"), 1));
    while (clean < STACK && stack[clean] == 0xA5) clean++;
    return STACK - clean;
}

static void keeps_its_stack(Model *m) {
    Call nothing = {0}, call = {.m = m, .workspace = guarded(m->workspace, 64)};
    size_t least = depth(&nothing), seen = depth(&call);
    size_t own = seen > least ? seen - least : 0;
    printf("%s: %zu bytes of stack, %zu stated\n", m->name, own, m->stack);
    if (own > m->stack + 64) fail(m, "more stack than stated"); // 64: run_once's call itself
}

static void *run_often(void *argument) {
    Call *call = argument;
    for (int k = 0; k < 100 && !call->wrong; k++) {
        size_t i = (size_t)k % call->m->n;
        call->m->predict(call->m->x + i * call->m->in, call->output, call->workspace);
        call->wrong = memcmp(call->output, call->m->one + i * call->m->out,
                             call->m->out * sizeof(float)) != 0;
    }
    return NULL;
}

static void on_two_threads(Model *first, Model *second) {
    Call call[2] = {{.m = first}, {.m = second}};
    pthread_t thread[2];
    for (int t = 0; t < 2; t++) {
        call[t].workspace = guarded(call[t].m->workspace, 64);
        if (pthread_create(&thread[t], NULL, run_often, &call[t])) exit((perror("thread"), 1));
    }
    for (int t = 0; t < 2; t++) pthread_join(thread[t], NULL);
    if (call[0].wrong || call[1].wrong) fail(first, "calls from two threads disturb each other");
}

static void keeps_denormals(Model *m) {
    float output[64];
    volatile float small = 1e-38f, tenth = 0.1f;
    m->predict(m->x, output, guarded(m->workspace, 64));
    if (small * tenth == 0) fail(m, "changed the floating-point mode");
}

int main(int argc, char **argv) {
    static const size_t counts[] = {0, 1, 5, MOST};
    if (argc != 5) return 2;
    for (int k = 0; k < 2; k++) {
        Model *m = &models[k];
        size_t outputs;
        m->x = load(argv[1 + 2 * k], &m->n);
        m->y = load(argv[2 + 2 * k], &outputs);
        m->n /= m->in;
        if (m->n < 1 || m->n * m->out != outputs || m->out > 64) fail(m, "another model's golden");
        keeps_its_stack(m); // of the first call, too
        if (!strstr(m->info(), m->name)) fail(m, "info() does not name it");
        one_by_one(m);
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            for (size_t shift = 0; shift < 16; shift += 5) in_batches(m, counts[i], shift);
        keeps_inside(m);
        keeps_denormals(m);
    }
    on_two_threads(&models[0], &models[0]);
    on_two_threads(&models[0], &models[1]);
    return 0;
}
