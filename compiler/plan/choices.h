// SPDX-License-Identifier: MIT
// Who carries what, where it was not left to the estimates: `--kernels=NAME` forces one row wherever it
// matches; a file of choices (formats/choices.h) names a row for each layer and pass, and how many
// samples go through together. Every place that chooses a row asks here.
#ifndef CNNC_CHOICES_H
#define CNNC_CHOICES_H
#include "plan/plan.h"

typedef struct Choice { // for the CONTRACT of a layer in one of its passes
    const char *layer;
    Pass pass;
    const Variant *row;
    int tiles[2]; // of a row that cuts its output in tiles; 0: the row's own choice
    double cycles; // set by choice_made: what it was priced at; 0: not known
} Choice;

struct Choices { // of a plan
    int block; // samples together; 0: the plan's own choice
    int n;
    Choice *of;
};

const Choice *plan_choice(const Plan *p, const Node *n); // or NULL
bool plan_allows(const Plan *p, const Node *n, const Variant *row); // may this row carry n?
bool plan_forces(const Plan *p, const Node *n, const Variant *row); // must it, where it matches?
// What plan p does for a layer's pass: false if it has no such CONTRACT.
bool choice_made(const Plan *p, const char *layer, Pass pass, Choice *made);
#endif
