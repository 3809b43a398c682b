// SPDX-License-Identifier: MIT
// What a data set's file says, and all it says: the shapes that load_data() gives, and which data set of the
// runtime reads it.
#ifndef CNNC_DATASET_H
#define CNNC_DATASET_H
#include "../runtime/abi.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct DatasetMode DatasetMode;
struct DatasetMode { // labels of one kind
    const char *name; // as label_mode says it; NULL: the data set has one kind
    int classes; // 0: targets that are no classes
    const int *count[2]; // samples of each, by half; NULL: as many of each
    // DATASET_RUNTIME(the runtime's CnnDataset), which is there; NULL: its files are not read yet
    const char *symbol;
    const CnnDataset *runtime;
};

typedef struct DatasetClass {
    const char *name; // of the module in keras.datasets
    int64_t rows[2]; // of the training and of the test half
    int rank; // of a sample
    int64_t dim[3];
    int label_rank; // 1 where labels are a column
    bool path; // load_data takes one
    const char *npz; // the file of x and y that Keras keeps, of which it draws the halves; or NULL
    int nmode;
    DatasetMode mode[2]; // the first one is the default
} DatasetClass;
#define DATASET_RUNTIME(name) .symbol = #name, .runtime = &name

extern const DatasetClass *const dataset_classes[]; // NULL-terminated, from datasets.def
const DatasetClass *dataset_find(const char *name); // or NULL
#endif
