// SPDX-License-Identifier: MIT
// The family of panels: products of many samples with a matrix of weights that is larger than the caches.
#ifndef CNNC_PANELS_H
#define CNNC_PANELS_H
#include "plan/plan.h"

extern const Family family_panels;
extern const Variant row_panels, row_panels_dw;
void panels_select(Plan *p);
void emit_panels(Builder *ir, const Plan *p, const Kernel *k);
void emit_panels_dw(Builder *ir, const Plan *p, const Kernel *k);

typedef struct Panel { // what a piece of the weights is copied to, and what goes over it
    int64_t rows; // samples of a register tile
    int vectors; // of columns
    int64_t depth; // of the sum at a time
    int64_t samples, strip; // of a block, of which columns are computed together
} Panel;
Panel panels_of(const Target *t);
int64_t
panel_unit(const Panel *q); // rows of a gradient that are a multiple of a tile's, and of lines

#endif
