// SPDX-License-Identifier: MIT
// What Keras's layers, losses and optimisers mean, in plain C and double, from the checked Model alone: no
// Step, no plan, no kernel. Nothing is fast here; a function is to be held against Keras's documentation.
//
// A layer is one to three stages, each one short function that runs twice. Forward it fills y from x and
// the weights w; backward it adds to dx and dw what dy makes of them. Sums of products are written once
// for both: term() says that x[i] w[j] c is part of y[k].
#ifndef CNNC_TESTS_LAYERS_H
#define CNNC_TESTS_LAYERS_H
#include "model/model.h"
#include "keras/layers/layer.h"
#include "keras/optimizers/optimizer.h"

enum { MAX_STAGES = 3 };

typedef struct Run Run;
typedef struct Here { // a stage at work
    Run *run;
    const Layer *l;
    bool backward;
    int64_t n; // samples
    Shape in, out; // of a sample
    double *x, *dx, *y, *dy; // of all samples
    double *w[MAX_WEIGHTS], *dw[MAX_WEIGHTS];
    void *own; // what a stage hands to its functions
} Here;

typedef struct Meaning {
    const char *name; // of the layer's class
    void (*stage[MAX_STAGES])(Here *h);
    Shape (*between)(
        const Layer *l); // what the first stage makes, where that is not the layer's result
    const char *known; // arguments that have a say, in spaces
} Meaning;
extern const Meaning *const meanings[]; // tables, each ended by a NULL name; ended by NULL
extern const Meaning product_layers[], element_layers[], norm_layers[], augment_layers[],
    resizing_layers[];

struct Run {
    Arena *arena;
    const Model *model;
    int64_t n;
    bool training;
    int step;
    Here *stage; // of all layers, in order
    int nstage, ninput; // ninput: values of x
    double *x, *y; // the batch; y of class numbers too
    double *counts; // what each sample counts in the loss
    bool weighted; // the case says so
    double **weight, **gradient, ***state; // by weight of the model, in its order
    double loss;
    // The least distance, of those that are not 0, at which a kink of a function or a tie of a maximum was passed: how far results
    // are from another branch.
    double margin, least; // a run ends where its margin falls below `least`
};

Run *run_new(Arena *a, const Model *m, int64_t n); // NULL: a layer is not known here, and named
bool run_forward(Run *r, bool training); // false: it came too near to another branch
bool run_backward(Run *r); // with the loss, after a forward for training; false likewise
void run_update(Run *r); // the optimiser's step, and the moving averages
double *run_output(const Run *r);

// --- arguments, by the name that Keras has ---
bool args_have(const Arg *table, const char *name);
double args_number(const Arg *table, const void *args,
                   const char *name); // of any numeric type; NaN: None
const void *args_at(const Arg *table, const void *args, const char *name); // or NULL
// Is an argument there that is not its default and not in `known`? Its name, or NULL.
const char *args_unknown(const Arg *table, const void *args, const char *known);
double layer_number(const Layer *l, const char *name);
double layer_number_or(const Layer *l, const char *name,
                       double otherwise); // where it has no such one
int64_t layer_size(const Layer *l, const char *name, int d); // of one dimension
const char *layer_choice(const Layer *l, const char *name);
int layer_weight_index(const Layer *l, const char *name); // or -1
// Which dimensions of its input an argument names, counted with that of the samples.
void layer_axes_of(const Layer *l, const char *name, bool is[MAX_RANK]);

// --- what stages are written in ---
int64_t count_of(const Shape *s);
void term(Here *h, int64_t y, int64_t x, int w, int64_t j, double c); // x or w below 0: none
void near(Run *r, double distance); // to another branch
typedef double Element(Here *h, double x, double *slope);
void each_element(Here *h, Element *f);
bool passes_on(const Layer *l); // its input as it is, as a dropout of nothing does
bool activation_is(const Layer *l, const char *name);
const char *activation_missing(const Layer *l); // one that is not known here, or NULL
void activate(Here *h); // by the layer's `activation`, softmax included
// Bits [at, at + bits) of a layer's random stream for a sample.
uint32_t drawn(const Run *r, int layer, int64_t sample, int64_t at, int bits);
bool kept(const Run *r, int layer, double rate, int64_t sample, int64_t element); // by dropout
// Of element i: where it is among those that are left when dimensions `without` are.
int64_t place_without(const Shape *s, const bool without[MAX_RANK], int64_t i);

// --- losses and optimisers ---
// The loss of the batch; fills d, its gradient by z.
double loss_of(Run *r, const Shape *shape, const double *z, double *d, bool logits);
bool loss_takes_logits(const Loss *loss);
const char *loss_missing(Arena *a, const Loss *loss); // what of it is not known here, or NULL
const char *optimizer_missing(const Optimizer *o);
const char *rate_missing(const Rate *r);
double rate_at(const Rate *r, double step);
void optimizer_clip(const Optimizer *o, int n, double *const *g,
                    const int64_t *count); // n gradients
enum { STATES = 6 };
// Puts the mean of the gradients that are gathered in the place of g; false: it is not complete yet.
bool optimizer_gather(const Optimizer *o, int step, int64_t count, double *g, double **state);
void optimizer_step(const Optimizer *o, int step, const char *path, const Weight *of, double *w,
                    const double *g, double **state);
void optimizer_follow(const Optimizer *o, int step, int64_t count, double *w, double **state);
void constrain(Arena *a, const Weight *of, double *w);
#endif
