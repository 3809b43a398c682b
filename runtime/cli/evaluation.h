// SPDX-License-Identifier: 0BSD
// What a model does on samples whose answers are known: loss and metrics; of a classifier which classes it takes for
// which, and the mistakes that it is surest of; of other models how far each output is from its target.
#ifndef CNN_EVALUATION_H
#define CNN_EVALUATION_H
#include "runtime.h"

enum { WORST = 10 }; // samples that are named

typedef struct
    Miss { // of a class: said with this probability; of numbers: the error at this output
    int64_t sample, said, right; // classes; of numbers said is the output's number
    double size, output, target;
} Miss;

typedef struct Deviation { // of an output from its target, over all samples
    double target, output; // sums, and below of squares and absolute values
    double target2, error2, error1;
} Deviation;

typedef struct Evaluation {
    const CnnModel *model;
    const Samples *samples;
    double *means; // [1 + nmetric]
    int64_t classes; // or 0, then
    int64_t *confusion; // [classes, classes]: true, said; NULL: there are none, or too many
    int64_t outputs; // or 0, if too many or not known
    Deviation *deviation; // [outputs]
    Miss worst[WORST]; // the worst first
    int64_t nworst;
} Evaluation;

// Evaluates engine's weights on the samples, which stay the caller's.
bool evaluation_make(Evaluation *e, Engine *engine, const Samples *samples, CnnError *error);
void evaluation_free(Evaluation *e);
void evaluation_print(const Evaluation *e, FILE *file);
void evaluation_json(const Evaluation *e, FILE *file);

// What a classifier's output gives this class: the output itself, or of logits what softmax or sigmoid makes of it.
double evaluation_share(const CnnModel *model, const float *output, int64_t class);

// Of one class; NAN where there is nothing to divide by.
typedef struct ClassFigures {
    int64_t samples;
    double precision, recall;
} ClassFigures;
ClassFigures evaluation_class(const Evaluation *e, int64_t class);
#endif
