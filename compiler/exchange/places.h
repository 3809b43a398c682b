// SPDX-License-Identifier: MIT
// Where a Keras 3 weights file has what belongs to a layer. Groups are called by the layer's class in the spelling of
// automatic names, with _1, _2, ... counted in each model, whatever the layers are called: layers/conv2d,
// layers/conv2d_1, layers/sequential/layers/dense, of functional notation layers/functional/layers/dense. A layer's variables are the datasets vars/0, vars/1, ...
#ifndef CNNC_PLACES_H
#define CNNC_PLACES_H
#include "model/model.h"
#include "support/map.h"

typedef struct ModelPlace {
    const Submodel *nest; // NULL: the model itself
    const char *name;
    const char *layers; // where it has its layers: "layers", "layers/sequential/layers"
} ModelPlace;

typedef struct Places {
    const char **layer; // by layer: "layers/sequential/layers/dense"
    int nmodel; // the model and those in it, the outer ones first
    ModelPlace *model;
    Map *known; // all that these are, with their parts -> something
} Places;

Places places_of(Arena *a, const Model *m, const char *root); // root: "layers"
#endif
