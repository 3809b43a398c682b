// SPDX-License-Identifier: MIT
// MNIST, digits, and Fashion-MNIST, clothes: 28 x 28 bytes, ten classes.
#include "keras/datasets/dataset.h"
#include "../runtime/data/dataset.h"

static const int of_training[] = {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949};
static const int of_tests[] = {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009};

const DatasetClass dataset_mnist = {
    .name = "mnist",
    .path = true,
    .rows = {60000, 10000},
    .rank = 2,
    .dim = {28, 28},
    .nmode = 1,
    .mode = {{.classes = 10, .count = {of_training, of_tests}, DATASET_RUNTIME(data_mnist)}},
};

const DatasetClass dataset_fashion_mnist = {
    .name = "fashion_mnist",
    .rows = {60000, 10000},
    .rank = 2,
    .dim = {28, 28},
    .nmode = 1,
    .mode = {{.classes = 10, DATASET_RUNTIME(data_fashion_mnist)}},
};
