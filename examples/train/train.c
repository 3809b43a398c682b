// SPDX-License-Identifier: 0BSD
// Trains a network on MNIST, in C: what `PROGRAM train` does, to the same bits as it on one thread.
//     cnnc emit mnist_convnet.cnn --train --prefix=net --as=obj -o net.o
//     cnnc emit mnist_convnet.cnn --train --prefix=net --as=header -o net.h
//     cc -O2 -I. train.c net.o -o train -lz
//     ./train FOLDER [EPOCHS [SEED]]
// The steps are in net.o. zlib only unpacks the .gz files; memory is static, as on a machine without malloc.
#include "net.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PIXELS = NET_INPUT_SIZE, CLASSES = NET_OUTPUT_SIZE, TRAIN = 60000, TEST = 10000 };

static unsigned char pixel[TRAIN][PIXELS], label[TRAIN];
static float x[NET_BATCH_SIZE][PIXELS], y[NET_BATCH_SIZE][CLASSES];
static uint32_t order[TRAIN];
static _Alignas(64) float params[NET_PARAMS_BYTES / sizeof(float)];
static _Alignas(64) char state[NET_STATE_BYTES], workspace[NET_WORKSPACE_BYTES],
    predict[NET_PREDICT_BYTES];

// Reads what is behind the header of an IDX file, plain or gzipped; returns how many bytes.
static size_t read_idx(const char *folder, const char *name, size_t header, void *to, size_t most) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    gzFile file = gzopen(path, "rb"); // reads plain files too
    if (!file) {
        snprintf(path, sizeof path, "%s/%s.gz", folder, name);
        file = gzopen(path, "rb");
    }
    if (!file || gzseek(file, (z_off_t)header, SEEK_SET) < 0) {
        fprintf(stderr, "train: cannot read %s\n", path);
        exit(1);
    }
    int n = gzread(file, to, (unsigned)most);
    gzclose(file);
    return n > 0 ? (size_t)n : 0;
}

static uint32_t load(const char *folder, const char *half) {
    char name[64];
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", half);
    size_t n = read_idx(folder, name, 16, pixel, sizeof pixel) / PIXELS;
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", half);
    return read_idx(folder, name, 8, label, sizeof label) == n ? (uint32_t)n : 0;
}

static void take(size_t i, uint32_t sample) { // as number i of a batch
    for (int k = 0; k < PIXELS; k++) x[i][k] = (float)pixel[sample][k] / 255.0f;
    for (int k = 0; k < CLASSES; k++) y[i][k] = label[sample] == k;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static void epoch(uint32_t n, uint32_t seed, uint32_t e) {
    net_set_epoch(state, e);
    net_shuffle(order, n, seed, e);
    for (uint32_t first = 0; first < n; first += NET_BATCH_SIZE) {
        size_t samples = smaller(NET_BATCH_SIZE, n - first);
        for (size_t i = 0; i < samples; i++) take(i, order[first + i]);
        net_train_step(&x[0][0], y, samples, params, state, workspace);
    }
    double figure[NET_FIGURES];
    net_figures(state, figure);
    printf("epoch %u: loss %.4f, accuracy %.4f\n", (unsigned)e + 1, figure[0], figure[1]);
}

static double accuracy(uint32_t n) {
    static float p[NET_BATCH_SIZE][CLASSES];
    uint32_t right = 0;
    for (uint32_t first = 0; first < n; first += NET_BATCH_SIZE) {
        size_t samples = smaller(NET_BATCH_SIZE, n - first);
        for (size_t i = 0; i < samples; i++) take(i, first + (uint32_t)i);
        net_predict(&x[0][0], &p[0][0], samples, params, predict);
        for (size_t i = 0; i < samples; i++) {
            int best = 0;
            for (int k = 1; k < CLASSES; k++)
                if (p[i][k] > p[i][best]) best = k;
            right += best == label[first + i];
        }
    }
    return (double)right / n;
}

int main(int argc, char **argv) {
    uint32_t epochs = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
    uint32_t seed = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
    uint32_t n = argc > 1 ? load(argv[1], "train") : 0;
    if (n == 0) {
        fprintf(stderr, "usage: train FOLDER [EPOCHS [SEED]]\n");
        return 2;
    }
    n = (uint32_t)(n * 0.9); // validation_split=0.1
    net_init(params, seed);
    net_start(state, seed);
    for (uint32_t e = 0; e < epochs; e++) epoch(n, seed, e);
    printf("test accuracy %.4f\n", accuracy(load(argv[1], "t10k")));
    FILE *out = fopen("net.params", "wb");
    if (!out || fwrite(params, sizeof params, 1, out) != 1 || fclose(out)) {
        perror("net.params");
        return 3;
    }
    return 0;
}
