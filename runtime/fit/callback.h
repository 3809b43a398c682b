// SPDX-License-Identifier: 0BSD
// What acts on a training at the end of its epochs. A model's descriptor points at the classes it uses, so
// that a program holds no other. One that is started allocates all that it needs.
#ifndef CNN_CALLBACK_H
#define CNN_CALLBACK_H
#include "runtime.h"

struct CnnCallbackClass {
    // The callback at work, freed with free(); NULL: *error says why not.
    void *(*start)(const CnnModel *model, const double *setting, CnnError *error);
    // After validation and the log's row. Setting *stop ends the training.
    void (*epoch_end)(void *self, Engine *engine, const Epoch *epoch, bool *stop);
    void (*train_end)(void *self, Engine *engine); // unless a signal or an error ended it
};
#endif
