// SPDX-License-Identifier: MIT
// ImageDataGenerator: what it does to images, in training at random and to all of them alike.
#ifndef CNNC_GENERATOR_H
#define CNNC_GENERATOR_H
#include "keras/image_change.h"
#include "data/data.h"

struct Generator {
    double rescale, split; // 0: none
    ImageChange change; // in units of the images as they are
    bool of_samples[2], of_features[2]; // centred, and divided by the deviation
    Value function; // of an image, before rescale; or None
    bool fitted;
    Value mean, deviation; // of the features; NONE without fit
    const char *lacks; // what it does that is not compiled, or NULL
};

// The batches of x, with y or None, and what the generator does to them.
Value generator_flow(Eval *e, const Generator *g, const Value *x, const Value *y, Batches flow,
                     Loc loc);
// What the function of a preprocessing_function makes of all images, which it is given one by one. factor and offset: a
// value v becomes factor * v + offset. *lacks: why it cannot be done here, or NULL.
typedef struct Preprocessed {
    Value x;
    bool affine, each; // it is so; each value by the same numbers
    double factor, offset;
    const char *lacks;
} Preprocessed;
Preprocessed preprocess(Eval *e, const Value *function, const Value *x, Loc loc);
Value generator_fit(Eval *e, const Value *self, const Call *call);
Value generator_make(Eval *e, const Call *call);
#endif
