// SPDX-License-Identifier: 0BSD
// From arrays that a script describes to samples. A program is linked with data_reader (data/steps.h) if it has
// such.
#ifndef CNN_READER_H
#define CNN_READER_H
#include "runtime.h"

typedef struct Reading Reading; // what it has made so far
typedef struct ReadBy { // how a run reads
    const char *folder; // that --data names, or NULL
    int threads;
    int64_t memory; // bytes: beyond them samples are made ahead of use; -1: 1/4 of what is free
} ReadBy;
struct CnnReader {
    // *reading is NULL before the first call.
    bool (*samples)(Reading **reading, const CnnModel *model, const CnnRows *rows, ReadBy by,
                    Samples *samples, CnnError *error);
    // A row of the source of x, as its steps make a sample of it.
    bool (*given)(Reading **reading, const CnnModel *model, const CnnRows *rows, ReadBy by,
                  const double *raw, float *x, CnnError *error);
    void (*keep)(Kept *kept, const CnnRows *rows, const char *folder); // adds the files of x and y
    void (*close)(Reading *reading);
};
#endif
