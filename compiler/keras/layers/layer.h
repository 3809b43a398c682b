// SPDX-License-Identifier: MIT
// What a layer's file says, and all it says: an argument table, a shape rule, its weights, and
// build(), which appends the primitives of the *forward* pass to a Step. Backward, trimming,
// memory and code follow from the primitives; nothing after build() names a layer.
#ifndef CNNC_LAYER_H
#define CNNC_LAYER_H
#include "model/model.h"

typedef struct Step Step;

typedef enum {
    ARG_INT, // int64_t
    ARG_INT_OPT, // the same or None: then 0
    ARG_FLOAT, // double; integers serve
    ARG_BOOL, // bool
    ARG_SINGLE, // int64_t: one integer, also as a tuple of one
    ARG_SINGLE_OPT, // the same or None: then one below .min
    ARG_PAIR, // int64_t[2]: one integer or two
    ARG_PAIR_OPT, // the same or None: then one below .min, both
    ARG_SIDES, // int64_t[2][2]: an integer, one for each of two dimensions, or a pair for each
    ARG_SHAPE, // Shape: tuple or list of integers
    ARG_CHOICE, // int: index into choices
    ARG_ACTIVATION, // const Activation *: a name, a layer or None
    ARG_INIT, // Initializer
    ARG_CONSTRAINT, // Constraint: one or None
    ARG_AXES, // Axes: one integer or several
    ARG_AXES_OPT, // the same or None: then there are none
    ARG_PENALTY, // Penalty: a regulariser or None
    ARG_SEED, // int64_t: a seed of 32 bits, or None: then -1
    ARG_FLOAT_OPT, // double or None: then NaN
    ARG_FACTOR, // double[2]: two numbers, the least first; of one, f, -|f| or .min and |f|
    ARG_FACTOR_OPT, // the same or None: then NaN, both
    ARG_RANGE, // double[2]: two numbers, the least first
    ARG_TEXT, // const char *: a string, or None: then NULL
    ARG_NUMBERS, // Numbers: a list or tuple of numbers
    ARG_NUMBERS_OPT, // the same or None: then there are none
    ARG_FLOATS_OPT, // the same, or one number
    ARG_RATE, // Rate of keras/optimizers/optimizer.h: a number or a schedule
    ARG_VALUE, // const Value *: whatever was given, judged by who asks
    ARG_ONLY_DEFAULT, // Keras has it; any value but its default (or one of choices, which mean the
    // same) is refused by name as not supported
} ArgType;

typedef struct Numbers {
    int n;
    const double *of;
} Numbers;

typedef struct Arg {
    const char *name;
    ArgType type;
    size_t offset; // into the class's args struct (unused by ARG_ONLY_DEFAULT)
    const char *standard; // default as .cnn text ("1", "None", "\"valid\""); NULL: required
    double min, max; // inclusive range of numbers; both 0: no range
    bool below; // max is exclusive (rates)
    const char *const *choices; // ARG_CHOICE: NULL-terminated
} Arg;

#define ARG_UNSUPPORTED(name_, standard_)                                                          \
    {.name = (name_), .type = ARG_ONLY_DEFAULT, .standard = (standard_)}
// What is said of a weight: `name` is that of its arguments, at: where its WeightArgs lie in the struct.
#define WEIGHT_INITIALIZER(name_, at_, standard_)                                                  \
    {name_ "_initializer", ARG_INIT, (at_) + offsetof(WeightArgs, init), .standard = standard_}
#define WEIGHT_REGULARIZER(name_, at_)                                                             \
    {name_ "_regularizer", ARG_PENALTY, (at_) + offsetof(WeightArgs, penalty), .standard = "None"}
#define WEIGHT_CONSTRAINT(name_, at_)                                                              \
    {name_ "_constraint", ARG_CONSTRAINT, (at_) + offsetof(WeightArgs, constraint),                \
     .standard = "None"}
#define ARG_OWN_SEED(at_) {"seed", ARG_SEED, at_, .standard = "None"}
#define ARG_ACTIVITY(at_) {"activity_regularizer", ARG_PENALTY, at_, .standard = "None"}
// What layers end in that add a bias to a product with a kernel. at(field): of their struct's activation, use_bias,
// kernel, bias and activity.
#define ARGS_KERNEL_AND_BIAS(at)                                                                   \
    {"activation", ARG_ACTIVATION, at(activation), .standard = "None"},                            \
        {"use_bias", ARG_BOOL, at(use_bias), .standard = "True"},                                  \
        WEIGHT_INITIALIZER("kernel", at(kernel), "\"glorot_uniform\""),                            \
        WEIGHT_INITIALIZER("bias", at(bias), "\"zeros\""),                                         \
        WEIGHT_REGULARIZER("kernel", at(kernel)), WEIGHT_REGULARIZER("bias", at(bias)),            \
        ARG_ACTIVITY(at(activity)), WEIGHT_CONSTRAINT("kernel", at(kernel)),                       \
        WEIGHT_CONSTRAINT("bias", at(bias))
#define ARG_DATA_FORMAT                                                                            \
    {.name = "data_format", .type = ARG_ONLY_DEFAULT, .standard = "None", .choices = channels_last}
extern const char *const channels_last[]; // {"channels_last", NULL}
extern const char *const paddings[]; // {"valid", "same", NULL}: ARG_CHOICE gives PAD_...
enum { PAD_VALID, PAD_SAME };

struct LayerClass {
    const char *name; // "Conv2D"
    const char *aliases[3]; // "Convolution2D"
    const char *stem; // "conv2d": names are conv2d, conv2d_1, ...
    size_t size; // of the args struct
    const Arg *args; // in Keras's positional order, ended by a NULL name; `name` is added
    int space; // spatial dimensions of its input; 0: it does not ask
    // in -> out. Reports and returns false where the shapes do not fit. On entry l->in is set.
    bool (*shape)(Arena *a, Diag *d, Layer *l);
    void (*weights)(Layer *l); // fills l->weight; NULL: none
    // Appends the forward primitives, which read tensors x[l->ninput]; returns the output tensor.
    int (*build)(Step *s, const Layer *l, const int *x);
    // What its output adds to the loss; NULL: nothing.
    const Penalty *(*activity)(const Layer *l);
    // What its first two weights, a mean and a variance, are over: adapt() measures data for them. False: they
    // are no weights. NULL: it has no adapt().
    bool (*measures)(const Layer *l, bool over[MAX_RANK]);
    bool activates; // build() reads its arguments alone, so it may be another layer's activation
    // Lines of arithmetic (joined by newlines) for `summary --explain`; NULL: nothing to explain.
    const char *(*explain)(Arena *a, const Layer *l);
};

extern const LayerClass *const layer_classes[]; // NULL-terminated, from layers.def

Loc layer_arg_loc(const Layer *l, const char *arg); // the argument's place, or the layer's
void layer_weight(Layer *l, const char *name, Shape shape, const WeightArgs *args); // appends

// Output extent of a window along one axis, as Keras: "same" ceil(in / stride), "valid"
// floor((in - ((window - 1) * dilation + 1)) / stride) + 1, which may be below 1.
int64_t window_extent(int64_t in, int64_t window, int64_t stride, int64_t dilation, bool same);
// "same" padding before the first element; the odd one goes to the end.
int64_t window_pad(int64_t in, int64_t window, int64_t stride, int64_t dilation, bool same);
// The input's extent with its padding on both sides.
int64_t window_padded(int64_t in, int64_t window, int64_t stride, int64_t dilation, bool same);

// The shape rule of windows, for convolution and pooling alike. `what` ("kernel", "pool") and `arg` (the
// argument that sets it) are for the error. Sets l->out's spatial dimensions.
typedef struct Window {
    const char *what, *arg;
    int space; // spatial dimensions
    const int64_t *size, *stride, *dilation; // so many each: height, width; dilation NULL: 1
    bool same;
    bool causal; // with same: all zeros come first, so that no step sees a later one
} Window;
// Reports strides above 1 together with a dilation above 1.
bool window_steps(Diag *d, const Layer *l, const Window *w, const char *help);
// Reports sizes with which a product of the arithmetic might leave 64 bits.
bool window_limits(Arena *a, Diag *d, const Layer *l, const Window *w);
bool window_shape(Arena *a, Diag *d, Layer *l, const Window *w);
// Reports more positions in a window of argument pool_size than an argmax can number.
bool window_positions(Arena *a, Diag *d, const Layer *l, int64_t positions);
const char *window_explain(Arena *a, const Layer *l, const Window *w);
int window_zeros(Step *s, const Layer *l, int x, const Window *w); // "same": x with zeros around it

// Which of its input's dimensions these are, counted with the samples' as in Keras. Reports and returns
// false where there is no such one.
bool layer_axes(Arena *a, Diag *d, const Layer *l, const char *arg, const Axes *axes,
                bool is[MAX_RANK]);
// One of them: its dimension, or -1 where there is none, which is reported.
int layer_axis(Arena *a, Diag *d, const Layer *l, const char *arg, int64_t axis);
bool layer_same_shape(Arena *a, Diag *d, Layer *l); // the shape rule in -> in
bool layer_spatial_input(Arena *a, Diag *d, const Layer *l); // reports unless [H, W, C], [T, C]
void layer_input_note(Arena *a, Diag *d, const Layer *l); // "the input is the output of ..."
const char *layer_explain_weights(Arena *a, const Layer *l); // "3 x 3 x 32 x 64 weights + ..."
#endif
