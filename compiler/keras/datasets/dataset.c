// SPDX-License-Identifier: MIT
// The table of data sets, from datasets.def.
#include "keras/datasets/dataset.h"
#include <string.h>

#define DATASET(x) extern const DatasetClass dataset_##x;
#include "keras/datasets/datasets.def"
#undef DATASET

const DatasetClass *const dataset_classes[] = {
#define DATASET(x) &dataset_##x,
#include "keras/datasets/datasets.def"
#undef DATASET
    NULL,
};

const DatasetClass *dataset_find(const char *name) {
    for (const DatasetClass *const *c = dataset_classes; *c; c++)
        if (strcmp((*c)->name, name) == 0) return *c;
    return NULL;
}
