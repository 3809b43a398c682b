// SPDX-License-Identifier: 0BSD
// What a training has come to, for people and machines, and several of them that differ in their seeds.
#ifndef CNN_RUNS_H
#define CNN_RUNS_H
#include "cli/session.h"
#include "io/digest.h"
#include "io/text.h"

enum { OUTCOME_FIGURES = 256 }; // more than a model has

// Plain memory without pointers, which a process can leave to another.
typedef struct Outcome {
    int64_t n;
    double figure[OUTCOME_FIGURES]; // in the order of outcome_name(); NaN: the run has none
    double seconds; // of the training
    int64_t epochs, samples, seed;
    int64_t memory, peak; // bytes: of the engine; the most that the process has had
    char weights[TEXT_PATH], digest[DIGEST_TEXT]; // where they are saved, "": nowhere; not known
    bool done; // not interrupted, not failed
    CnnError error;
} Outcome;

int64_t outcome_figures(const CnnModel *model);
// "val_accuracy": of the last epoch, of its validation, then of what the file evaluates.
const char *outcome_name(const CnnModel *model, int64_t index, char name[TEXT_NAME]);
bool outcome_data(Session *s); // reads what is evaluated, before the training
bool outcome_evaluate(Session *s, Outcome *o); // and evaluates it, after that
void outcome_take(const Session *s, const Series *series, Outcome *o); // the last epoch's figures
json_t *outcome_json(const Session *s, const Outcome *o);

// program.c: `train`, with the weights saved at path; NULL: nowhere. outcome: to be filled in, or NULL.
bool session_train(Session *s, const char *path, Outcome *outcome);
bool session_runs(Session *s, FILE *json); // train --runs; json: where that goes, or NULL
#endif
