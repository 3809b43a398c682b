// SPDX-License-Identifier: 0BSD
// A network that learns while it is used, in C++: it sees each digit once, says what it takes it for, is told what it
// was, and makes a step of a batch of those it has seen last.
//     c++ -O2 -std=c++17 -I. train.cc net.o -o learn
//     ./learn FOLDER      FOLDER: with plain train-images-idx3-ubyte and train-labels-idx1-ubyte
#include "net.h"
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

class Network { // with all that its training needs
public:
    explicit Network(uint32_t seed) {
        net_init(params, seed);
        net_start(state, seed);
    }
    int classify(const float *image) {
        float p[NET_OUTPUT_SIZE];
        net_predict(image, p, 1, params, predict);
        return static_cast<int>(std::max_element(p, p + NET_OUTPUT_SIZE) - p);
    }
    double learn(const std::vector<float> &x, const std::vector<float> &y) {
        return net_train_step(x.data(), y.data(), y.size() / NET_OUTPUT_SIZE, params, state,
                              workspace);
    }

private:
    alignas(64) float params[NET_PARAMS_BYTES / sizeof(float)];
    alignas(64) char state[NET_STATE_BYTES];
    alignas(64) char workspace[NET_WORKSPACE_BYTES] = {}; // zeros before the first step
    alignas(64) char predict[NET_PREDICT_BYTES];
};

static std::vector<unsigned char> read(const std::string &path, std::size_t header) {
    std::ifstream file(path, std::ios::binary);
    std::vector<unsigned char> all((std::istreambuf_iterator<char>(file)), {});
    if (all.size() <= header) {
        std::fprintf(stderr, "learn: cannot read %s\n", path.c_str());
        std::exit(1);
    }
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(header));
    return all;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: learn FOLDER\n");
        return 2;
    }
    std::string folder = argv[1];
    auto pixels = read(folder + "/train-images-idx3-ubyte", 16);
    auto labels = read(folder + "/train-labels-idx1-ubyte", 8);
    auto network = std::make_unique<Network>(0);
    std::vector<float> x, y;
    int right = 0, seen = 0;
    for (std::size_t i = 0; i < labels.size(); i++) {
        std::vector<float> image(NET_INPUT_SIZE), one(NET_OUTPUT_SIZE);
        for (std::size_t k = 0; k < image.size(); k++)
            image[k] = static_cast<float>(pixels[i * NET_INPUT_SIZE + k]) / 255.0f;
        one[labels[i]] = 1;
        right += network->classify(image.data()) == labels[i];
        x.insert(x.end(), image.begin(), image.end());
        y.insert(y.end(), one.begin(), one.end());
        if (++seen % 32 == 0) {
            network->learn(x, y);
            x.clear();
            y.clear();
        }
        if (seen % 500 == 0) {
            std::printf("digits %d to %d: %.1f %% right\n", seen - 499, seen, right / 5.0);
            right = 0;
        }
    }
}
