// SPDX-License-Identifier: 0BSD
// Tensors to be saved, of a model's weights and of what a training knows beside them.
#ifndef CNN_TENSORS_H
#define CNN_TENSORS_H
#include "io/safetensors.h"
#include "runtime.h"

#define CHECKPOINT_PREFIX                                                                          \
    "training/" // of the names that weights_load() passes over, as it does optimizer/
enum { TENSOR_PREFIX = 64 };

typedef struct TensorList {
    StTensor *tensor; // names from malloc; data is whoever's who added it
    int64_t n, room;
    bool failed; // memory was out
} TensorList;
void tensors_add(TensorList *list, const char *prefix, const StTensor *tensor);
void tensors_add_weights(TensorList *list, const char *prefix, const CnnModel *model,
                         const float *params);
void tensors_add_optimizer(TensorList *list, const CnnModel *model, const float *opt);
const char *tensors_slot(char prefix[TENSOR_PREFIX], int64_t slot); // that of an optimiser's state
// Writes them, with metadata on the engine's model, and frees the list in any case.
bool tensors_save(TensorList *list, const Engine *engine, const char *format, const OutFile *out,
                  CnnError *error);
// The model's weights, of an open file, under names with the prefix.
bool weights_copy(const CnnModel *model, const Safetensors *file, const char *prefix, float *params,
                  CnnError *error);
#endif
