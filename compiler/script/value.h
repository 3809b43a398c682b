// SPDX-License-Identifier: MIT
// What an expression of a script gives: Python's values, the things Keras names, and what is known
// only when the program runs. Values are small and copied; what can change is behind a pointer.
#ifndef CNNC_VALUE_H
#define CNNC_VALUE_H
#include "keras/layers/layer.h"
#include "support/arena.h"

typedef enum {
    VALUE_ERROR, // was reported: whoever meets it stays silent
    VALUE_NONE,
    VALUE_BOOL, // integer: 0 or 1
    VALUE_INT, // integer
    VALUE_FLOAT, // real
    VALUE_STRING, // text
    VALUE_ELLIPSIS,
    VALUE_TUPLE, // list
    VALUE_LIST, // list
    VALUE_KNOWN, // list: what numpy has in an array of values that are known now, n: KNOWN_ARRAY, or pandas in an Index
    VALUE_ITERATOR, // list: what enumerate, zip and the like give, once
    VALUE_RANGE, // range
    VALUE_SLICE, // list: start, stop, step
    VALUE_DICT, // dict
    VALUE_SET, // dict
    VALUE_VIEW, // view: keys, values or items of a dict
    VALUE_FUNCTION, // closure: def or lambda
    VALUE_CLASS, // record: a namespace
    VALUE_INSTANCE, // record
    VALUE_BOUND, // bound: a method with its value, not called
    VALUE_MODULE, // text: "layers"
    VALUE_THING, // thing: a class or function by its name
    VALUE_OBJECT, // object: a made layer, optimiser, loss, metric or initialiser
    VALUE_DATA, // text: "x_train", known when the program runs
    VALUE_ARRAY, // array: data that the script names and changes
    VALUE_MODEL, // model
    VALUE_OUTPUT, // applied: what a layer makes where it is applied, in functional notation
    VALUE_METHOD, // bound: a method of a model, not called
    VALUE_HISTORY, // model, n: what its fit n gave
    VALUE_SERIES, // later: a figure of the epochs of a fit; n: of a metric with several so many, else 0
    VALUE_SCORE, // model, n: what its evaluation n gave
    VALUE_LATER, // later: a number that the program computes
    VALUE_FIGURES, // later, n: the first of so many, which Keras gives as an array of float32
    VALUE_TEXT_LATER, // list: pieces of a text, some of which the program computes
    VALUE_FOREIGN, // foreign: of no module that is compiled
} ValueKind;

enum { KNOWN_INDEX, KNOWN_ARRAY };

// The names Keras has. The order of the first is that of no table.
typedef enum {
    THING_LAYER, // row: LayerClass
    THING_INPUT,
    THING_SEQUENTIAL,
    THING_MODEL, // of functional notation
    THING_LOSS, // row: LossClass
    THING_METRIC, // row: MetricClass
    THING_OPTIMIZER, // row: OptimizerClass
    THING_SCHEDULE, // row: ScheduleClass
    THING_CALLBACK, // row: CallbackClass
    THING_INITIALIZER, // row: InitializerClass
    THING_REGULARIZER, // row: RegularizerClass
    THING_CONSTRAINT, // row: ConstraintClass; these eight begin with an ObjectClass
    THING_ACTIVATION, // row: Activation
    THING_DATASET, // row: DatasetClass; its load_data
    THING_FUNCTION, // row: Function of functions.c and the files it lists
    THING_UNSUPPORTED, // Keras has it, we do not
} ThingKind;

typedef struct Thing {
    ThingKind kind;
    const char *module, *name; // "layers", "Conv2D"
    bool top; // also keras.NAME
    bool function; // named as a function: losses.categorical_crossentropy
    const void *row;
} Thing;

typedef struct ObjectClass { // losses, optimisers, metrics, initialisers: one row each
    const char *name; // "CategoricalCrossentropy"
    const char *function; // "categorical_crossentropy", or NULL
    const char *aliases[5]; // further names as strings and functions
    const Arg *args;
    size_t size;
    const void *base; // what the args struct starts as, or NULL for zeros
    // What is wrong about the bound arguments together, or NULL; NULL: nothing can be.
    const char *(*refuse)(Arena *a, const void *args);
} ObjectClass;

typedef struct Value Value;
typedef struct Object {
    const Thing *thing;
    const void *args; // of the class's args table
    const Loc *arg_loc;
    const char *name; // layers: its own or an automatic one
    const Value *input_shape; // layers: None unless given,
    bool by_dim; // as input_dim
    bool trainable; // layers
    Loc loc;
} Object;

typedef struct List List;
typedef struct Array Array;
typedef struct Dict Dict;
typedef struct Range {
    int64_t start, stop, step, n;
} Range;
typedef struct Foreign {
    const char *part; // its last name, also where `what` has become too long for it; or NULL
    const char *what; // "matplotlib.pyplot.plot"
    Loc loc; // where it came into the script
    int64_t batch; // of a generator or data set: its own batch size, or 0
    const Array *like; // of data: what has its shape, or NULL
    const Array
        *view; // of data: whose numbers it may share, so that who changes it changes that; or NULL
    bool empty; // of data: no rows of it
    bool acts; // of a callback: it may change the training
    bool weights; // of the model: weights, or made of them
    const char *file; // of data: a file that is not there, or NULL
    const char *folder; // a shell's words for the folder that such a file is in, or NULL
} Foreign;
typedef struct View View;
typedef struct Bound Bound;
typedef struct Closure Closure;
typedef struct Record Record;
typedef struct Later Later;
typedef struct Sequential Sequential;
typedef struct Applied Applied;

struct Value {
    ValueKind kind;
    int n;
    Loc loc; // where it was written
    union {
        int64_t integer;
        double real;
        const char *text;
        List *list;
        const Range *range;
        Dict *dict;
        const View *view;
        const Closure *closure;
        Record *record;
        const Bound *bound;
        const Thing *thing;
        Object *object;
        Sequential *model;
        const Applied *applied;
        const Later *later;
        const Foreign *foreign;
        const Array *array;
    };
};

struct List {
    int n;
    Value *item;
};
struct Applied {
    Value made_by; // a layer or a model; an Input at the beginning
    const Applied *of; // what that is applied to; of an Input NULL
    int depth; // how many were applied since the Input
};
struct Bound {
    Value self;
    const char *name;
};
struct View {
    Dict *dict;
    enum { VIEW_KEYS, VIEW_VALUES, VIEW_ITEMS } of;
};

bool value_is_int(const Value *v); // integers and booleans
bool value_is_number(const Value *v); // and floats
double value_real(const Value *v);
bool value_is_sequence(const Value *v); // tuple or list
bool value_is_layer(const Value *v); // a made one
bool value_is_input(const Value *v);
int value_count(const Value *v); // items of a sequence
const Value *value_at(const Value *v, int i);
Value value_integer(int64_t n);
Value value_sequence(Arena *a, ValueKind kind, int n); // of n items None
void value_append(Arena *a, Value *sequence, Value item);
// How many values hang on v, counted as often as they are reached, up to `most`: so much weighs what is nested too
// deeply to be walked.
int value_weight(const Value *v, int most);
bool value_equal(const Value *a, const Value *b); // as Python's ==
bool value_same(const Value *a, const Value *b); // as Python's `is`

const char *value_describe(Arena *a, const Value *v); // "the integer 3", "a tuple of 2 values"
// As Python's str() and repr() print it; NULL if it is too long or holds what is no plain value.
const char *value_str(Arena *a, const Value *v);
const char *value_repr(Arena *a, const Value *v);
Value value_literal(Arena *a, const char *text,
                    Loc loc); // a default: None, True, 1, 0.5, "x", (0, 1)

// ---- dict.c: keys in the order they came; also a set, without values
bool value_hashable(const Value *v);
Dict *dict_new(Arena *a);
Value *dict_find(const Dict *d, const Value *key); // or NULL
void dict_put(Dict *d, Value key, Value item);
bool dict_remove(Dict *d, const Value *key);
int dict_count(const Dict *d);
// The next entry from *at on, which it moves behind it; false: there is none.
bool dict_next(const Dict *d, int *at, const Value **key, const Value **item);
#endif
