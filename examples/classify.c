// SPDX-License-Identifier: 0BSD
// Reads test images of MNIST, draws them as text, and says what the model takes them for.
//     cnnc emit mnist_convnet.cnn -w W.safetensors --prefix=mnist --as=obj -o mnist.o
//     cnnc emit mnist_convnet.cnn --prefix=mnist --as=header -o mnist.h
//     cc -O2 -I. classify.c mnist.o -o classify -lz
//     ./classify FOLDER [FIRST [COUNT]]
// The model is in mnist.o, weights and all. zlib only unpacks the .gz files.
#include "mnist.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { SIDE = 28, CLASSES = MNIST_OUTPUT_SIZE };

static float input[MNIST_INPUT_SIZE], output[MNIST_OUTPUT_SIZE];
static _Alignas(64) char workspace[MNIST_WORKSPACE_BYTES];

// Opens an IDX file of the folder, plain or gzipped, and skips to an item of `size` bytes.
static gzFile open_at(const char *folder, const char *name, long header, long size, long item) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    gzFile file = gzopen(path, "rb"); // reads plain files too
    if (!file) {
        snprintf(path, sizeof path, "%s/%s.gz", folder, name);
        file = gzopen(path, "rb");
    }
    if (file && gzseek(file, header + size * item, SEEK_SET) >= 0) return file;
    fprintf(stderr, "classify: cannot read %s\n", path);
    exit(1);
}

static void draw(const unsigned char image[SIDE][SIDE]) {
    static const char shade[] = " .:-=+*#%@";
    for (int y = 0; y < SIDE; y += 2) { // letters are twice as high as wide
        for (int x = 0; x < SIDE; x++)
            putchar(shade[(image[y][x] + image[y + 1][x]) * (int)(sizeof shade - 2) / 510]);
        putchar('\n');
    }
}

static void print_likely(int label) {
    int best = 0;
    for (int k = 1; k < CLASSES; k++)
        if (output[k] > output[best]) best = k;
    printf("this is %d (%s):", best, best == label ? "right" : "wrong");
    for (int k = 0; k < CLASSES; k++)
        if (output[k] >= 0.001f) printf("  %d %.1f %%", k, 100 * (double)output[k]);
    printf("\n\n");
}

int main(int argc, char **argv) {
    long first = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    long count = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
    if (argc < 2 || first < 0) {
        fprintf(stderr, "usage: classify FOLDER [FIRST [COUNT]]\n");
        return 2;
    }
    gzFile images = open_at(argv[1], "t10k-images-idx3-ubyte", 16, SIDE * SIDE, first);
    gzFile labels = open_at(argv[1], "t10k-labels-idx1-ubyte", 8, 1, first);
    for (long i = 0; i < count; i++) {
        unsigned char image[SIDE][SIDE];
        int label = gzgetc(labels);
        if (gzread(images, image, sizeof image) != sizeof image || label < 0) {
            fprintf(stderr, "classify: there is no image %ld\n", first + i);
            return 1;
        }
        for (int p = 0; p < SIDE * SIDE; p++) input[p] = (float)image[p / SIDE][p % SIDE] / 255;
        mnist_predict(input, output, workspace);
        draw(image);
        print_likely(label);
    }
    gzclose(images);
    gzclose(labels);
    return 0;
}
