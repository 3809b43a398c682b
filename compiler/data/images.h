// SPDX-License-Identifier: MIT
// What flows of images are asked for, whatever says which images they are: the arguments that they share.
#ifndef CNNC_IMAGES_H
#define CNNC_IMAGES_H
#include "data/generator.h"

typedef struct Listing {
    const char *name; // as the script has it
    int64_t height, width, channels;
    int method; // FOLDER_NEAREST and its like
    bool classes;
    double from, to; // shares of each class's files
    int nclass;
    const char **class_name;
} Listing;

enum { LABEL_NONE, LABEL_INT, LABEL_BINARY, LABEL_CATEGORICAL, LABEL_INPUT };

// ---- images.c. Arguments that are left out are NULL; false: they say something else.
bool listing_names(Eval *e, const Value *v, Listing *l); // of classes
bool listing_size(const Value *v, Listing *l);
bool listing_channels(const Value *v, Listing *l);
bool word_among(const Value *v, const char *standard, const char *const *words, int *at);
bool flow_batch_read(const Value *v, int64_t *batch);
bool flag_of(const Value *v, bool standard); // what a truth says
bool generator_share(const Generator *g, const Value *v, double *from, double *to); // of a subset
Value labels_as(Eval *e, int mode, const Value *x, const Value *y, int nclass, Loc loc);
Value flow_unknown(Eval *e, const char *what, const Value *batch, Loc loc);
// ---- pictures.c
Value pictures_flow(Eval *e, const Value *self, const Call *call); // flow_from_dataframe
#endif
