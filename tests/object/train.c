// SPDX-License-Identifier: MIT
// A program that trains with an object of emit --train, and holds it to what its header promises: nothing read or
// written outside its arguments; no more stack than stated; no change of floating-point mode; steps of no samples or of
// too many change nothing; two trainings at once, each to the bits of one alone.
//     train X Y EPOCHS SEED OUT [whole]     X, Y: raw words of 4 bytes; writes OUT.init and OUT, the weights.
//                                           whole: the samples are not shuffled
#define _GNU_SOURCE // MAP_ANONYMOUS
#include "net.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 65536, STACK = 1 << 21 }; // no system has larger pages than PAGE

typedef struct Training {
    float *params, *x;
    int32_t *y;
    void *state, *workspace, *predict;
    uint32_t *order;
    float output[NET_BATCH_SIZE * NET_OUTPUT_SIZE];
} Training;

static const float *all_x;
static const int32_t *all_y;
static uint32_t samples, epochs, seed;
static int is_shuffled;

static void fail(const char *what) {
    fprintf(stderr, "train: %s\n", what);
    exit(1);
}

static void *load(const char *path, size_t *words) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) exit((perror(path), 1));
    *words = (size_t)ftell(file) / 4;
    rewind(file);
    void *value = malloc(*words * 4);
    if (!value || fread(value, 4, *words, file) != *words) exit((perror(path), 1));
    fclose(file);
    return value;
}

static void save(const char *path, const char *end, const float *params) {
    char name[4096];
    snprintf(name, sizeof name, "%s%s", path, end);
    FILE *file = fopen(name, "wb");
    if (!file || fwrite(params, 1, NET_PARAMS_BYTES, file) != NET_PARAMS_BYTES || fclose(file))
        exit((perror(name), 1));
}

// bytes that end just before a page nobody may touch, or as near as their alignment lets them.
static void *guarded(size_t bytes, size_t align) {
    size_t room = (bytes + 2 * PAGE - 1) / PAGE * PAGE;
    char *base =
        mmap(NULL, room + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + room, PAGE, PROT_NONE)) exit((perror("mmap"), 1));
    return base + (room - bytes) / align * align;
}

static Training *training_new(void) {
    Training *t = guarded(sizeof *t, 64);
    t->params = guarded(NET_PARAMS_BYTES, 64);
    t->state = guarded(NET_STATE_BYTES, 64);
    t->workspace = guarded(NET_WORKSPACE_BYTES, 64);
    t->predict = guarded(NET_PREDICT_BYTES, 64);
    t->x = guarded((size_t)NET_BATCH_SIZE * NET_INPUT_SIZE * 4, 4);
    t->y = guarded((size_t)NET_BATCH_SIZE * NET_LABEL_SIZE * 4, 4);
    t->order = guarded(samples * sizeof *t->order, 4);
    memset(t->params, 0xA5, NET_PARAMS_BYTES);
    memset(t->state, 0xA5, NET_STATE_BYTES);
    memset(t->predict, 0xFF, NET_PREDICT_BYTES);
    net_init(t->params, seed);
    net_start(t->state, seed);
    return t;
}

// The samples from that place of the order on, at the end of their memory; how many.
static size_t gather(Training *t, uint32_t first, const float **x, const int32_t **y) {
    size_t n = samples - first < NET_BATCH_SIZE ? samples - first : NET_BATCH_SIZE;
    *x = t->x + (NET_BATCH_SIZE - n) * NET_INPUT_SIZE;
    *y = t->y + (NET_BATCH_SIZE - n) * NET_LABEL_SIZE;
    for (size_t i = 0; i < n; i++) {
        size_t from = t->order[first + i];
        memcpy((float *)*x + i * NET_INPUT_SIZE, all_x + from * NET_INPUT_SIZE, NET_INPUT_SIZE * 4);
        memcpy((int32_t *)*y + i * NET_LABEL_SIZE, all_y + from * NET_LABEL_SIZE,
               NET_LABEL_SIZE * 4);
    }
    return n;
}

static void *train(void *training) {
    Training *t = training;
    for (uint32_t e = 0; e < epochs; e++) {
        net_set_epoch(t->state, e);
        for (uint32_t i = 0; i < samples; i++) t->order[i] = i;
        if (is_shuffled) net_shuffle(t->order, samples, seed, e);
        for (uint32_t at = 0; at < samples; at += NET_BATCH_SIZE) {
            const float *x;
            const int32_t *y;
            size_t n = gather(t, at, &x, &y);
            if (!isfinite(net_train_step(x, y, n, t->params, t->state, t->workspace)))
                fail("the loss is not finite");
            net_predict(x, t->output, n, t->params, t->predict); // disturbs nothing
        }
    }
    return NULL;
}

static void print_figures(const Training *t) {
    double figure[NET_FIGURES];
    net_figures(t->state, figure);
    for (int i = 0; i < NET_FIGURES; i++) printf("%.17g\n", figure[i]);
}

static void refuses_other_batches(Training *t) {
    static unsigned char params[NET_PARAMS_BYTES], state[NET_STATE_BYTES];
    memcpy(params, t->params, sizeof params);
    memcpy(state, t->state, sizeof state);
    static const size_t counts[] = {0, NET_BATCH_SIZE + 1, (size_t)-1};
    for (int i = 0; i < 3; i++)
        if (!isnan(net_train_step(t->x, t->y, counts[i], t->params, t->state, t->workspace)))
            fail("a step of no samples, or too many, is made");
    if (memcmp(params, t->params, sizeof params) || memcmp(state, t->state, sizeof state))
        fail("a step that is not made changes something");
}

static void keeps_denormals(Training *t) {
    volatile float small = 1e-38f, tenth = 0.1f;
    for (int k = 0; k < 2; k++) {
        if (k == 0) net_train_step(t->x, t->y, 1, t->params, t->state, t->workspace);
        if (k == 1) net_predict(t->x, t->output, 1, t->params, t->predict);
        if (small * tenth == 0) fail("changed the floating-point mode");
    }
}

static void predicts_alike(Training *t) { // one by one as together
    float one[NET_OUTPUT_SIZE];
    size_t n = samples < NET_BATCH_SIZE ? samples : NET_BATCH_SIZE;
    net_predict(all_x, t->output, n, t->params, t->predict);
    for (size_t i = 0; i < n; i++) {
        net_predict(all_x + i * NET_INPUT_SIZE, one, 1, t->params, t->predict);
        if (memcmp(one, t->output + i * NET_OUTPUT_SIZE, sizeof one))
            fail("predictions differ one by one");
    }
}

// ---- the stack: painted before, looked at after

static void *all_calls(void *training) {
    Training *t = training;
    static double figure[NET_FIGURES];
    if (!t) return NULL;
    net_init(t->params, seed);
    net_start(t->state, seed);
    net_shuffle(t->order, samples, seed, 0);
    net_train_step(t->x, t->y, NET_BATCH_SIZE, t->params, t->state, t->workspace);
    net_predict(t->x, t->output, NET_BATCH_SIZE, t->params, t->predict);
    net_figures(t->state, figure);
    return NULL;
}

static size_t depth(Training *t) {
    unsigned char *stack = guarded(STACK, PAGE);
    pthread_attr_t attr;
    pthread_t thread;
    size_t clean = 0;
    memset(stack, 0xA5, STACK);
    if (pthread_attr_init(&attr) || pthread_attr_setstack(&attr, stack, STACK) ||
        pthread_create(&thread, &attr, all_calls, t) || pthread_join(thread, NULL))
        exit((perror("thread"), 1));
    while (clean < STACK && stack[clean] == 0xA5) clean++;
    return STACK - clean;
}

static void keeps_its_stack(Training *t) {
    size_t least = depth(NULL), seen = depth(t), own = seen > least ? seen - least : 0;
    fprintf(stderr, "%zu bytes of stack, %d stated\n", own, NET_STACK_BYTES);
    if (own > NET_STACK_BYTES + 64) fail("more stack than stated"); // 64: all_calls' own
}

int main(int argc, char **argv) {
    size_t words;
    pthread_t thread[2];
    if (argc < 6 || argc > 7) return 2;
    is_shuffled = argc == 6;
    all_x = load(argv[1], &words);
    samples = (uint32_t)(words / NET_INPUT_SIZE);
    all_y = load(argv[2], &words);
    if (samples < 1 || words != (size_t)samples * NET_LABEL_SIZE) fail("other data");
    epochs = (uint32_t)atoi(argv[3]);
    seed = (uint32_t)atoi(argv[4]);
    Training *t[2];
    for (int i = 0; i < 2; i++) t[i] = training_new();
    save(argv[5], ".init", t[0]->params);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&thread[i], NULL, train, t[i])) exit((perror("thread"), 1));
    for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
    if (memcmp(t[0]->params, t[1]->params, NET_PARAMS_BYTES) ||
        memcmp(t[0]->state, t[1]->state, NET_STATE_BYTES))
        fail("trainings on two threads disturb each other");
    print_figures(t[0]);
#ifdef NET_HAS_AVERAGE
    net_finish(t[0]->params, t[0]->state);
#endif
    save(argv[5], "", t[0]->params);
    predicts_alike(t[1]);
    refuses_other_batches(t[1]);
    keeps_denormals(t[1]);
    keeps_its_stack(t[1]);
    return 0;
}
