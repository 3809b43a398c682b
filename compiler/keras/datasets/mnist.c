// SPDX-License-Identifier: MIT
// MNIST, digits, and Fashion-MNIST, clothes: 28 x 28 bytes, ten classes.
#include "keras/datasets/dataset.h"
#include "../runtime/data/dataset.h"

const DatasetClass dataset_mnist = {
    .name = "mnist",
    .path = true,
    .rows = {60000, 10000},
    .rank = 2,
    .dim = {28, 28},
    .nmode = 1,
    .mode = {{.classes = 10, DATASET_RUNTIME(data_mnist)}},
};

const DatasetClass dataset_fashion_mnist = {
    .name = "fashion_mnist",
    .rows = {60000, 10000},
    .rank = 2,
    .dim = {28, 28},
    .nmode = 1,
    .mode = {{.classes = 10, DATASET_RUNTIME(data_fashion_mnist)}},
};
