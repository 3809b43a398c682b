// SPDX-License-Identifier: MIT
// The model: what a .cnn file says once names, types and arguments are resolved. The layers with
// their shapes, weights and edges are the graph (of a Sequential model a chain); beside it stand
// the training settings and the file's statements.
//
// Shapes are Keras's without the batch dimension N: an image is [H, W, C], a vector [K].
#ifndef CNNC_MODEL_H
#define CNNC_MODEL_H
#include "support/arena.h"
#include "support/diag.h"
#include <stdbool.h>
#include <stdint.h>

enum { MAX_RANK = 5, MAX_WEIGHTS = 8, MAX_METRICS = 8 };

typedef struct Shape {
    int rank;
    int64_t dim[MAX_RANK];
} Shape;

int64_t shape_count(const Shape *s); // product; 1 for rank 0; INT64_MAX stands for all above it
const char *shape_text(Arena *a, const Shape *s); // "(None, 26, 26, 32)"
// Reports and returns false where a tensor of this shape, `what`, is larger than any may be.
bool shape_within(Arena *a, Diag *d, Loc loc, const char *what, const Shape *s);

// How a weight starts. Random kinds draw from their own counter-based stream.
typedef enum {
    INIT_CONSTANT, // a
    INIT_UNIFORM, // [a, b)
    INIT_NORMAL, // mean a, deviation b
    INIT_TRUNCATED_NORMAL, // likewise; within two deviations
    INIT_ORTHOGONAL, // rows or columns orthogonal and a long
    INIT_IDENTITY, // a on the diagonal
} InitKind;
typedef struct Init {
    InitKind kind;
    double a, b;
    int64_t seed; // of a stream of its own; -1: the program's seed and the weight's place choose it
} Init;

typedef struct InitializerClass InitializerClass;
typedef struct Initializer {
    const InitializerClass *cls; // keras/initializers
    const void *args; // the class's own struct
    Loc loc;
} Initializer;

// Of a regulariser: the loss grows by l1 sum |w| + l2 sum w^2, or by what follows.
typedef struct Penalty {
    double l1, l2; // both 0, and pairs: there is none
    double pairs; // times the mean of |u v| over pairs of a matrix's rows, each made of length 1,
    bool columns; // or columns
} Penalty;

typedef struct Axes { // dimensions by their numbers; negative ones count from the last
    int n;
    int64_t axis[MAX_RANK];
} Axes;
// Which of a tensor's dimensions these are. Reports and returns false where it has no such one.
bool axes_resolve(Diag *d, Loc loc, const Axes *axes, int rank, bool is[MAX_RANK]);

typedef struct ConstraintClass ConstraintClass;
typedef struct Constraint {
    const ConstraintClass *cls; // keras/constraints; NULL where there is none
    const void *args; // the class's own struct
    Loc loc;
} Constraint;

typedef struct WeightArgs { // what a layer's arguments say of one of its weights
    Initializer init;
    Penalty penalty;
    Constraint constraint;
} WeightArgs;

typedef struct Weight {
    const char *name; // "kernel", "bias"
    Shape shape; // Keras's: kernels [KH, KW, CI, CO], dense [in, out]
    WeightArgs args;
    Init init; // as args.init says for this shape
    bool norm_over[MAX_RANK]; // dimensions that a norm of args.constraint is over
    bool variable; // no statistic: it is trained, but where its layer is not
    bool trainable;
} Weight;
bool weight_penalised(const Weight *w); // is it trained, and does a regulariser act on it?

typedef struct LayerClass LayerClass;
typedef struct Layer Layer;
typedef struct Edge { // of the model's graph
    const Layer *layer; // NULL: the model's Input
    Loc loc;
} Edge;
typedef struct Submodel Submodel;
struct Submodel { // a model within the model: it is one row of the summary
    const char *name;
    const char *input_name; // as the model's
    Loc loc;
    bool frozen; // so is a model that it is in
    const Submodel *outer; // which that is, or NULL
};
// The model directly within `in`, or NULL for the whole, in which the layer is; NULL: it is in none.
const Submodel *submodel_of(const Layer *l, const Submodel *in);
typedef struct Given { // what an Input within the model says
    Shape shape;
    Loc loc;
} Given;
struct Layer {
    const LayerClass *cls;
    const void *args; // the class's own struct, filled by the binder from cls->args
    const Loc *arg_loc; // by index in cls->args; line 0 where the default stands
    const char *name; // "conv2d_1"; within a nested model "sequential/conv2d_1"
    const Submodel *nest; // the innermost of those it is in, or NULL
    const Given *given; // of the first layer of such a one, or NULL
    bool frozen; // so is a model that it is in
    bool trainable; // else its weights are not, and BatchNormalization uses its averages
    Loc loc; // the whole call
    int ninput; // edges that end here
    Edge *from; // where each begins
    Shape *in; // and the shape it carries
    Shape out;
    int nweight;
    Weight *weight;
};

typedef struct LossClass LossClass;
typedef struct Loss {
    const LossClass *cls; // keras/losses; NULL where there is none
    const void *args; // the class's own struct
    bool from_logits;
    bool of_samples; // a row of its mathematics is a whole sample
    int64_t nsum; // or it is the batch: numbers that this adds up over all samples; else 0
    Loc loc;
} Loss;

typedef struct OptimizerClass OptimizerClass;
typedef struct Optimizer {
    const OptimizerClass *cls; // NULL without compile()
    const void *args; // the class's own struct, filled by the binder
    Loc loc;
} Optimizer;

typedef struct MetricClass MetricClass;
typedef struct Metric {
    const MetricClass *cls; // keras/metrics
    const void *args; // the class's own struct
    const char *name; // as Keras prints it: "accuracy"
    bool weighted; // of weighted_metrics: samples count as their weights say; their sum is the last
    int64_t nsum; // numbers that it adds up over all samples
    int64_t figures; // that it makes of them
} Metric;

typedef struct DatasetMode DatasetMode;
typedef struct Array Array;
typedef struct ImageChange ImageChange;
typedef struct DataRows { // of a data set
    const DatasetMode *source; // NULL: the data set that the program is given
    int half; // 0 training, 1 test
    int64_t first, count; // count 0: all
    const float *table; // what each byte stands for; NULL: byte / 255
    const float *counts; // what a sample counts, by its label's byte, or NULL
    const char *described; // for people, or NULL
    const Array *x, *y; // where they are no plain rows of a data set, or NULL
    const Array *w; // then what each sample counts; this and counts NULL: 1
    int64_t batch; // samples that are evaluated together; 0: as many as are trained
    const ImageChange *change; // at random, of those that are trained, or NULL
} DataRows;

typedef struct ClassWeight { // what a sample of the class counts in the loss of the training
    int64_t of;
    double weight;
} ClassWeight;

typedef struct CallbackClass CallbackClass;
typedef struct Callback { // of fit
    const CallbackClass *cls;
    const void *args; // the class's own struct, filled by the binder
    int nsetting, ntext; // what the runtime's class reads
    double *setting;
    const char **text;
    bool reads_rate; // it was computed from the learning rate before
} Callback;

typedef struct Fit {
    DataRows train, validation;
    int64_t batch_size, epochs, initial_epoch;
    int64_t steps_per_epoch; // 0: all batches
    double validation_split;
    bool validation_data; // (x_test, y_test)
    bool shuffle;
    int64_t validation_every; // epochs; 0: at those of the list
    int nvalidation_at;
    int64_t *validation_at; // from 1
    int64_t validation_samples; // at most; 0: all
    bool all_epochs; // the script goes through them: neither more nor fewer may be trained
    int nclass_weight; // classes that have one; the others count 1
    ClassWeight *class_weight;
    int verbose; // 0 silent, 1 bar, 2 one line an epoch; 1 also for "auto"; 3 says the epoch alone
    int ncallback;
    Callback *callback;
    Optimizer optimizer;
    bool anew; // compile stands between the fit before and this one: the optimiser starts anew
    Loc loc;
} Fit;

typedef struct PrintTerm { // of a number that the program computes, in postfix order
    int op; // runtime/later.def
    double number; // of SCORE 0 for the loss, then the metrics in order; of a series its place
    int of; // SCORE: which evaluation, from 1; a series: which fit
    const Array *array; // VALUE: that has it alone
} PrintTerm;
typedef struct PrintItem { // a part of what print prints
    enum { PRINT_TEXT, PRINT_NUMBER, PRINT_ARRAY } kind;
    bool joined; // follows the item before it without a blank
    const char *text; // TEXT: as Python prints the value; NUMBER: its format, "" as str() has it
    bool integer; // NUMBER: Python has an integer there
    int nterm;
    PrintTerm *term;
    const Array *array; // ARRAY: as numpy prints it
} PrintItem;
typedef struct Statement {
    enum {
        STATEMENT_SUMMARY,
        STATEMENT_FIT,
        STATEMENT_EVALUATE,
        STATEMENT_PRINT,
        STATEMENT_SAVE,
        STATEMENT_LOAD,
        STATEMENT_PREDICT,
    } kind;
    int nitem;
    PrintItem *item; // PRINT
    const char *end; // PRINT: what follows
    int verbose; // EVALUATE
    int fit; // FIT: which, from 1
    DataRows rows; // EVALUATE, PREDICT
    int64_t nrow; // PREDICT
    const char *path; // SAVE, LOAD: of a file of weights
} Statement;

typedef struct Adapt { // a layer measures data before the first step
    const Layer *layer; // its first two weights are the mean and the variance
    bool over[MAX_RANK]; // dimensions of a sample
    DataRows rows;
} Adapt;

typedef struct Model {
    const char *name; // "sequential" unless given
    Loc loc;
    int nlayer;
    Layer *layer; // each after those it reads. Input is no layer: input holds its shape
    const Layer *last; // makes the output
    bool frozen; // no weight is trained
    Shape input, output;
    Loc input_loc;
    const char *input_name; // of the layer that Input is in functional notation; else NULL
    bool has_compile, has_fit;
    Loss loss;
    Optimizer optimizer;
    int nmetric;
    Metric metric[MAX_METRICS];
    Fit fit; // the first; Keras's defaults where has_fit is false (batch 32, 1 epoch)
    int nmore; // and those that go on from there
    Fit *more;
    int nadapt;
    Adapt *adapt;
    uint32_t seed;
    int place; // among those of the file, from 0
    const char *open; // why it is not known which model is meant, at loc; or NULL
    const char *lacks; // why no program can be built, at lacks_loc; or NULL
    Loc lacks_loc;
    int nleft_out; // statements that are left out as foreign, where they begin
    const Loc *left_out;
    int nclass; // 0, or as many as the output has
    const char **class_name;
    int nstatement;
    Statement *statement;
} Model;

bool model_counts(const Model *m); // fit or an evaluation has weights of samples

// Parses, evaluates, binds and checks one file. Errors go to diag; NULL if there were any.
typedef struct ModelOptions {
    const char *data; // the folder of the files that the script names, or NULL
    // The name of the model, or of what the script binds it to; NULL: see statements.c.
    const char *model;
} ModelOptions;
// options may be NULL.
Model *model_load(Arena *a, Diag *d, const char *text, size_t length, const ModelOptions *options);

void model_print(Arena *a, const Model *m, FILE *out); // --dump=graph
void model_print_data(const Model *m, FILE *out); // --dump=data
int64_t
model_sums(const Model *m); // numbers added up over all samples: the loss, and those of the metrics
// Figures of an evaluation: the loss, then those of each metric. And where those of metric i - 1 begin; of i 0 the loss.
int64_t model_figures(const Model *m);
int64_t model_figure(const Model *m, int i);
bool model_reads_images(const Model *m); // its input can be one
int64_t model_parameters(const Model *m, bool trainable_only);
#endif
