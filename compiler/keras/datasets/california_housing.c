// SPDX-License-Identifier: MIT
// Prices of houses in California, with eight numbers each, and in Boston, with thirteen. Keras keeps them in one
// file, from which it draws the halves; where that is not there, they are known in shape alone.
#include "keras/datasets/dataset.h"

const DatasetClass dataset_california_housing = {
    .name = "california_housing",
    .path = true,
    .npz = "california_housing.npz",
    .rows = {16512, 4128},
    .rank = 1,
    .dim = {8},
    .nmode = 1,
};

const DatasetClass dataset_boston_housing = {
    .name = "boston_housing",
    .path = true,
    .npz = "boston_housing.npz",
    .rows = {404, 102},
    .rank = 1,
    .dim = {13},
    .nmode = 1,
};
