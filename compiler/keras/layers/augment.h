// SPDX-License-Identifier: MIT
// What the layers have in common that vary images in training, each sample by random numbers of its own, and
// leave them alone at inference.
#ifndef CNNC_AUGMENT_H
#define CNNC_AUGMENT_H
#include "keras/layers/layer.h"
#include "step/step.h"

typedef struct Augment { // how an image is read at other places
    int fill, interpolation; // WarpFill; I_NEAREST or I_LINEAR
    double value; // outside, with FILL_CONSTANT
    int64_t seed;
} Augment;

extern const char *const fill_modes[], *const interpolations[];
// at(field): of an Augment in the struct. In Keras's order, behind what is the layer's own.
#define ARGS_AUGMENT(at)                                                                           \
    {"fill_mode", ARG_CHOICE, at(fill), .standard = "\"reflect\"", .choices = fill_modes},         \
        {"interpolation", ARG_CHOICE, at(interpolation), .standard = "\"bilinear\"",               \
         .choices = interpolations},                                                               \
        ARG_OWN_SEED(at(seed)), {"fill_value", ARG_FLOAT, at(value), .standard = "0.0"},           \
        ARG_DATA_FORMAT

bool augment_numbers(const Shape *image); // its values can be numbered
// Reports an image with more values than that.
bool augment_fits(Arena *a, Diag *d, const Layer *l, const Shape *image);
bool augment_shape(Arena *a, Diag *d, Layer *l); // the shape rule: an image, and the same one out
// Number k that a node reads, in (-1, 1), as one between the two.
Expr *augment_between(Arena *a, int k, const double between[2]);
// A tensor with a number a sample, of one with one.
int augment_number(Step *s, int u, const char *name, Expr *e);
// Likewise the cosine of so many turns, -1.5 to 1.5.
int augment_cosine(Step *s, int u, const char *name, Expr *turns);
// The image at the places of a map that reads numbers, as step_warp().
int augment_view(Step *s, int x, const int *number, int n, Expr *const map[WARP_EXPRS],
                 const Augment *how);
// "-10 % to 20 %", in percent of `whole`
const char *augment_text(Arena *a, const double between[2], double whole, const char *unit);
#endif
