// SPDX-License-Identifier: 0BSD
// The state of a training in a file, and when it is saved. A training that goes on from it gives the bits of
// one that was never interrupted, on any number of threads.
#ifndef CNN_CHECKPOINT_H
#define CNN_CHECKPOINT_H
#include "fit/callback.h"

// ---- checkpoint.c: one file
// What its checkpoints say the training is, from malloc: t->identity, which they need. Takes the time to look at
// all data.
double *checkpoint_identity(Training *t, CnnError *error);
// The checksums of its data: t->train_sum and t->val_sum, if they are not there.
bool checkpoint_data(Training *t, CnnError *error);
bool checkpoint_save(const OutFile *out, const Training *t, CnnError *error);
// Into the engine, the callbacks' states, and what of t is told by it. A file that is damaged, or another
// training's (model, seed, batch size, data), is refused, and the first difference named.
bool checkpoint_load(const char *path, Training *t, CnnError *error);
int64_t checkpoint_bytes(const CnnModel *model); // of such a file, where no callback keeps weights

// ---- checkpoints.c: a place for them
typedef struct Every { // so often; 0: not for that
    int64_t steps, epochs;
    double seconds;
} Every;
// "10s", "2epochs", "100steps", or "2", which are epochs.
bool every_parse(const char *text, Every *every, CnnError *error);

typedef struct Checkpoints {
    OutFile out;
    char *lock_path;
    const char *previous; // where the one before stays, or NULL
    int lock; // descriptor
    Every every;
    int64_t steps, epochs; // since the last one
    double saved_at;
    CnnError error; // why the last one was not
} Checkpoints;
// Finds out whether it can be written to, and locks it against other runs.
bool checkpoints_open(Checkpoints *c, const CnnModel *model, const char *path, const Every *every,
                      const Kept *kept, CnnError *error);
// After a step or an epoch: saves, if it is time. An error is a warning, once.
void checkpoints_settled(Checkpoints *c, const Training *t);
void checkpoints_save(Checkpoints *c, const Training *t);
void checkpoints_close(Checkpoints *c); // {0} is nothing
#endif
