// SPDX-License-Identifier: MIT
// CIFAR-10 and CIFAR-100: pictures of 32 x 32 in three colours, labels in a column. Those of CIFAR-100 have a
// fine class and the coarse one that it belongs to.
#include "keras/datasets/dataset.h"
#include "../runtime/data/dataset.h"

const DatasetClass dataset_cifar10 = {
    .name = "cifar10",
    .rows = {50000, 10000},
    .rank = 3,
    .dim = {32, 32, 3},
    .label_rank = 1,
    .nmode = 1,
    .mode = {{.classes = 10, DATASET_RUNTIME(data_cifar10)}},
};

const DatasetClass dataset_cifar100 = {
    .name = "cifar100",
    .rows = {50000, 10000},
    .rank = 3,
    .dim = {32, 32, 3},
    .label_rank = 1,
    .nmode = 2,
    .mode = {{.name = "fine", .classes = 100, DATASET_RUNTIME(data_cifar100)},
             {.name = "coarse", .classes = 20, DATASET_RUNTIME(data_cifar100_coarse)}},
};
