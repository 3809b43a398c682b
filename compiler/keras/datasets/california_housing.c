// SPDX-License-Identifier: MIT
// Houses in California: eight numbers each, and a price. Known in shape only.
#include "keras/datasets/dataset.h"

const DatasetClass dataset_california_housing = {
    .name = "california_housing",
    .path = true,
    .rows = {16512, 4128},
    .rank = 1,
    .dim = {8},
    .nmode = 1,
};
