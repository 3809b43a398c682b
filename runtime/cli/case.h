// SPDX-License-Identifier: 0BSD
// A stored case, and the kinds of results that it can have. Each is a row of a table: when it can be had,
// where from, how its error is measured.
#ifndef CNN_CASE_H
#define CNN_CASE_H
#include "runtime.h"
#include "io/safetensors.h"
#include "io/text.h"

typedef enum When { AFTER_PREDICT, AFTER_ONE, AFTER_THREE } When;

typedef struct Kind Kind;
typedef struct Result {
    const Kind *kind;
    const StTensor *stored;
    int64_t weight; // index, of grad/ and step3/
    float *value; // what was computed; NULL: it is nowhere to be had
    double error, divisor, tolerance;
    const char *left_out; // why, or NULL
} Result;

typedef struct Case {
    const CnnModel *model;
    const char *path;
    Safetensors file;
    int64_t n;
    float *x, *start; // start: the weights of the case
    void *y;
    float *counts; // what each sample counts, or NULL: 1
    int64_t nresult;
    Result *result;
    double largest_gradient;
    char shown[TEXT_NAME]; // a name from the file, for a message
    Engine engine;
    CnnError *error;
} Case;

struct Kind {
    const char *key; // the whole name, or up to LAYER/VARIABLE
    bool per_weight, outputs,
        gradient; // outputs: a tensor of them; gradient: of a weight that has one
    When when;
    void (*fetch)(const Case *c, const double *sums, Result *r);
    void (*measure)(const Case *c, Result *r);
    double tolerance;
};
extern const Kind case_kinds[]; // ended by a NULL key

double largest_of(const StTensor *t); // by magnitude
const StTensor *case_find(const Case *c, const char *prefix, const char *name); // or NULL
#endif
