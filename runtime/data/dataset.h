// SPDX-License-Identifier: 0BSD
// A data set: images of bytes and a label for each, in files of some form. One const struct says which
// files they are and who reads them; a program is linked with those that it names.
#ifndef CNN_DATASET_H
#define CNN_DATASET_H
#include "runtime.h"

struct CnnDataset {
    const char *name; // of its folder, where the compiler's fetch puts it
    const char *const *file[2]; // of the training and of the test half, ended by NULL
    const char *files; // what to say of them: "the four IDX files"
    // Reads a half into image and label, which it holds to the model.
    bool (*read)(Data *data, int half, const CnnModel *model, CnnError *error);
    int64_t label_bytes, label_at; // of a record of CIFAR: its labels, and which of them counts
};

extern const CnnDataset data_mnist, data_fashion_mnist, data_cifar10, data_cifar100,
    data_cifar100_coarse;

// ---- data.c: what readers share. All report.
// FOLDER/NAME and what follows it, from malloc.
char *data_path(const Data *data, const char *name, const char *end, CnnError *error);
// That none of these files is there.
bool data_missing(const Data *data, const char *names, CnnError *error);
// data->image, whose shape is known, in this file: whether its samples are the model's Input.
bool data_images_fit(const Data *data, const char *name, const CnnModel *model, CnnError *error);
// Whether a label for each image is what the model's loss needs.
bool data_labels_fit(const Data *data, const char *name, const CnnModel *model, CnnError *error);
// Whether these labels are classes of the model. first: the number of the first of them in the file.
bool data_classes_fit(const char *path, const uint8_t *label, int64_t first, int64_t n,
                      const CnnModel *model, CnnError *error);
#endif
