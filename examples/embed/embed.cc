// SPDX-License-Identifier: 0BSD
// The same in C++, several images at a time.
//     cnnc emit mnist_convnet.cnn -w W.safetensors --prefix=mnist --as=obj -o mnist.o
//     cnnc emit mnist_convnet.cnn --prefix=mnist --as=header -o mnist.h
//     c++ -std=c++11 embed.cc mnist.o -o embed && ./embed
#include "mnist.h"
#include <cstdio>
#include <vector>

class Mnist { // one a thread: calls may run at the same time, each with a workspace of its own
public:
    std::vector<float> operator()(const std::vector<float> &images) {
        const std::size_t n = images.size() / MNIST_INPUT_SIZE;
        std::vector<float> output(n * MNIST_OUTPUT_SIZE);
        mnist_predict_batch(images.data(), output.data(), n, workspace);
        return output;
    }

private:
    alignas(64) char workspace[MNIST_WORKSPACE_BYTES];
};

int main() {
    static Mnist mnist; // static: the workspace may be large for a stack
    const std::vector<float> black(3 * MNIST_INPUT_SIZE), probability = mnist(black);
    for (std::size_t k = 0; k < MNIST_OUTPUT_SIZE; k++)
        std::printf("%zu %.6f\n", k, static_cast<double>(probability[2 * MNIST_OUTPUT_SIZE + k]));
    return 0;
}
