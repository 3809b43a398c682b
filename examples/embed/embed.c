// SPDX-License-Identifier: 0BSD
// The least a C program needs to run a model.
//     cnnc emit mnist_convnet.cnn -w W.safetensors --prefix=mnist --as=obj -o mnist.o
//     cnnc emit mnist_convnet.cnn --prefix=mnist --as=header -o mnist.h
//     cc embed.c mnist.o -o embed && ./embed
#include "mnist.h"
#include <stdio.h>

static float image[MNIST_INPUT_SIZE]; // black; bytes of a picture would be divided by 255
static float probability[MNIST_OUTPUT_SIZE];
static _Alignas(64) char workspace[MNIST_WORKSPACE_BYTES];

int main(void) {
    mnist_predict(image, probability, workspace);
    for (int k = 0; k < MNIST_OUTPUT_SIZE; k++) printf("%d %.6f\n", k, (double)probability[k]);
    return 0;
}
